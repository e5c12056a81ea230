"""Django ready in a process that nobody prepared: what lets a plain script import the hub's façades."""

import os
import threading

_once = threading.Lock()


def ensure_django() -> None:
    """The hub's applications are loaded, or are just being loaded by whoever calls this.

    ``DJANGO_SETTINGS_MODULE`` is ``modelhub.settings`` where nothing else was said. Where Django is set up
    already (a server, a worker, a command, a test) nothing happens.
    """
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
    if apps.ready or apps.loading:  # Django sets `loading` once and leaves it: populate() is not reentrant
        return
    with _once:
        if not apps.ready:
            import django

            django.setup()
