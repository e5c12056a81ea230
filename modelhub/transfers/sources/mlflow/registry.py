"""Reading MLflow's registry: its versions, their aliases and runs, in plain values."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from modelhub.artifacts import paths
from modelhub.errors import Code, PathRefused
from modelhub.transfers.sources.site import Site

API = "/api/2.0/mlflow"
READY = "READY"
_PAGE = "1000"
_MOST_PAGES = 20
# Each model's aliases cost a call of their own: the lists answer them empty.
_MOST_MODELS = 200
_FOREIGN = re.compile(r"[^A-Za-z0-9._+-]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class RegistryVersion:
    """One model version as the registry tells it; texts are cut, times are UTC."""

    name: str
    number: str
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    run_id: str = ""
    user: str = ""
    source: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def segments(self) -> tuple[str, str]:
        """The path it is imported by."""
        return slug(self.name), self.number

    @property
    def label(self) -> str:
        """The version label that its package asks for."""
        return f"{slug(self.name)}-{self.number}"

    @property
    def identity(self) -> str:
        """What tells it from a later version of the same name and number, after a deletion."""
        return f"{self.name}/{self.number} of {self.created_at.isoformat() if self.created_at else 'unknown'}"


class Registry:
    """One operation's reading of a registry; raises the faults of :class:`Site` and PathRefused."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def versions(self) -> list[RegistryVersion]:
        """Every version of every registered model."""
        return [self._version(one) for one in self._pages("model-versions/search", "model_versions")]

    def aliases(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Aliases by name and number of the version they stand for, of at most 200 models."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        models = list(self._pages("registered-models/search", "registered_models"))
        for name in [_text(model, "name") for model in models][:_MOST_MODELS]:
            for alias, number in self._aliases(name):
                found[name, number] = (*found.get((name, number), ()), alias)
        return found

    def aliases_of(self, version: RegistryVersion) -> tuple[str, ...]:
        """The aliases of one version."""
        return tuple(alias for alias, number in self._aliases(version.name) if number == version.number)

    def at(self, path: str) -> RegistryVersion:
        """The version at ``MODEL/VERSION``. Raises PathRefused (``path_invalid``, ``package_not_found``)."""
        segments = paths.parse_relative(path)
        if len(segments) != 2 or not _NUMBER.fullmatch(segments[1]):
            raise PathRefused(Code.PATH_INVALID, "A package of an MLflow registry is named MODEL/VERSION.")
        model, number = segments
        for name in self._names(model):
            reply = self.site.call(f"{API}/model-versions/get", {"name": name, "version": number})
            if reply.status == 200:
                return self._version(_part(self.site.parsed(reply), "model_version"))
        raise PathRefused(Code.PACKAGE_NOT_FOUND, f"The registry has no version {number} of {model}.")

    def ready(self, path: str) -> RegistryVersion:
        """As :meth:`at`, where the registry has finished the version."""
        version = self.at(path)
        if version.status != READY:
            raise PathRefused(
                Code.PACKAGE_NOT_FOUND,
                f"Version {version.number} of {version.name} is {version.status}, not {READY}. Import it "
                "when it is.",
            )
        return version

    def run(self, run_id: str) -> Mapping[str, Any]:
        """The run that trained a version; empty where the registry no longer knows it."""
        if not run_id:
            return {}
        reply = self.site.call(f"{API}/runs/get", {"run_id": run_id})
        return _part(self.site.parsed(reply), "run") if reply.status == 200 else {}

    def artifact_uri(self, version: RegistryVersion) -> str:
        """Where the version's files lie, in the registry's own words."""
        query = {"name": version.name, "version": version.number}
        return _text(self.site.json(f"{API}/model-versions/get-download-uri", query), "artifact_uri", 2048)

    def _names(self, model: str) -> list[str]:
        """The registered names that MODEL may stand for, the one that is spelled like it first."""
        names = {_text(one, "name") for one in self._pages("registered-models/search", "registered_models")}
        alike = sorted(name for name in names if slug(name) == model)
        if len(alike) > 1 and model not in alike:
            raise PathRefused(
                Code.PATH_INVALID,
                f"{len(alike)} models of the registry are called {model} in a path; rename one.",
            )
        return [model] if model in alike else alike

    def _aliases(self, name: str) -> Iterator[tuple[str, str]]:
        reply = self.site.call(f"{API}/registered-models/get", {"name": name})
        if reply.status != 200:  # deleted since it was listed
            return
        model = _part(self.site.parsed(reply), "registered_model")
        for one in _list(model, "aliases"):
            yield _text(one, "alias"), _text(one, "version")

    def _pages(self, route: str, key: str) -> Iterator[Mapping[str, Any]]:
        query = {"max_results": _PAGE}
        for _ in range(_MOST_PAGES):
            answer = self.site.json(f"{API}/{route}", query)
            if not isinstance(answer, dict):
                raise self.site.unusable("it is not an answer of MLflow's registry")
            yield from _list(answer, key)
            token = answer.get("next_page_token")
            if not isinstance(token, str) or not token:
                return
            query = {"max_results": _PAGE, "page_token": token}
        raise self.site.unusable("its list does not end")

    def _version(self, found: Mapping[str, Any]) -> RegistryVersion:
        name, number = _text(found, "name"), _text(found, "version")
        if not name or not _NUMBER.fullmatch(number):
            raise self.site.unusable("it names a model version without name or number")
        return RegistryVersion(
            name=name,
            number=number,
            status=_text(found, "status") or READY,  # left out by registries that know no other
            created_at=_moment(found.get("creation_timestamp")),
            updated_at=_moment(found.get("last_updated_timestamp")),
            run_id=_text(found, "run_id"),
            user=_text(found, "user_id"),
            source=_text(found, "source", 2048),
            description=_text(found, "description", 2048),
            tags=pairs(found.get("tags")),
        )


def slug(name: str) -> str:
    """The name as a step of a path: other characters are ``-``, at most 110 of them.

    >>> slug("Log anomalies (wifi)")
    'Log-anomalies-wifi'
    """
    return _FOREIGN.sub("-", name).strip("-._+")[:110] or "model"


def pairs(listed: Any) -> dict[str, str]:
    """MLflow's lists of key and value as a mapping; at most 100 entries, texts cut at 500 characters."""
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {
        _text(one, "key"): str(one.get("value", ""))[:500]
        for one in entries[:100]
        if isinstance(one.get("key"), str)
    }


def _text(found: Any, key: str, longest: int = 256) -> str:
    value = found.get(key) if isinstance(found, dict) else None
    return str(value)[:longest] if isinstance(value, str | int) else ""


def _part(answer: Any, key: str) -> Mapping[str, Any]:
    value = answer.get(key) if isinstance(answer, dict) else None
    return value if isinstance(value, dict) else {}


def _list(answer: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = answer.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _moment(value: Any) -> datetime | None:
    """Milliseconds since 1970, which some servers write as text."""
    try:
        return datetime.fromtimestamp(int(value) / 1000, tz=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
