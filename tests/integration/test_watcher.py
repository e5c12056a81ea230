"""The watcher of a serving process outlives whatever happens to the database."""

import pytest
from django.db import OperationalError

from inference import watching
from inference.serving import replicas
from inference.serving.replicas import Reporter


def test_a_database_that_refuses_the_report_is_told_and_survived(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    def refuse(reporter: Reporter) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(replicas, "report", refuse)
    reporter = Reporter("node:1:1")
    assert watching._turn(reporter, "") == "OperationalError"
    assert watching._turn(reporter, "OperationalError") == "OperationalError"
