"""Which C compiler this machine has, and what it is told."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

# No contraction to fused operations and no fast mathematics: scores must equal scikit-learn's to the last
# bit. No flags for one processor either: gather instructions were measured and won nothing, and an
# environment may be copied to another machine.
_FLAGS = ("-std=c99", "-O3", "-ffp-contract=off", "-fPIC", "-shared")
_SECONDS = 120


def commands() -> Iterator[list[str]]:
    """Compilers to try, best first: ``CC``, those on the path, then the one that comes as a wheel."""
    chosen = shlex.split(os.environ.get("CC", ""))
    for command in (chosen, ["cc"], ["gcc"], ["clang"]):
        if command and shutil.which(command[0]):
            yield command
    if find_spec("ziglang"):
        # Left alone it compiles for the very processor it runs on.
        yield [sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline"]


def compile_library(command: list[str], sources: Sequence[Path], target: Path, *, digest: str) -> bool:
    """Compile ``sources`` to ``target``; False when the compiler fails, for whatever reason."""
    texts = [str(source) for source in sources]
    arguments = [*command, *_FLAGS, f'-DFOREST_SOURCE="{digest}"', *texts, "-o", str(target)]
    try:
        done = subprocess.run(  # noqa: S603
            arguments, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and target.is_file()
