"""Credentials go from the environment into a header, and nowhere else."""

import base64

import pytest

from modelhub.errors import Unavailable
from modelhub.outbound import authorization

NAME = "MODELHUB_SECRET_TEST"


def test_a_token_is_sent_as_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "abc.def")
    assert authorization(NAME) == {"Authorization": "Bearer abc.def"}


def test_a_user_and_password_are_sent_as_basic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "ops:correct horse")
    encoded = base64.b64encode(b"ops:correct horse").decode()
    assert authorization(NAME) == {"Authorization": f"Basic {encoded}"}


def test_no_variable_means_no_header() -> None:
    assert authorization("") == {}


@pytest.mark.parametrize("value", ["", "two\nlines", "gehe\u00efm"])
def test_a_value_that_cannot_be_sent_is_not_sent(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(Unavailable) as caught:
        authorization(NAME)
    assert value == "" or value not in caught.value.detail


def test_only_variables_of_that_name_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 50)
    with pytest.raises(Unavailable):
        authorization("SECRET_KEY")
