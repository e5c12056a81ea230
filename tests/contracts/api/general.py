"""What holds for every operation of a kind: nobody, no permission, wrong method, too often, no database …"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import yaml
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import override_settings

from modelhub.accounts import limits, remembered, roles
from tests.conftest import LIMITS
from tests.contracts.api.case import JSON, Case
from tests.contracts.api.world import World

ROLES = tuple(role.name for role in roles.ROLES)
_ROOT = Path(__file__).resolve().parent.parent.parent.parent
_SCORING = ("POST /models/analyze", "POST /models/predict")  # answer from memory while the database is away
_PAGES = ("GET /docs", "GET /redoc", "GET /schema")


def matrix() -> dict[str, list[str]]:
    """The roles that may do each operation, as the access matrix says."""
    text = (_ROOT / "tests" / "contracts" / "access_matrix.md").read_text()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    return {
        row[0]: [role for role, cell in zip(ROLES, row[1:], strict=True) if cell == "yes"] for row in rows[1:]
    }


def documented() -> dict[str, dict[str, Any]]:
    """The operations of the OpenAPI document by the names of the access matrix."""
    paths = yaml.safe_load((_ROOT / "docs" / "openapi.yml").read_text())["paths"]
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}": operation
        for path, item in paths.items()
        for method, operation in item.items()
    }


def cases(samples: dict[str, Case]) -> Iterator[Case]:
    """Those of each operation; ``samples`` is one success of each."""
    allowed, shapes = matrix(), documented()
    for operation, sample in samples.items():
        yield from (
            *_callers(sample, allowed[operation]),
            *_protocol(sample),
            *_reference(sample),
            *(_body(sample) if _takes_json(shapes.get(operation, {})) else ()),
        )


def _like(sample: Case, when: str, status: int, code: str, **changes: Any) -> Case:
    kept = {name: getattr(sample, name) for name in ("path", "body", "content_type", "around")}
    return Case(
        sample.operation, when, **kept | {"status": status, "code": code, "is_general": True} | changes
    )


def _callers(sample: Case, may: list[str]) -> Iterator[Case]:
    yield _like(sample, "without a credential", 401, "not_authenticated", role="")
    yield _like(
        sample,
        "with a token that was never given out",
        401,
        "not_authenticated",
        role="",
        headers={"Authorization": "Bearer mh_" + "0" * 64},
    )
    yield _like(sample, "as somebody without a role", 403, "permission_denied", role="none")
    for role in ROLES:
        if role in may:
            yield _like(
                sample, f"as {role}", sample.status, "", role=role, headers=sample.headers, keys=sample.keys
            )
        else:
            yield _like(sample, f"as {role}", 403, "permission_denied", role=role)


def _protocol(sample: Case) -> Iterator[Case]:
    yield _like(sample, "with a method that is not offered", 405, "method_not_allowed", method="PATCH")
    yield _like(
        sample,
        "when the answer may only be a picture",
        406,
        "not_acceptable",
        headers={"Accept": "image/png"},
    )
    yield _like(sample, "more often than its limit", 429, "throttled", around=_limited, sent=2)
    if sample.operation not in _SCORING:
        yield _like(sample, "while the database is away", 503, "database_unavailable", around=_outage)


def _reference(sample: Case) -> Iterator[Case]:
    if "{version}" not in sample.operation:
        return
    for label, status, code in (
        ("none", 404, "version_not_found"),
        ("none:1.0.0", 404, "model_not_found"),
        ("default@none", 404, "version_not_found"),
        ("7", 409, "ambiguous_version"),
    ):
        yield _like(
            sample,
            f"for the reference {label}",
            status,
            code,
            path=_renamed(sample, label),
            headers=sample.headers,
        )


def _renamed(sample: Case, reference: str) -> str:
    """The sample's path with another reference where its operation has ``{version}``."""
    place = sample.operation.split()[1].split("/").index("{version}")
    path, mark, query = sample.path.partition("?")
    steps = path.split("/")
    return "/".join([*steps[:place], reference, *steps[place + 1 :]]) + mark + query


def _takes_json(operation: dict[str, Any]) -> bool:
    return JSON in operation.get("requestBody", {}).get("content", {})


def _body(sample: Case) -> Iterator[Case]:
    yield _like(sample, "with a body that is no JSON", 400, "json_invalid", body=b"{")
    yield _like(sample, "with a number as body", 422, "body_invalid", body=b"7")
    yield _like(sample, "with text/plain", 415, "unsupported_media", body=b"x", content_type="text/plain")
    yield _like(
        sample, "with a body above the limit", 413, "body_too_large", body=b" " * 2_000, around=_small_bodies
    )


@contextmanager
def _limited(hub: World) -> Iterator[None]:
    rates = dict.fromkeys(LIMITS, "1/hour") | {"FAILED_LOGINS": "0"}
    limits.forget()
    with override_settings(MODELHUB=settings.MODELHUB | rates):
        yield
    limits.forget()


@contextmanager
def _small_bodies(hub: World) -> Iterator[None]:
    bounded = settings.MODELHUB | {"MAX_BODY_BYTES": 1_000}
    with override_settings(MODELHUB=bounded, DATA_UPLOAD_MAX_MEMORY_SIZE=1_000):
        yield


@contextmanager
def _outage(hub: World) -> Iterator[None]:
    def refuse(*args: Any) -> NoReturn:
        raise OperationalError("the server closed the connection")

    remembered.forget()
    with connection.execute_wrapper(refuse):
        yield
