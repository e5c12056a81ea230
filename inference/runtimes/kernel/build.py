"""``python -m inference.runtimes.kernel.build``: compile the kernel once, where a compiler is.

Called by ``script/bootstrap``; never fails the set-up, because scores are the same without it. A library
gets its name only after it gave the right scores in a process of its own, and it gets it at once.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from inference.runtimes.kernel import compiler, place

_WITHOUT = "forests run in ONNX Runtime, with the same scores; batches take several times as long."
_ROOT = Path(__file__).resolve().parents[3]
_SECONDS = 120


def main() -> None:
    """Build what is missing and say in one line what came of it; say nothing when all is there."""
    if place.library().is_file():
        return
    try:
        made_by = build(place.library())
    except OSError as error:
        told = f"the forest kernel could not be written ({error.strerror}); {_WITHOUT}"
    else:
        told = (
            f"forest kernel compiled by {made_by}." if made_by else f"no working C compiler found; {_WITHOUT}"
        )
    sys.stdout.write(f"modelhub: {told}\n")


def build(target: Path) -> str:
    """Compile to ``target``; the command that made a right library, or nothing where none did.

    Raises OSError where the folder cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the last step is a rename within one file system.
    with tempfile.TemporaryDirectory(prefix=".building-", dir=target.parent) as folder:
        fresh = Path(folder) / "forest.so"
        for command in compiler.commands():
            made = compiler.compile_library(command, place.SOURCES, fresh, digest=place.source_digest())
            if made and _is_right(fresh):
                os.replace(fresh, target)
                _remove_others(target)
                return " ".join(Path(part).name for part in command)
    return ""


def _is_right(library: Path) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "inference.runtimes.kernel.trial", str(library)],
            cwd=_ROOT, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _remove_others(target: Path) -> None:
    """Libraries of earlier texts for this kind of machine; who has one open keeps it."""
    ending = target.name.split("-", 2)[-1]
    for path in target.parent.glob(f"forest-*-{ending}"):
        if path != target:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
