"""The WSGI application served by granian; starts the watcher that keeps this process's models current."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
application = get_wsgi_application()

from modelhub import checks, conf  # noqa: E402 (Django must be set up first)

checks.refuse_unsafe()
conf.hook("START_SERVING")()
