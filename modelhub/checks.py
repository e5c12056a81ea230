"""System checks that refuse unsafe set-ups; the web process runs them before it serves."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from modelhub import conf, env

TAG = "modelhub"
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs"}


@register(TAG)
def unsafe_setup(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Everything an operator must not run with, each with what to do about it."""
    found = _development() if settings.DEVELOPMENT else _production()
    return found + _sqlite_location()


def refuse_unsafe() -> None:
    """End the process with one line per error found; called before anything is served."""
    errors = [message for message in unsafe_setup(None) if message.is_serious()]
    if errors:
        raise SystemExit("\n".join(f"{e.id}: {e.msg} {e.hint}" for e in errors))


def _development() -> list[CheckMessage]:
    if conf.flag("DEV_ANONYMOUS") and not _is_loopback(settings.BIND):
        return [
            Error(
                f"BIND={settings.BIND} is no loopback address while calls without credentials are allowed.",
                hint="Set MODELHUB_PROFILE=production, or DEV_ANONYMOUS=false, or BIND=127.0.0.1.",
                id="modelhub.E001",
            )
        ]
    return []


def _production() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the host names that are served."
        found.append(Error("ALLOWED_HOSTS is empty or *.", hint=hint, id="modelhub.E002"))
    key = settings.SECRET_KEY
    if len(key) < 50 or len(set(key)) < 10 or key.startswith("django-insecure"):
        hint = "Set SECRET_KEY to 50 or more random characters."
        found.append(Error("SECRET_KEY is short or a default.", hint=hint, id="modelhub.E003"))
    if env.explicit("DEV_ANONYMOUS") and env.flag("DEV_ANONYMOUS"):
        hint = "Remove DEV_ANONYMOUS; it belongs to the development profile."
        found.append(Error("DEV_ANONYMOUS is set in production.", hint=hint, id="modelhub.E004"))
    return found


def _sqlite_location() -> list[CheckMessage]:
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.sqlite3" or ":memory:" in str(database["NAME"]):
        return []
    if _file_system(Path(str(database["NAME"]))) not in _NETWORK_FILE_SYSTEMS:
        return []
    hint = "Move MODELHUB_HOME to a local disk or set DATABASE_URL to PostgreSQL."
    return [Warning("The SQLite database lies on a network share.", hint=hint, id="modelhub.W005")]


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def _file_system(path: Path) -> str:
    """Type of the file system that holds ``path``, from the kernel's mount table; empty if unknown."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    holding = [fields for fields in mounts if path.is_relative_to(fields[1])]
    return max(holding, key=lambda fields: len(fields[1]))[2] if holding else ""
