"""One C file of the kernel under the address and undefined-behaviour sanitizers, in a small C program."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from inference.runtimes.kernel import compiler, place

_FLAGS = ("-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@dataclass(frozen=True, slots=True)
class Driver:
    """A program that reads cases from standard input, and prints what the C text made of them."""

    program: Path

    def run(self, cases: bytes) -> "subprocess.CompletedProcess[bytes]":
        """A touched byte that is not the kernel's ends it with a message of AddressSanitizer."""
        environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}  # a container may forbid what it needs
        return subprocess.run([self.program], input=cases, capture_output=True, env=environment, check=False)


def driver(folder: Path, name: str, *, trial: bytes = b"") -> Driver:
    """``NAME_driver.c`` with the kernel's ``NAME.c`` inside, compiled into ``folder``.

    Skips where there is no compiler, or none whose sanitizers let it run ``trial``.
    """
    made = Driver(folder / name)
    kernel = next(path for path in place.SOURCES if path.stem == name)
    source = Path(__file__).with_name(f"{name}_driver.c")
    for command in compiler.commands():
        arguments = [*command, *_FLAGS, f'-DKERNEL="{kernel}"', str(source), "-o", str(made.program), "-lm"]
        done = subprocess.run(arguments, capture_output=True, check=False)
        if done.returncode == 0 and made.run(trial).returncode == 0:
            return made
    pytest.skip("no C compiler with sanitizers on this machine")
