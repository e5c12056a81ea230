"""Every environment variable the product reads: name, default, meaning. Nothing else asks os.environ.

``docs/configuration.md`` is checked against this table by a test.
"""

import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its default as text (empty: derived or required) and one line of help."""

    name: str
    default: str
    help: str


VARIABLES = (
    Variable("MODELHUB_PROFILE", "development", "`development` or `production`."),
    Variable("MODELHUB_HOME", "var", "Folder of database, model store, broker folder and logs."),
    Variable("BIND", "127.0.0.1", "Address the web server listens on."),
    Variable("PORT", "8000", "Port the web server listens on."),
    Variable("WEB_WORKERS", "", "Web server processes; empty means one per core, at most 8."),
    Variable("WEB_THREADS", "40", "Threads per web server process; more than SCORING_LIMIT."),
    Variable(
        "WEB_PINNED", "true", "Each web server process on a processor of its own, if there is one for each."
    ),
    Variable("SECRET_KEY", "", "Signing key, 50 characters or more; development makes one in the home."),
    Variable("ALLOWED_HOSTS", "", "Host names served, comma separated; required in production."),
    Variable("CSRF_TRUSTED_ORIGINS", "", "Origins of trusted front ends, comma separated."),
    Variable("DEV_ANONYMOUS", "true", "Development only: loopback calls without credentials may operate."),
    Variable(
        "DEV_ORIGINS", "", "Development only: origins of front ends that pass their calls on to the API."
    ),
    Variable("DATABASE_URL", "", "Database; empty means SQLite in the home."),
    Variable("BROKER_URL", "", "Celery broker; empty means a folder in the home."),
    Variable("CACHE_URL", "", "Shared cache of throttles; empty means memory of each process."),
    Variable("DEFAULT_MODEL", "default", "Registered model that references without a name mean."),
    Variable("TLS", "true", "Production only: served over HTTPS (redirect, HSTS, secure cookies)."),
    Variable("HSTS_SECONDS", "31536000", "Production only: how long browsers must insist on HTTPS."),
    Variable("NUM_PROXIES", "0", "Reverse proxies in front whose X-Forwarded-For is believed."),
    Variable("TOKEN_DAYS", "90", "Days that a new API token is valid for, unless it is told otherwise."),
    Variable("THROTTLE_ANALYZE", "60000/min", "Scoring calls per caller and process."),
    Variable("THROTTLE_IMPORT", "60/min", "Imports per caller."),
    Variable("THROTTLE_OPERATE", "300/min", "Other changing calls per caller."),
    Variable("THROTTLE_READ", "1200/min", "Reading calls per caller."),
    Variable("FAILED_LOGINS", "10/min", "Wrong passwords or tokens per address before it has to wait."),
    Variable("PUBLIC_URL", "", "Address of this hub as people reach it, for links in notifications."),
    Variable(
        "EMAIL_URL", "", "Mail server of notifications, such as smtp://user:password@host:587/?tls=True."
    ),
    Variable("EMAIL_FROM", "modelhub@localhost", "Sender of notifications."),
    Variable("PRIVATE_HOSTS", "", "Hosts in private networks that sources and webhooks may reach."),
    Variable("SOURCE_SECONDS", "120", "Most seconds that one call to a training source may take in all."),
    Variable("METRICS", "true", "Record inference metrics."),
    Variable("LOG_LEVEL", "INFO", "Level of the program's own logs."),
    Variable("OTEL_EXPORTER_OTLP_ENDPOINT", "", "Collector that spans are sent to; empty means no tracing."),
    Variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "", "The same, with its path, for spans alone."),
    Variable("OTEL_SERVICE_NAME", "modelhub", "What spans call this hub."),
    Variable("OTEL_SDK_DISABLED", "false", "Switches tracing off whatever the others say."),
    Variable("QUARANTINE_SECONDS", "30", "Wall-clock limit of one quarantine child."),
    Variable("QUARANTINE_MEMORY_MB", "2048", "Address-space limit of one quarantine child."),
    Variable("MAX_UPLOAD_MB", "256", "Largest package accepted, in MiB."),
    Variable("MAX_BODY_MB", "8", "Largest analyze or predict body after decompression, in MiB."),
    Variable("MAX_RECORDS", "10000", "Most records accepted in one analyze call."),
    Variable("SCORING_LIMIT", "32", "Scoring calls that one web server process answers at once."),
    Variable("SCORING_SECONDS", "30", "A scoring call that takes longer counts as the version's failure."),
    Variable("ALERT_RATE_PERCENT", "95", "Share of anomalies at which a version is doubted; 0 never doubts."),
    Variable("AUTO_FALLBACK", "true", "Deploy the last good version by itself when the current one fails."),
    Variable("FALLBACK_MINUTES", "10", "At most one such step per registered model in so many minutes."),
    Variable("FOREST_ENGINE", "auto", "`auto` or `onnx`: what runs isolation forests."),
    Variable("REQUIRE_MANIFEST", "false", "Refuse packages without integrity manifest."),
)
# Rows keep the names of secrets only, and may name no other variable than one of these.
SECRET_NAME = re.compile(r"MODELHUB_SECRET_[A-Z0-9_]{1,47}")
_MOST_WORKERS = 8  # unless asked for more: each is some 100 MB and one more writer of the database
_by_name = {variable.name: variable for variable in VARIABLES}
_env = environ.Env()


def text(name: str) -> str:
    """The variable's value, or its default; surrounding white space removed."""
    return (os.environ.get(name) or _by_name[name].default).strip()


def explicit(name: str) -> bool:
    """True when the operator set the variable, whatever its value."""
    return bool(os.environ.get(name))


def flag(name: str) -> bool:
    """The variable as a truth value (1, true, yes, on)."""
    return text(name).lower() in {"1", "true", "yes", "on"}


def number(name: str) -> int:
    """The variable as a whole number; anything else stops the start with its name."""
    try:
        return int(text(name))
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text(name)!r}") from None


def one_of(name: str, words: tuple[str, ...]) -> str:
    """The variable where it is one of the words; anything else stops the start with its name."""
    if text(name) not in words:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(words)}, not {text(name)!r}")
    return text(name)


def web_workers() -> int:
    """How many processes the web server has: as many as asked for, else one per core up to eight."""
    if explicit("WEB_WORKERS"):
        return number("WEB_WORKERS")
    return min(len(os.sched_getaffinity(0)), _MOST_WORKERS)


def names(name: str) -> list[str]:
    """The variable as a comma-separated list without empty parts."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def database(url: str) -> dict[str, object]:
    """Django's database mapping for a URL."""
    return dict(_env.db_url_config(url))


def cache(url: str) -> dict[str, object]:
    """Django's cache mapping for a URL; without one a cache in the memory of each process."""
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return dict(_env.cache_url_config(url))


def shared_counts(url: str) -> dict[str, object]:
    """Django's cache mapping for a URL; what is read from a Redis is a number and never unpickled."""
    counts = cache(url) | {"KEY_PREFIX": "modelhub"}
    if str(counts["BACKEND"]).endswith("RedisCache"):
        counts["OPTIONS"] = {
            "serializer": "modelhub.accounts.numbers.Numbers",
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
        }
    return counts


def mail(url: str) -> dict[str, object]:
    """Django's EMAIL settings for a URL."""
    return dict(_env.email_url_config(url))


def secret(name: str) -> str:
    """A credential that rows refer to by name; empty where it is not set or is no such name."""
    return os.environ.get(name, "").strip() if SECRET_NAME.fullmatch(name) else ""


def home(base: Path) -> Path:
    """The product's data folder, absolute; relative values count from the project folder."""
    return (base / Path(text("MODELHUB_HOME")).expanduser()).resolve()


def main(wanted: list[str]) -> None:
    """Print the named variables as shell exports, for ``script/up``."""
    try:
        for name in wanted:
            value = str(home(Path.cwd())) if name == "MODELHUB_HOME" else text(name)
            if name == "WEB_WORKERS":
                value = str(web_workers())
            elif name in ("PORT", "WEB_THREADS"):
                value = str(number(name))
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    except ImproperlyConfigured as error:
        sys.stderr.write(f"modelhub: {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main(sys.argv[1:])
