"""Hostile and broken files against the whole chain, and against the sandbox alone: no canary ever appears."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from modelhub.artifacts.quarantine import Limits, convert
from modelhub.artifacts.quarantine.process import Child, ChildEnded
from modelhub.errors import Code, PackageRefused
from tests.hostile import honest
from tests.hostile.broken import EXHAUSTING, MALFORMED, UNUSABLE, dumped
from tests.hostile.mutants import MODELS, SCALERS
from tests.hostile.running import RUNNING

_SCORER = "tests.unit.modelhub.artifacts.quarantine.scorers.score_safe_form"
_LIMITS = Limits(seconds=20, unpacked_bytes=64 << 20)
_THROUGH_ALL = (
    "tree-child-beyond-end", "tree-cycle", "tree-more-nodes-claimed", "lof-rows-empty", "svm-counts-lie",
    "envelope-precision-narrow",
)  # fmt: skip
_EXCEPT_RUNNING = MALFORMED | UNUSABLE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder anybody may write to: only the lock-down may be what stops a canary."""
    for path in (tmp_path, *list(tmp_path.parents)[:2]):
        path.chmod(0o777)
    return tmp_path


def _refused(model: Path, scaler: Path | None = None, *, limits: Limits = _LIMITS) -> Code:
    with pytest.raises(PackageRefused) as refused:
        convert(model, scaler, names=(), limits=limits, scorer=_SCORER)
    assert str(model) not in refused.value.detail
    return refused.value.code


def _file(folder: Path, data: bytes, name: str = "model.joblib") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def live_canaries(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the payloads that act when a plain joblib.load opens them without any defence."""
    folder = tmp_path_factory.mktemp("live")
    for name, build in RUNNING.items():
        (folder / f"{name}.joblib").write_bytes(build(folder / f"{name}.canary"))
    program = (
        "import sys, joblib, contextlib, io\n"
        "for path in sys.argv[1:]:\n"
        "    with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):\n"
        "        joblib.load(path)\n"
    )
    files = [str(path) for path in folder.glob("*.joblib")]
    subprocess.run([sys.executable, "-c", program, *files], check=True, timeout=60, capture_output=True)
    return {path.stem for path in folder.glob("*.canary")}


@pytest.mark.parametrize("name", RUNNING)
def test_a_file_that_runs_code_is_refused_before_it_runs(
    name: str, folder: Path, live_canaries: set[str]
) -> None:
    assert name in live_canaries
    canary = folder / "canary"
    assert _refused(_file(folder, RUNNING[name](canary))) is Code.UNSAFE_TYPE
    assert not canary.exists()


@pytest.mark.parametrize("name", RUNNING)
def test_the_sandbox_alone_stops_what_a_plain_load_would_run(name: str, folder: Path) -> None:
    canary = folder / "canary"
    files = [_file(folder, RUNNING[name](canary))]
    with (
        contextlib.suppress(ChildEnded),
        Child("tests.hostile.jobs", {"act": "load"}, limits=_LIMITS, files=files) as child,
    ):
        assert "seccomp" in child.result().header["layers"]
    assert not canary.exists()


def test_a_hostile_scaler_is_refused_like_a_hostile_model(folder: Path) -> None:
    canary = folder / "canary"
    model = _file(folder, dumped(honest.pair("forest+none")[0]))
    scaler = _file(folder, RUNNING["object-array"](canary), "scaler.joblib")
    assert _refused(model, scaler) is Code.UNSAFE_TYPE
    assert not canary.exists()


@pytest.mark.parametrize("name", _EXCEPT_RUNNING)
def test_a_file_that_is_no_usable_model_is_refused_with_its_reason(name: str, folder: Path) -> None:
    build, code = _EXCEPT_RUNNING[name]
    assert _refused(_file(folder, build())) is code


@pytest.mark.parametrize("name", EXHAUSTING)
def test_a_file_that_wants_too_much_is_stopped_at_the_limit(name: str, folder: Path) -> None:
    build, code = EXHAUSTING[name]
    limits = Limits(seconds=3 if name == "tuples" else 20, unpacked_bytes=64 << 20)
    assert _refused(_file(folder, build()), limits=limits) is code


@pytest.mark.parametrize("name", _THROUGH_ALL)
def test_a_model_with_impossible_arrays_is_refused(name: str, folder: Path) -> None:
    assert _refused(_file(folder, MODELS[name]())) is Code.MODEL_STRUCTURE


def test_a_scaler_with_impossible_arrays_is_refused(folder: Path) -> None:
    model = _file(folder, dumped(honest.pair("forest+none")[0]))
    assert _refused(model, _file(folder, SCALERS["scale-zero"](), "scaler.joblib")) is Code.MODEL_STRUCTURE


@pytest.mark.parametrize(
    ("scorer", "code"),
    [
        ("crash", Code.SMOKE_TEST_FAILED),
        ("hang", Code.RESOURCE_LIMIT),
        ("raise_error", Code.SMOKE_TEST_FAILED),
        ("not_a_number", Code.SMOKE_TEST_FAILED),
        ("moody", Code.SMOKE_TEST_FAILED),
        ("short", Code.SMOKE_TEST_FAILED),
        ("slightly_off", Code.PARITY_FAILED),
    ],
)
def test_a_served_form_that_misbehaves_is_refused(scorer: str, code: Code, folder: Path) -> None:
    model = _file(folder, dumped(honest.pair("forest+none")[0]))
    limits = Limits(seconds=4 if scorer == "hang" else 20)
    with pytest.raises(PackageRefused) as refused:
        convert(model, None, names=(), limits=limits, scorer=f"tests.hostile.scorers.{scorer}")
    assert refused.value.code is code


def test_there_are_at_least_sixty_hostile_files() -> None:
    suites = ({*RUNNING}, {*MALFORMED}, {*UNUSABLE}, {*EXHAUSTING}, {*MODELS}, {*SCALERS})
    assert sum(len(suite) for suite in suites) >= 60
