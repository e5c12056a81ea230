"""The WSGI application served by granian; starts the watcher that keeps this process's models current."""

import ctypes
import gc
import os
import signal

import django
from django.apps import apps
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")

from modelhub import tracing

tracing.start()
if not apps.ready:  # modelhub.serve did that for its workers; once more would copy what they share
    django.setup(set_prefix=False)
_django = WSGIHandler()

from modelhub import checks, conf, databases  # noqa: E402 (Django must be set up first)
from modelhub.doorway import Doorway  # noqa: E402

_PR_SET_PDEATHSIG = 1


def _end_with_the_server() -> None:
    """A worker whose server process was killed hard would keep its port and its share of the calls."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _most_bytes(path: str) -> int:
    """Packages are uploaded to the API's import and to the admin's form; nothing else is that large."""
    takes_packages = path.rstrip("/").endswith(("/import", "/transfer/add"))
    return conf.number("MAX_UPLOAD_BYTES" if takes_packages else "MAX_BODY_BYTES")


checks.refuse_unsafe()
_end_with_the_server()
databases.limit_statements()
conf.hook("START_SERVING")()
application = Doorway(conf.hook("SCORING_DOOR")(_django), most_bytes=_most_bytes)

# What is loaded by now stays: no later collection has to walk through it, which took tens of milliseconds.
gc.collect()
gc.freeze()
