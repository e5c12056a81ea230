"""A broker that is away or silent is a False, never an exception and never a wait for ever."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from modelhub import broker
from modelhub.celery import app


@pytest.fixture
def broker_at(monkeypatch: pytest.MonkeyPatch) -> object:
    def use(url: str) -> None:
        monkeypatch.setitem(app.conf, "broker_url", url)
        monkeypatch.setitem(app.conf, "broker_write_url", url)

    return use


def test_a_broker_that_refuses_is_away(broker_at: object) -> None:
    broker_at("redis://127.0.0.1:1/0")  # type: ignore[operator]
    assert broker.tell("a.b", (1,)) is False


def test_a_broker_that_never_answers_is_away(broker_at: object) -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        broker_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")  # type: ignore[operator]
        assert broker.tell("a.b", (1,)) is False


def test_a_message_lies_in_the_folder_of_the_embedded_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broker_at: object, settings: object
) -> None:
    broker_at("filesystem://")  # type: ignore[operator]
    monkeypatch.setattr(
        "django.conf.settings.CELERY_BROKER_TRANSPORT_OPTIONS",
        {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path)},
        raising=False,
    )
    assert broker.tell("a.b", (1,)) is True
    assert any(path.suffix == ".msg" for path in tmp_path.iterdir())
