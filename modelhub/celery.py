"""The Celery application: worker and scheduler start from here."""

import os

from celery import Celery, signals
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from modelhub import (
    taskcontext,  # noqa: F401 (its signals tell every task whose work it does)
    tracing,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")

TRANSPORT_ALIASES["filesystem"] = "modelhub.folderbroker:Transport"
app = Celery("modelhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

for _folder in settings.BROKER_FOLDERS:
    _folder.mkdir(parents=True, exist_ok=True)


@signals.worker_init.connect  # type: ignore[untyped-decorator]
@signals.beat_init.connect  # type: ignore[untyped-decorator]
def trace(**_: object) -> None:
    """Workers and the scheduler send their spans; web processes start that themselves."""
    tracing.start()
