"""Matrices survive the trip through a file to the last bit."""

import io

import numpy as np

from inference.tabulation import write_csv, write_npz

NAMES = ("a", "b")


def test_csv_gives_every_float_back_and_missing_is_empty() -> None:
    matrix = np.random.default_rng(3).normal(size=(2_500, 2)) * 1e-7
    matrix[7, 1] = np.nan
    out = io.BytesIO()
    write_csv(out, NAMES, [matrix[:2_000], matrix[2_000:]])
    header, *rows = out.getvalue().decode().splitlines()
    assert header == "a,b"
    assert rows[7].endswith(",")
    read = np.array([[float(cell or "nan") for cell in row.split(",")] for row in rows])
    np.testing.assert_array_equal(read, matrix)


def test_whole_numbers_are_written_as_such() -> None:
    out = io.BytesIO()
    write_csv(out, NAMES, [np.array([[3.0, 0.1]])])
    assert out.getvalue() == b"a,b\n3,0.10000000000000001\n"


def test_npz_holds_features_names_and_lines_without_objects() -> None:
    out = io.BytesIO()
    write_npz(out, NAMES, [np.ones((2, 2)), np.zeros((1, 2))], lines=np.array([1, 2, 5]))
    with np.load(io.BytesIO(out.getvalue()), allow_pickle=False) as stored:
        assert stored["features"].tolist() == [[1, 1], [1, 1], [0, 0]]
        assert stored["names"].tolist() == ["a", "b"]
        assert stored["lines"].tolist() == [1, 2, 5]


def test_no_batches_make_an_empty_table() -> None:
    out = io.BytesIO()
    write_npz(out, NAMES, [], lines=np.array([], dtype=np.int64))
    with np.load(io.BytesIO(out.getvalue()), allow_pickle=False) as stored:
        assert stored["features"].shape == (0, 2)


def test_both_forms_tell_of_every_row_while_they_work() -> None:
    told: list[int] = []
    write_csv(io.BytesIO(), NAMES, [np.ones((2_500, 2))], on_rows=told.append)
    assert told == [1_000, 1_000, 500]
    told.clear()
    lines = np.arange(3)
    write_npz(io.BytesIO(), NAMES, [np.ones((2, 2)), np.ones((1, 2))], lines=lines, on_rows=told.append)
    assert told == [2, 1]
