"""A message of the embedded broker is seen whole or not at all."""

import json
import threading
from pathlib import Path

import pytest
from kombu import Connection

from modelhub import celery  # noqa: F401 (registers the transport)
from modelhub.folderbroker import Transport

PAYLOAD = {"body": "x" * 200_000, "headers": {}}


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    folder = str(tmp_path)
    options = {
        "data_folder_in": folder,
        "data_folder_out": folder,
        "control_folder": str(tmp_path / "control"),
    }
    return Connection("filesystem://", transport_options=options)


def test_the_address_of_the_folder_leads_to_it(connection: Connection) -> None:
    assert connection.get_transport_cls() is Transport


def test_a_reader_beside_a_writer_never_sees_half_a_message(connection: Connection, tmp_path: Path) -> None:
    channel = connection.channel()
    torn: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            for file in tmp_path.glob("*.celery.msg"):
                try:
                    json.loads(file.read_text())
                except ValueError:
                    torn.append(file.name)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(100):
        channel._put("celery", PAYLOAD)
    done.set()
    reader.join()
    assert torn == []
    assert len(list(tmp_path.glob("*.celery.msg"))) == 100


def test_what_was_put_is_got_in_order(connection: Connection) -> None:
    channel = connection.channel()
    for number in range(3):
        channel._put("celery", {"number": number})
    assert [channel._get("celery")["number"] for _ in range(3)] == [0, 1, 2]
