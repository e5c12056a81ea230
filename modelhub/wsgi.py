"""The WSGI application served by granian; starts the watcher that keeps this process's models current."""

import ctypes
import gc
import os
import signal

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")

from modelhub import tracing

tracing.start()
_django = get_wsgi_application()

from modelhub import checks, conf, databases  # noqa: E402 (Django must be set up first)
from modelhub.doorway import Doorway  # noqa: E402
from modelhub.uploadgate import UploadGate  # noqa: E402

_PR_SET_PDEATHSIG = 1


def _end_with_the_server() -> None:
    """A worker whose server process was killed hard would keep its port and its share of the calls."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _takes_packages(path: str) -> bool:
    """Packages are uploaded to the API's import and to the admin's form."""
    return path.rstrip("/").endswith(("/import", "/transfer/add"))


def _most_bytes(path: str) -> int:
    """Nothing else is as large as a package."""
    return conf.number("MAX_UPLOAD_BYTES" if _takes_packages(path) else "MAX_BODY_BYTES")


checks.refuse_unsafe()
_end_with_the_server()
databases.limit_statements()
conf.hook("START_SERVING")()
_doorway = Doorway(conf.hook("SCORING_DOOR")(_django), most_bytes=_most_bytes)
application = UploadGate(_doorway, takes_packages=_takes_packages)

# What is loaded by now stays: no later collection has to walk through it, which took tens of milliseconds.
gc.collect()
gc.freeze()
