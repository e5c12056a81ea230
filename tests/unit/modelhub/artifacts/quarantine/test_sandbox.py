"""The lock-down holds on rich and on poor machines, and a child that misbehaves is named for it."""

import pytest

from modelhub.artifacts.quarantine import Limits, level
from modelhub.artifacts.quarantine.lockdown import Layers
from modelhub.artifacts.quarantine.process import Child, ChildEnded
from modelhub.artifacts.quarantine.selftest import QuarantineLevel, measure
from modelhub.artifacts.quarantine.syscalls import machine
from modelhub.errors import Code

MEGABYTE = 1 << 20


def test_this_machine_can_open_foreign_models() -> None:
    assert level() is not QuarantineLevel.NONE


@pytest.mark.parametrize(
    "layers",
    [
        Layers(namespaces=False),
        Layers(landlock=False),
        Layers(namespaces=False, landlock=False, drop_user=False),
    ],
    ids=["no-namespaces", "no-landlock", "filter-and-limits-only"],
)
def test_the_filter_and_limits_are_enough_for_the_minimum(layers: Layers) -> None:
    assert measure(layers) is QuarantineLevel.MINIMUM


def test_staying_root_does_not_open_the_sandbox() -> None:
    assert measure(Layers(drop_user=False)) is not QuarantineLevel.NONE


def test_without_the_filter_nothing_may_be_imported() -> None:
    assert measure(Layers(seccomp=False)) is QuarantineLevel.NONE


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("crash", Code.QUARANTINE_FAILED),
        ("babble", Code.QUARANTINE_PROTOCOL),
        ("flood", Code.QUARANTINE_PROTOCOL),
        ("leave", Code.QUARANTINE_FAILED),
        ("raise", Code.QUARANTINE_FAILED),
        ("sleep", Code.RESOURCE_LIMIT),
        ("hoard", Code.RESOURCE_LIMIT),
        ("descend", Code.RESOURCE_LIMIT),
    ],
)
def test_a_child_that_misbehaves_ends_with_its_code(act: str, code: Code) -> None:
    limits = Limits(
        seconds=2 if act == "sleep" else 20, output_bytes=4 * MEGABYTE, memory_bytes=500 * MEGABYTE
    )
    with (
        pytest.raises(ChildEnded) as ended,
        Child("tests.hostile.jobs", {"act": act}, limits=limits) as child,
    ):
        child.result()
    assert ended.value.code is code
    assert "words" not in ended.value.refusal().detail


def test_the_child_is_dead_when_the_block_is_left() -> None:
    with Child("tests.hostile.jobs", {"act": "sleep"}, limits=Limits(seconds=20)) as child:
        pass
    assert child._process.poll() is not None


@pytest.mark.parametrize("name", ["x86_64", "aarch64"])
def test_no_call_that_reaches_outside_is_on_the_list(name: str) -> None:
    known = machine(name)
    assert known is not None
    forbidden = {
        "x86_64": {2, 41, 42, 56, 57, 59, 62, 101, 157, 257, 302, 322, 435},  # open, socket, clone, kill, …
        "aarch64": {56, 129, 117, 167, 198, 203, 220, 221, 261, 281, 435},
    }[name]
    assert not forbidden & {*known.allowed, *known.executable_memory}


def test_an_unknown_machine_has_no_list() -> None:
    assert machine("riscv64") is None
