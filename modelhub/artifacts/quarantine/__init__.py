"""The only room where a foreign pickle is opened: in a locked-down process that lives for one job."""

from modelhub.artifacts.quarantine.limits import Limits
from modelhub.artifacts.quarantine.selftest import QuarantineLevel, level

__all__ = ["Limits", "QuarantineLevel", "level"]
