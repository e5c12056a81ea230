"""``ModelTransferService``: the transfers for Python callers, in any event loop or a plain script."""

from typing import Any

from modelhub.standalone import ensure_django

ensure_django()

from modelhub.actors import Actor  # noqa: E402 (Django must be set up first)
from modelhub.facades import called, caller  # noqa: E402
from modelhub.transfers import connection, discovery, history, importing, latest, presentation  # noqa: E402
from modelhub.transfers.sources import catalog  # noqa: E402

MOST_ROWS = 500


class ModelTransferService:
    """The same operations as the API's, recorded for ``actor``, else for the owner of the process.

    Every method raises the ModelhubError of the operation behind it.
    """

    def __init__(self, actor: str = "") -> None:
        self._actor = actor

    async def scan_training_service_models(self, source: str = "") -> list[dict[str, Any]]:
        """Every package of the enabled sources, or of one by its name, newest first."""
        return await called(_scan, source)

    async def import_latest_model(self, validate: bool = True, *, source: str = "") -> dict[str, Any]:
        """The newest package that is new is imported; ``status`` says ``up_to_date`` where there is none.

        ``validate=False`` leaves out the quality checks, never the safety checks.
        """
        return await called(_import_latest, self._who(), validate, source)

    async def import_model(
        self, model_path: str, validate: bool = True, *, source: str = "", model: str = ""
    ) -> dict[str, Any]:
        """The package at ``model_path``, relative to a source's root, is a version; nothing is deployed."""
        return await called(_import, self._who(), model_path, validate, source, model)

    async def get_transfer_history(self, *, status: str = "", limit: int = 50) -> list[dict[str, Any]]:
        """The newest attempts to import, refused ones too; at most 500."""
        return await called(_history, status, limit)

    async def validate_training_service_connection(self) -> dict[str, Any]:
        """Whether the sources answer, and what each of them says (``sources``)."""
        return await called(connection.check_all)

    def _who(self) -> Actor:
        return caller(self._actor)


def _scan(name: str) -> list[dict[str, Any]]:
    if name:
        found = discovery.scan(catalog.named(name))
    else:
        found = [candidate for scan in discovery.scan_all() for candidate in scan.candidates]
    return [presentation.package(candidate) for candidate in discovery.newest_first(found)]


def _import_latest(actor: Actor, validate: bool, name: str) -> dict[str, Any]:
    source = catalog.named(name) if name else None
    found = latest.import_latest(actor, source=source, validate=validate)
    return presentation.up_to_date(found) if found.transfer is None else presentation.imported(found.transfer)


def _import(actor: Actor, path: str, validate: bool, name: str, model: str) -> dict[str, Any]:
    source = catalog.named(name) if name else catalog.holding(path)
    row = importing.import_package(source, path, actor, model_name=model or None, validate=validate)
    return presentation.imported(row)


def _history(status: str, limit: int) -> list[dict[str, Any]]:
    rows = history.attempts(status=status)[: max(0, min(limit, MOST_ROWS))]
    return [presentation.transfer(row) for row in rows]
