"""The WSGI application served by granian; starts the watcher that keeps this process's models current."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
application = get_wsgi_application()

from modelhub import conf  # noqa: E402 (Django must be set up first)

conf.hook("START_SERVING")()
