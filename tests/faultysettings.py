"""The product's settings for a live server whose second version fails on marked rows."""

from modelhub.settings import *  # noqa: F403
from modelhub.settings import MODELHUB as _MODELHUB

MODELHUB = _MODELHUB | {"START_SERVING": "tests.faulty.start"}
