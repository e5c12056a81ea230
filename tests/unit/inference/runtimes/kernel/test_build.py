"""Compiling: once, tried before it is used, never in the way of a set-up."""

import stat
import sys
from pathlib import Path

import pytest

from inference.runtimes.kernel import binding, build, compiler, place

pytestmark = pytest.mark.skipif(not any(compiler.commands()), reason="no C compiler on this machine")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own for compiled kernels."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    return tmp_path / "env" / "lib" / "modelhub"


def test_a_library_is_made_once(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build.main()
    made = place.library().stat()
    build.main()
    assert "compiled" in capsys.readouterr().out
    assert place.library().stat().st_ino == made.st_ino
    assert [path.name for path in environment.iterdir()] == [place.library().name]


def test_what_an_earlier_text_left_is_removed(environment: Path) -> None:
    older = place.library().with_name(place.library().name.replace(place.source_digest()[:16], "0" * 16))
    foreign = environment / f"forest-{'0' * 16}-another-machine.so"
    environment.mkdir(parents=True)
    for path in (older, foreign):
        path.touch()
    build.main()
    assert not older.exists()
    assert foreign.exists()


def test_another_text_wants_another_library(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = place.library()
    *others, last = place.SOURCES
    changed = tmp_path / last.name
    changed.write_text(last.read_text() + "/* changed */\n")
    monkeypatch.setattr(place, "SOURCES", (*others, changed))
    assert place.library() != before


def test_a_library_of_another_text_is_not_loaded(tmp_path: Path) -> None:
    command = next(compiler.commands())
    target = tmp_path / "forest.so"
    assert compiler.compile_library(command, place.SOURCES, target, digest="0" * 64)
    assert binding.load(target) is None


@pytest.mark.parametrize("content", [b"", b"no library", b"\x7fELF" + bytes(200)])
def test_a_damaged_library_is_not_loaded(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "forest.so").write_bytes(content)
    assert binding.load(tmp_path / "forest.so") is None


@pytest.mark.parametrize(
    ("number", "right", "wrong"),
    [
        (0, "key > here->threshold", "key >= here->threshold + 99999"),
        (1, "whole * POWERS[power]", "whole * POWERS[power + 1]"),
        (1, "kept % 2 == 1", "kept % 2 == 0"),
    ],
)
def test_a_library_with_wrong_answers_gets_no_name(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, right: str, wrong: str
) -> None:
    sources = list(place.SOURCES)
    text = sources[number].read_text()
    assert right in text
    sources[number] = tmp_path / sources[number].name
    sources[number].write_text(text.replace(right, wrong))
    monkeypatch.setattr(compiler, "compile_library", _compiling(sources))
    assert build.build(environment / "forest.so") == ""
    assert list(environment.iterdir()) == []


def test_without_a_working_compiler_the_set_up_goes_on_and_says_what_it_costs(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setattr(compiler, "find_spec", lambda name: None)
    build.main()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "no working C compiler" in said
    assert not place.library().exists()


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "env"
    in_the_way.write_text("a file")
    monkeypatch.setattr(sys, "prefix", str(in_the_way))
    build.main()
    assert "could not be written" in capsys.readouterr().out


def test_a_compiler_named_by_the_operator_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(compiler.commands())
    monkeypatch.setenv("CC", f"{first[0]} -O1")
    assert next(compiler.commands()) == [first[0], "-O1"]


def _compiling(sources: list[Path]) -> object:
    real = compiler.compile_library

    def compile_that(command: list[str], _: object, target: Path, *, digest: str) -> bool:
        return real(command, sources, target, digest=digest)

    return compile_that
