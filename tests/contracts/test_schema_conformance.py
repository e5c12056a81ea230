"""Generated requests to every operation of the OpenAPI document: no 5xx, nothing undocumented, all checks.

``SCHEMATHESIS_CASES`` says how many fuzzed requests each operation gets beside its examples and edge cases.
Each runs in a savepoint, so that all of them meet the same furnished hub.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from tests import packages
from tests.contracts.api import world
from tests.contracts.api.world import World

pytestmark = pytest.mark.django_db
DOCUMENT = Path(
    os.environ.get(
        "SCHEMATHESIS_DOCUMENT", Path(__file__).resolve().parent.parent.parent / "docs" / "openapi.yml"
    )
)
CASES = int(os.environ.get("SCHEMATHESIS_CASES", "5"))
STATISTICS = os.environ.get("SCHEMATHESIS_STATISTICS", "")  # a folder for the statuses of each operation


def _values(*found: str | int) -> dict[str, Any]:
    return {"values": list(found)}


_TAKEN = ["2xx", "3xx", 401, 403, 404, 409, 429]
_REFUSED = ["4xx"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "dictionaries": {
            "versions": _values(*world.VERSIONS),
            "models": _values("default", "wifi"),
            "alerts": _values(world.ALERT),
            "transfers": _values(world.QUEUED, world.ENDED),
            "packages": _values(world.KNOWN),
            "sources": _values("training"),
            "names": _values(world.CHANNEL, "shadow"),
            "windows": _values("1h", "7d", "3600"),
            "cursors": _values("cD05OTk5"),
        },
        "parameters": {
            "path.version": {"dictionary": "versions", "probability": 0.6},
            "query.version": {"dictionary": "versions", "probability": 0.6},
            "query.model": {"dictionary": "models", "probability": 0.6},
            "path.alert_id": {"dictionary": "alerts", "probability": 0.6},
            "path.transfer_id": {"dictionary": "transfers", "probability": 0.6},
            "path.model_path": {"dictionary": "packages", "probability": 0.6},
            "query.source": {"dictionary": "sources", "probability": 0.6},
            "path.name": {"dictionary": "names", "probability": 0.6},
            "query.window": {"dictionary": "windows", "probability": 0.6},
            # Cursors are the hub's own: one that nobody was given is refused.
            "query.cursor": {"dictionary": "cursors", "probability": 1.0},
        },
        # Text with NUL or half a surrogate is no JSON here, wherever it stands: 400 `json_invalid`.
        "checks": {"positive_data_acceptance": {"expected-statuses": [*_TAKEN, 400]}},
        "operations": [
            # How wide a row must be depends on the version that answers: 422 `features_invalid`.
            {
                "include-operation-id": ["models_predict", "validate_version"],
                "checks": {"positive_data_acceptance": {"expected-statuses": [*_TAKEN, 400, 422]}},
            },
            # Bad records are told in the answer and never fail the others; where none is left it is a 422.
            {
                "include-operation-id": "models_analyze",
                "checks": {
                    "negative_data_rejection": {"expected-statuses": [*_REFUSED, 200]},
                    "positive_data_acceptance": {"expected-statuses": [*_TAKEN, 400, 422]},
                },
            },
            # Everything goes (0 days) only with confirm=true: no schema can tie two parameters together.
            {
                "include-operation-id": ["cleanup_performance", "clear_transfer_history"],
                "checks": {"positive_data_acceptance": {"expected-statuses": [*_TAKEN, 400, 422]}},
            },
            # Whether a file is a package, a version may be deployed, or an alias moved, no schema can say.
            {
                "include-operation-id": [
                    "import_upload",
                    "import_package",
                    "import_latest",
                    "set_model_alias",
                    "models_deploy_create",
                    "model_management_deploy_create",
                    "models_load_create",
                ],
                "checks": {"positive_data_acceptance": {"expected-statuses": [*_TAKEN, 400, 422]}},
            },
        ],
    }
)
schema = schemathesis.openapi.from_path(DOCUMENT, config=CONFIG)
schema.app = get_wsgi_application()
_seen: dict[str, Counter[int]] = {}


@pytest.fixture
def headers(hub: World) -> Iterator[dict[str, str]]:
    """Those of an administrator; what came back is written down where that is asked for."""
    yield {"Authorization": hub.credentials["admin"]}
    for operation, statuses in _seen.items() if STATISTICS else ():
        name = operation.replace(" ", "_").replace("/", "-")
        (Path(STATISTICS) / f"{name}.json").write_text(json.dumps({operation: statuses}))


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """Lines as they are; what is no text is sent as its JSON."""
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace")


@schema.hook
def map_body(context: Any, body: Any) -> Any:
    """An upload is a package half of the time: no generator makes one up."""
    if isinstance(body, dict) and isinstance(sent := body.get("file"), bytes | str) and len(sent) % 2:
        return body | {"file": packages.zipped(packages.deployment_members("5.0.0"))}
    return body


@schema.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: Any, headers: dict[str, str]) -> None:
    with world.undone():
        response = case.call(headers=headers)
        _seen.setdefault(case.operation.label, Counter())[response.status_code] += 1
        case.validate_response(response, headers=headers)
