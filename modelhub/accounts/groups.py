"""Roles as Django groups, there after every migration."""

from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions

from modelhub.accounts import roles


def make_groups(*, using: str = "default", apps: Apps = installed, **signal: Any) -> None:
    """Every role has a group; a group that exists already keeps what an admin made of it.

    Receives Django's ``post_migrate``. The permissions that the roles name are made first where Django
    has not come to their app yet.
    """
    try:
        permission, group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    except LookupError:  # migrated back to before there were any
        return
    existing = set(group.objects.using(using).values_list("name", flat=True))
    missing = [role.name for role in roles.ROLES if role.name not in existing]
    if not missing:
        return
    for label in roles.apps_named():
        create_permissions(installed.get_app_config(label), verbosity=0, using=using)
    known = {
        f"{app}.{codename}": key
        for key, app, codename in permission.objects.using(using)
        .filter(content_type__app_label__in=roles.apps_named())
        .values_list("pk", "content_type__app_label", "codename")
    }
    for name in missing:
        made = group.objects.using(using).create(name=name)
        made.permissions.set(known[one] for one in roles.chosen(name, known))
