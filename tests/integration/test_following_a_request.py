"""One id and one trace lead from a request to the task that it sent: log lines, trail, rows, spans."""

from collections.abc import Iterator

import pytest

from tests.integration import workscene
from tests.integration.workscene import CALLER, REQUEST_ID, TRACE_ID, Scene

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with workscene.played(tmp_path_factory.mktemp("followed")) as found:
        yield found


def test_the_worker_s_lines_carry_the_request_s_id(scene: Scene) -> None:
    mine = [line for line in scene.worker if line.get("task") == "modelhub.transfers.tasks.run_import"]
    assert [line["message"] for line in mine if line["request_id"] == REQUEST_ID] == [
        "task started",
        "task ended",
    ]


def test_a_task_s_end_says_how_it_ended_and_how_long_it_took(scene: Scene) -> None:
    end = next(line for line in scene.worker if line["message"] == "task ended")
    assert end["state"] == "SUCCESS"
    assert end["duration_ms"] > 0
    assert end["task_id"]


def test_celery_adds_no_lines_of_its_own_kind(scene: Scene) -> None:
    assert "[20" not in {line[:3] for line in scene.said.splitlines()}
    assert {"time", "level", "logger", "message"} <= set(scene.worker[0])


def test_the_trail_has_the_request_s_id_for_what_the_worker_did(scene: Scene) -> None:
    ids = {row["action"]: row["request_id"] for row in scene.trail}
    assert (ids["package.queue"], ids["package.import"]) == (REQUEST_ID, REQUEST_ID)


def test_the_row_has_the_request_s_id(scene: Scene) -> None:
    assert scene.transfer == {"status": "imported", "request_id": REQUEST_ID}


def test_the_request_and_its_task_share_the_caller_s_trace(scene: Scene) -> None:
    (request,) = [span for span in scene.named("import/") if span.kind == span.SPAN_KIND_SERVER]
    (task,) = scene.named("run/modelhub.transfers.tasks.run_import")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE_ID, CALLER)
    assert task.trace_id.hex() == TRACE_ID


def test_a_scoring_request_is_one_span_with_its_stages_below(scene: Scene) -> None:
    (request,) = scene.named("POST /api/v1/models/analyze")
    assert request.parent_span_id.hex() == CALLER
    assert scene.below(request) == ["features", "model"]


def test_feature_rows_have_no_features_stage(scene: Scene) -> None:
    (request,) = scene.named("POST /api/v1/models/predict")
    assert scene.below(request) == ["model"]


def test_log_lines_name_the_trace(scene: Scene) -> None:
    ends = [line for line in scene.worker if line.get("task") == "modelhub.transfers.tasks.run_import"]
    assert TRACE_ID in {line.get("trace_id") for line in ends}
