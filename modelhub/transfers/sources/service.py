"""A training source that is the training service's HTTP API, used as it really answers.

Only its list, its deploy call and its deployment package are relied on. The routes for the newest,
the deployed and the statistics answer as if their words were versions; the newest is found by time.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from modelhub.artifacts import paths, suspicion
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.listing import ListedPackage
from modelhub.artifacts.types import Note, StagedPackage
from modelhub.artifacts.zipfiles import stage_zip
from modelhub.errors import Code, ModelhubError, PathRefused
from modelhub.transfers.sources.base import Access
from modelhub.transfers.sources.site import LIST_S, LOOK_S, Site

_PREFIX = "/api"
_NOT_DEPLOYED = 400
_UNKNOWN = 404
_SHOWN = ("version", "name", "type", "status", "created_at", "deployed_at", "deployed_by")
_LONGEST = 256
_MOST = 10_000


class ServiceSource:
    """Packages of one training service; a path is a version of it.

    The address may end in the API's prefix or leave it out. The service does not tell hashes, so a
    version is known by its label and time of creation until its content was fetched.
    """

    def __init__(self, access: Access) -> None:
        base = access.location.rstrip("/")
        self._base = base if base.endswith(_PREFIX) else base + _PREFIX
        self._access = access

    def listing(self, *, limits: Limits) -> Sequence[ListedPackage]:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        return [_listed(entry) for entry in self._entries(self._site(LIST_S))]

    def lineage(self, path: str) -> Mapping[str, Any]:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        return _lineage(self._entry(self._site(LIST_S), path))

    def stage(self, path: str, into: Path, *, limits: Limits) -> StagedPackage:
        """As every source; a package that was not built yet is built first where the source may ask."""
        site, version = self._site(), _version(path)
        for may_ask in (self._access.may_deploy, False):
            address = f"/models/{version}/deployment-package"
            with site.file(address, room=into.parent, limit=limits.package_bytes) as (reply, file):
                if reply.status == 200:
                    return stage_zip(file, into, label_hint=version, limits=limits)
            if reply.status != _NOT_DEPLOYED or not may_ask:
                break
            site.call(f"/models/{version}/deploy", {"deployed_by": "modelhub"}, method="POST")
        raise self._refused(site, version, reply.status)

    def holds(self, path: str) -> bool:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        try:
            self._entry(self._site(LOOK_S), path)
        except PathRefused:
            return False
        return True

    def count(self) -> int:
        """See :class:`modelhub.transfers.sources.base.Source`."""
        return len(list(self._entries(self._site(LOOK_S))))

    def _site(self, seconds: float = math.inf) -> Site:
        return Site(self._base, credential=self._access.credential, seconds=seconds)

    def _entries(self, site: Site) -> Iterator[Mapping[str, Any]]:
        """The list, in either form in which the service answers it."""
        reply = site.call("/models/")
        answer = site.parsed(reply if reply.status == 200 else site.call("/models/list"))
        entries = answer.get("models") if isinstance(answer, dict) else answer
        if not isinstance(entries, list) or len(entries) > _MOST:
            raise site.unusable(f"it is not a list of at most {_MOST} models")
        for entry in entries:
            if not isinstance(entry, dict) or not isinstance(entry.get("version"), str):
                raise site.unusable("its list of models holds something without a version")
            yield entry

    def _entry(self, site: Site, path: str) -> Mapping[str, Any]:
        version = _version(path)
        found = next((entry for entry in self._entries(site) if entry["version"] == version), None)
        if found is None:
            raise PathRefused(Code.PACKAGE_NOT_FOUND, f"The training service has no model {version}.")
        return found

    def _refused(self, site: Site, version: str, status: int) -> ModelhubError:
        if status == _UNKNOWN:
            return PathRefused(Code.PACKAGE_NOT_FOUND, f"The training service has no model {version}.")
        if status == _NOT_DEPLOYED:
            return PathRefused(
                Code.PACKAGE_NOT_FOUND,
                f"The training service has built no deployment package of {version}. Deploy it there, or let "
                "the source ask for it.",
            )
        return site.unusable(f"it answered {status} to the deployment package of {version}")


def _version(path: str) -> str:
    segments = paths.parse_relative(path)
    if len(segments) != 1:
        raise PathRefused(
            Code.PATH_INVALID, "A package of a training service is named by its version alone, without '/'."
        )
    return segments[0]


def _listed(entry: Mapping[str, Any]) -> ListedPackage:
    version = entry["version"]
    created_at = suspicion.parse_time(_text(entry, "created_at"))
    problem = None
    if not paths.is_segment(version):
        problem = Note(str(Code.PATH_INVALID), "This version's name cannot stand in a path; rename it there.")
    return ListedPackage(
        segments=(version[:_LONGEST],),
        label=version[:_LONGEST],
        modified_at=_aware(suspicion.parse_time(_text(entry, "updated_at")) or created_at),
        created_at=created_at,
        declared_type=_text(entry, "type"),
        identity=_identity(entry),
        problem=problem,
    )


def _lineage(entry: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: _text(entry, key) for key in _SHOWN}
    return {key: value for key, value in known.items() if value} | {"identity": _identity(entry)}


def _identity(entry: Mapping[str, Any]) -> str:
    return f"{entry['version'][:_LONGEST]} of {_text(entry, 'created_at')}"


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value[:_LONGEST] if isinstance(value, str) else ""


def _aware(moment: datetime | None) -> datetime:
    if moment is None:
        return datetime.fromtimestamp(0, tz=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
