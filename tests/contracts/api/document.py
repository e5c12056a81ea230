"""The table of answers as a document, written from the cases that the tests send."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.contracts.api import general
from tests.contracts.api.table import cases

PLACE = Path(__file__).resolve().parent.parent.parent.parent / "docs" / "api.md"
_HEAD = """# Answers of the API

Every operation under `/api/v1`, sent by `tests/contracts/api` through HTTP to the database, on SQLite and
on PostgreSQL (`tests/integration/test_postgres.py`), each request without and with a trailing slash. Written
from the requests that the tests send: `python -m tests.contracts.api.write`.

A status in the first table of a group is one that a test gets from that operation; the second table says
what each operation answers for reasons of its own. Errors are `application/problem+json` with the `code` that
is shown; 429 and 503 carry `Retry-After`, 401 `WWW-Authenticate`, 405 `Allow`. Each test is
`tests/contracts/api/test_table.py::test_the_answer_is_the_tables[<operation>: <when>]`. Bodies and parameters
are in the [OpenAPI document](openapi.yml), bad inputs in [their own table](bad-inputs.md).
"""
_GROUPS = {
    "Versions and scoring": "/models",
    "Performance and drift": "/model-management/performance",
    "Imports, sources, history": (
        "/model-management/import",
        "/model-management/training",
        "/model-management/transfer",
    ),
    "Managing versions": "/model-management",
    "Deployments, alerts, audit, documents": "/",
}
_OK, _NO = "✓", "–"


def text() -> str:
    """The whole document."""
    left = list(dict.fromkeys(case.operation for case in cases()))
    parts = [_HEAD, "## What holds everywhere\n", *_everywhere()]
    for title, prefixes in _GROUPS.items():
        chosen = [one for one in left if one.split()[1].startswith(prefixes)]
        left = [one for one in left if one not in chosen]
        parts += [f"\n## {title}\n", *_matrix(chosen), "", *_own(chosen)]
    return "\n".join(parts) + "\n"


def _everywhere() -> Iterator[str]:
    found: dict[tuple[str, int, str], int] = {}
    for case in cases():
        if case.is_general and not case.when.startswith("as "):
            key = (case.when, case.status, case.code)
            found[key] = found.get(key, 0) + 1
    yield from _rows(("when", "answer", "operations tested"))
    yield from (
        _line(when, _answer(status, code), str(count))
        for (when, status, code), count in sorted(found.items(), key=lambda one: (one[0][1], one[0][0]))
    )
    yield _line(
        "as somebody without the permission", _answer(403, "permission_denied"), "each role, each operation"
    )


def _matrix(chosen: Iterable[str]) -> Iterator[str]:
    allowed, shapes = general.matrix(), general.documented()
    statuses = sorted({case.status for case in cases()})
    yield from _rows(
        (
            "operation",
            "permission",
            *general.ROLES,
            *map(str, statuses),
            "both slashes",
            "SQLite",
            "PostgreSQL",
        )
    )
    for operation in chosen:
        seen = {case.status for case in cases() if case.operation == operation}
        yield _line(
            f"`{operation}`",
            _permission(shapes.get(operation, {})),
            *(_OK if role in allowed[operation] else _NO for role in general.ROLES),
            *(_OK if status in seen else "" for status in statuses),
            *(_OK,) * 3,
        )


def _own(chosen: Iterable[str]) -> Iterator[str]:
    yield from _rows(("operation", "when", "answer"))
    for operation in chosen:
        for case in cases():
            if case.operation == operation and not case.is_general:
                yield _line(f"`{operation}`", case.when, _answer(case.status, case.code))


def _permission(shape: dict[str, Any]) -> str:
    marked = shape.get("description", "").rpartition("Needs the permission `")[2].partition("`")[0]
    return f"`{marked or 'registry.view_modelversion'}`"


def _answer(status: int, code: str) -> str:
    return f"{status} `{code}`" if code else str(status)


def _rows(names: Iterable[str]) -> Iterator[str]:
    cells = list(names)
    yield _line(*cells)
    yield "|" + "---|" * len(cells)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
