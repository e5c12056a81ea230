"""The C text under the address and undefined-behaviour sanitizers, driven by a small C program."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from inference.runtimes.kernel import compiler, place
from inference.runtimes.kernel.layout import Nodes, lay_out
from modelhub.artifacts.safeform import reference
from modelhub.artifacts.safeform.tables import ForestTables
from tests.fitted import Matrix
from tests.unit.inference.runtimes.kernel.growing import grow, rows_for

_FLAGS = ("-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The driver with the kernel inside; skips where a compiler or its sanitizers are missing."""
    program = tmp_path_factory.mktemp("sanitized") / "driver"
    source = Path(__file__).with_name("driver.c")
    for command in compiler.commands():
        arguments = [*command, *_FLAGS, f'-DFOREST="{place.SOURCES[0]}"', str(source), "-o", str(program)]
        made = subprocess.run(arguments, capture_output=True, check=False)
        if made.returncode == 0 and _run(program, grow(0, trees=1, width=1, depth=1), 1).returncode == 0:
            return program
    pytest.skip("no C compiler with sanitizers on this machine")


@pytest.mark.parametrize("count", [0, 1, 7, 8, 15, 16, 17, 300])
@pytest.mark.parametrize(
    ("trees", "width", "depth", "is_chain"),
    [(1, 1, 0, False), (17, 3, 9, False), (16, 1, 40, True), (33, 1_025, 6, False)],
)
def test_no_byte_is_touched_that_is_not_the_kernels(
    driver: Path, trees: int, width: int, depth: int, is_chain: bool, count: int
) -> None:
    tables = grow(count + trees, trees=trees, width=width, depth=depth, is_chain=is_chain)
    done = _run(driver, tables, count)
    assert done.returncode == 0, done.stderr.decode()
    exponents = np.array([float.fromhex(line) for line in done.stdout.decode().split()])
    with np.errstate(over="ignore"):
        expected = reference.score(tables, rows_for(tables, 1, count))
    assert np.array_equal(np.power(2.0, exponents), expected)


def test_the_sanitizers_would_tell_of_a_child_that_does_not_exist(driver: Path) -> None:
    laid = lay_out(grow(1, trees=2, width=2, depth=3))
    laid.nodes[laid.roots[0], 2] = len(laid.nodes) + 50
    done = _run(driver, grow(1, trees=2, width=2, depth=3), 20, laid)
    assert done.returncode != 0
    assert b"AddressSanitizer" in done.stderr


def _run(
    program: Path, tables: ForestTables, count: int, laid: Nodes | None = None
) -> "subprocess.CompletedProcess[bytes]":
    message = _message(tables, laid or lay_out(tables), rows_for(tables, 1, count))
    environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}  # a container may forbid what it needs
    return subprocess.run([program], input=message, capture_output=True, env=environment, check=False)


def _message(tables: ForestTables, laid: Nodes, rows: Matrix) -> bytes:
    is_scaled = tables.scaler_mean is not None
    sizes = (len(laid.nodes), len(laid.roots), tables.n_features, len(rows), int(is_scaled))
    parts = [
        np.array(sizes, np.uint64),
        np.array([-tables.normalizer]),
        *(laid.nodes, laid.leaf_value, laid.roots, laid.depths),
        *((tables.scaler_mean, tables.scaler_scale) if is_scaled else ()),
        rows,
    ]
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts if part is not None)
