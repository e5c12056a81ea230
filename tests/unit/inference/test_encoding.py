"""Whatever is answered is JSON that any reader takes."""

import json
import math

import pytest

from inference.encoding import encode


@pytest.mark.parametrize("text", ["plain", "half \ud800"])
def test_numbers_that_json_lacks_become_null(text: str) -> None:
    value = {"text": text, "numbers": [math.nan, math.inf, -math.inf, 0.5], "deep": ({"x": math.nan},)}
    assert json.loads(encode(value), parse_constant=pytest.fail) == {
        "text": text,
        "numbers": [None, None, None, 0.5],
        "deep": [{"x": None}],
    }
