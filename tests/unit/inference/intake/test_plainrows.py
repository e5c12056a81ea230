"""The short way of reading rows is taken only where the strict one would read the same."""

import json
from typing import Any

import numpy as np
import pytest

from inference.intake import jsonguard, plainrows
from inference.intake.rows import matrix_of, surely_fits

WIDTH = 3
NAMES = ("a", "b", "c")

READ = [
    {"features": [[1, 2.5, -3e-5]]},
    {"features": [[0.1, 0.2, 0.3], [1e18, -1e18, 2**62]]},
    {"features": [[1, 2, 3]], "probabilities": True},
    {"probabilities": False, "features": [[1, 2, 3]]},
    {"features": [{"a": 1, "b": 2.5, "c": -3e-5}]},
    {"features": [{"c": 1, "b": 2, "a": 3}, {"a": 4, "b": 5, "c": 6}], "probabilities": True},
]
LEFT = [
    b"",
    b"[]",
    b"{",
    b'{"features": []}',
    b'{"features": [[1, 2]]}',
    b'{"features": [[1, 2, 3], [1, 2]]}',
    b'{"features": [[1, 2, "3"]]}',
    b'{"features": [[1, 2, true]]}',
    b'{"features": [[1, 2, null]]}',
    b'{"features": [[1, 2, NaN]]}',
    b'{"features": [[1, 2, 1e999]]}',
    b'{"features": [[1, 2, 1e300]]}',
    b'{"features": [[1, 2, 10000000000000000000]]}',
    b'{"features": [[1, 2, -10000000000000000000]]}',
    b'{"features": [{"a": 1, "b": 2}]}',
    b'{"features": [{"a": 1, "b": 2, "c": 3, "c": 4}]}',
    b'{"features": [{"a": 1, "b": 2, "c": 3, "d": 4}]}',
    b'{"features": [{"a": 1, "b": 2, "d": 3}]}',
    b'{"features": [{"a": 1, "b": 2, "c": null}]}',
    b'{"features": [{"a": 1, "b": 2, "c": "3"}]}',
    b'{"features": [{"a": 1, "b": 2, "c": true}]}',
    b'{"features": [{"a": 1, "b": 2, "c": 10000000000000000000}]}',
    b'{"features": [{"a": 1, "b": 2, "c": 3}, [1, 2, 3]]}',
    b'{"features": [{"a": 1, "b": 2, "c": 3}], "colour": 1}',
    b'{"features": [{"a": 1, "b": 2, "c": 3}], "features": []}',
    b'{"features": {"a": 1, "b": 2, "c": 3}}',
    b'{"features": [[1, 2, 3]], "features": [[4, 5, 6]]}',
    b'{"features": [[1, 2, 3]], "probabilities": 1}',
    b'{"features": [[1, 2, 3]], "probabilities": "true"}',
    b'{"features": [[1, 2, 3]], "colour": 1}',
    b'{"\\u0066eatures": [[1, 2, 3]]}',
    b'{"features": [[1, 2, 3]]} x',
    b'\xef\xbb\xbf{"features": [[1, 2, 3]]}',
    b'{"features": [[1, 2, 3]], "\xff": 1}',
    b'{"probabilities": true, "probabilities": false}',
]


def _read(data: bytes) -> Any:
    return plainrows.read(data, NAMES, largest=surely_fits(None))


@pytest.mark.parametrize("body", READ)
@pytest.mark.parametrize("indent", [None, 2])
def test_plain_rows_are_what_the_strict_reader_reads(body: dict[str, Any], indent: int | None) -> None:
    data = json.dumps(body, indent=indent).encode()
    matrix, wants_probabilities = _read(data)
    strict = jsonguard.decode(data)
    assert matrix.dtype == np.float64
    assert matrix.tolist() == matrix_of(strict["features"], NAMES).tolist()
    assert wants_probabilities == strict.get("probabilities", False)


@pytest.mark.parametrize("data", LEFT)
def test_anything_odd_is_left_to_the_strict_reader(data: bytes) -> None:
    assert _read(data) is None


def test_values_too_large_for_the_model_are_left_to_the_strict_reader() -> None:
    assert plainrows.read(b'{"features": [[1, 2, 100]]}', NAMES, largest=50.0) is None


def test_random_numbers_keep_every_bit() -> None:
    rows = np.random.default_rng(1).normal(0, 1e6, (200, WIDTH))
    matrix, _ = _read(json.dumps({"features": rows.tolist()}).encode())
    assert np.array_equal(matrix, rows)


def test_the_matrix_cannot_be_written_to() -> None:
    matrix, _ = _read(b'{"features": [[1, 2, 3]]}')
    with pytest.raises(ValueError, match="read-only"):
        matrix[0, 0] = 7.0


@pytest.mark.parametrize(
    "name", ["features", "probabilities", "fé", "a b", "class", "f0", 'q"uote', "back\\slash"]
)
def test_whatever_a_feature_is_called_rows_by_name_are_never_read_wrongly(name: str) -> None:
    names = ("f1", name, "f2")
    body = {"features": [{name: 2.0, "f2": 3.0, "f1": 1.0}], "probabilities": True}
    for ascii_only in (True, False):
        found = plainrows.read(json.dumps(body, ensure_ascii=ascii_only).encode(), names, largest=1e30)
        assert found is None or (found[0].tolist(), found[1]) == ([[1.0, 2.0, 3.0]], True)
