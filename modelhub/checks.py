"""System checks that refuse unsafe set-ups; the web process runs them before it serves."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register

from modelhub import conf, env
from modelhub.accounts import limits, rates, tokens

TAG = "modelhub"
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs"}


@register(TAG)
def unsafe_setup(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Everything an operator must not run with, each with what to do about it."""
    found = _development() if settings.DEVELOPMENT else _production()
    return found + _proxies() + _limits() + _sqlite_location()


@register(TAG, deploy=True)
def unwise_setup(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What works, but not as well as an operator may think; said by ``check --deploy`` only."""
    found: list[CheckMessage] = []
    if conf.number("WEB_THREADS") <= conf.number("SCORING_LIMIT"):
        hint = "Set WEB_THREADS above SCORING_LIMIT: a saturated process then still answers that it is."
        found.append(Warning("Scoring may occupy every thread.", hint=hint, id="modelhub.W013"))
    if env.web_workers() > 1 and not limits.is_shared():
        hint = "Set CACHE_URL to a Redis that all processes share, or allow for it in the rates."
        found.append(
            Warning("Each of several web processes counts limits for itself.", hint=hint, id="modelhub.W009")
        )
    if not settings.DEVELOPMENT and env.flag("TLS") and conf.number("NUM_PROXIES") == 0:
        hint = "Set NUM_PROXIES to the number of proxies in front, else all callers share one address."
        found.append(Info("TLS is ended by a proxy, but NUM_PROXIES is 0.", hint=hint, id="modelhub.I010"))
    return found


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


def _proxies() -> list[CheckMessage]:
    proxies = conf.number("NUM_PROXIES")
    if proxies < 0:
        hint = "Set NUM_PROXIES to how many of your own proxies a call passes, 0 without any."
        return [Error(f"NUM_PROXIES is {proxies}.", hint=hint, id="modelhub.E006")]
    if proxies and conf.flag("DEV_ANONYMOUS"):
        hint = "Set MODELHUB_PROFILE=production or DEV_ANONYMOUS=false; behind a proxy every call is local."
        return [Error("Calls without credentials are allowed behind a proxy.", hint=hint, id="modelhub.E008")]
    return []


def _limits() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in limits.NAMES:
        try:
            rates.parse(conf.text(name))
        except ValueError:
            hint = "Write it as a number per s, min, hour or day, such as 60/min; 0 switches it off."
            found.append(Error(f"{name} cannot be read as a rate.", hint=hint, id="modelhub.E007"))
    if not 1 <= conf.number("TOKEN_DAYS") <= tokens.MOST_DAYS:
        hint = f"Set TOKEN_DAYS to 1 … {tokens.MOST_DAYS}; a single token can be made without an end."
        found.append(Error("TOKEN_DAYS is out of range.", hint=hint, id="modelhub.E011"))
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
