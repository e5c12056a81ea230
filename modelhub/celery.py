"""The Celery application: worker and scheduler start from here."""

import os
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")

app = Celery("modelhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

for _folder in (app.conf.broker_transport_options or {}).values():
    if isinstance(_folder, str) and "broker" in _folder:
        Path(_folder).mkdir(parents=True, exist_ok=True)
