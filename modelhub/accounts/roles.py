"""What each role may do: the one table behind groups, the loopback developer and the documentation."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions; it includes those of every role above it in the table.

    ``adds`` holds ``app.codename``, where ``*`` stands for any letters.
    """

    name: str
    meaning: str
    adds: tuple[str, ...]


ROLES = (
    Role("client", "Programs that score logs.", ("registry.analyze",)),
    Role(
        "viewer",
        "People and dashboards that look.",
        ("registry.view_*", "transfers.view_*", "monitoring.view_*", "inference.view_*"),
    ),
    Role(
        "operator",
        "Those who run the models.",
        (
            "registry.load_modelversion",
            "registry.toggle_modelversion",
            "registry.add_deployment",
            "registry.rollback_deployment",
            "transfers.import_package",
            "transfers.cleanup_transfers",
            "inference.validate_version",
            "monitoring.check_drift",
            "monitoring.cleanup_metrics",
            "monitoring.close_alert",
        ),
    ),
    Role(
        "admin",
        "Those who answer for the hub: people, credentials, sources, schedules, exceptions.",
        (
            "registry.force_modelversion",
            "registry.delete_modelversion",
            "registry.export_registry",
            "registry.add_registeredmodel",
            "registry.change_registeredmodel",
            "transfers.*_trainingsource",
            "monitoring.*_notificationchannel",
            "accounts.*_apitoken",
            "auth.*_user",
            "auth.*_group",
            "audit.view_auditentry",
            "django_celery_beat.*",
        ),
    ),
)
DEVELOPER_ROLE = "operator"  # what the guarded loopback caller may do in the development profile


@lru_cache(maxsize=1024)
def permits(role: str, permission: str) -> bool:
    """True when the role has ``app.codename``.

    >>> permits("viewer", "registry.analyze"), permits("viewer", "registry.add_deployment")
    (True, False)
    """
    return any(fnmatchcase(permission, pattern) for pattern in patterns(role))


def patterns(role: str) -> tuple[str, ...]:
    """Every entry that makes up the role, those of the roles it includes first; raises KeyError."""
    found: list[str] = []
    for one in ROLES:
        found += one.adds
        if one.name == role:
            return tuple(found)
    raise KeyError(role)


def apps_named() -> tuple[str, ...]:
    """Labels of the apps whose permissions the table names."""
    return tuple(sorted({pattern.split(".")[0] for role in ROLES for pattern in role.adds}))


def chosen(role: str, permissions: Iterable[str]) -> frozenset[str]:
    """Those of ``permissions`` (``app.codename``) that the role has."""
    return frozenset(permission for permission in permissions if permits(role, permission))
