"""The files of a model version, asked from the registry's server by the scheme that it names.

What the registry says of places is never followed on our disk nor to other machines: only these
schemes are read, all through the server itself, and every step of a path is checked.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from modelhub.errors import Code, PackageRefused, SystemFault
from modelhub.transfers.sources.mlflow.registry import Registry, RegistryVersion
from modelhub.transfers.sources.site import Site

# One step of a path: nothing that a server, a proxy or a shell could take for more than a name.
_STEP = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._ @=+-]{1,200}")
_CLOUD = frozenset(
    {"s3", "s3a", "gs", "wasb", "wasbs", "abfs", "abfss", "adl", "dbfs", "hdfs", "viewfs", "ftp", "sftp"}
)
Call = tuple[str, dict[str, str]]


class Artifacts:
    """The files of one version; :meth:`open` is the only way to them."""

    def __init__(self, registry: Registry, version: RegistryVersion) -> None:
        self._site: Site = registry.site
        self._version = version
        self._uri = registry.artifact_uri(version)

    @contextmanager
    def open(self, name: str, *, room: Path, limit: int) -> Iterator[BinaryIO]:
        """The file as a nameless one in the folder ``room``, at most ``limit`` bytes.

        Raises PackageRefused (``package_missing_file``, ``package_bad_name``) and the faults of the site.
        """
        status = 404
        for address, query in self._calls(_steps(name)):
            with self._site.file(address, query, room=room, limit=limit) as (reply, file):
                status = reply.status
                if status == 200:
                    yield file
                    return
        raise self._missing(name, status)

    def _calls(self, steps: tuple[str, ...]) -> list[Call]:
        """The address for the scheme, then the registry's own for a file of a version."""
        inside = "/".join(steps)
        own = {"name": self._version.name, "version": self._version.number, "path": inside}
        return [*_by_scheme(self._uri, steps), ("/model-versions/get-artifact", own)]

    def _missing(self, name: str, status: int) -> PackageRefused | SystemFault:
        if status in (404, 400):
            return PackageRefused(
                Code.PACKAGE_MISSING_FILE,
                f"The registry hands out no file {name} of version {self._version.number} of "
                f"{self._version.name}. Start its server with --serve-artifacts, or log the model again.",
            )
        return self._site.unusable(f"it answered {status} to a file of the model")


def _by_scheme(uri: str, steps: tuple[str, ...]) -> list[Call]:
    """The call that reads ``steps`` below the place ``uri``; none where only the fallback may serve it."""
    parts = urlsplit(uri)
    if parts.query or parts.fragment or "\\" in uri or "%" in uri:
        raise _refused("holds characters that no path of a model needs")
    base = _steps(parts.path.strip("/"), empty=True)
    if parts.scheme == "mlflow-artifacts":
        path = "/".join(quote(step, safe="") for step in (*base, *steps))
        return [(f"/api/2.0/mlflow-artifacts/artifacts/{path}", {})]
    if parts.scheme == "runs" and len(base) >= 2:
        return [("/get-artifact", {"run_uuid": base[0], "path": "/".join((*base[1:], *steps))})]
    if parts.scheme == "models" and len(base) == 1 and base[0].startswith("m-"):
        address = f"/ajax-api/2.0/mlflow/logged-models/{quote(base[0], safe='')}/artifacts/files"
        return [(address, {"artifact_file_path": "/".join(steps)})]
    if parts.scheme in _CLOUD:
        raise _refused(
            f"lie in storage of its own ({parts.scheme}:), whose credentials this hub does not have. Start "
            "the registry's server with --serve-artifacts, so that it hands them out"
        )
    raise _refused(
        "lie at a place that this hub never reads (a path of the server's disk, or an unknown scheme). Start "
        "the registry's server with --serve-artifacts and register the model again"
    )


def _steps(path: str, *, empty: bool = False) -> tuple[str, ...]:
    if empty and not path:
        return ()
    steps = tuple(path.split("/"))
    if len(steps) > 16 or not all(_STEP.fullmatch(step) for step in steps):
        raise PackageRefused(
            Code.PACKAGE_BAD_NAME,
            "A file of the model has a name that is never followed: absolute, with '..' or odd characters.",
        )
    return steps


def _refused(what: str) -> PackageRefused:
    return PackageRefused(Code.FORMAT_UNSUPPORTED, f"The files of this model version {what}.")
