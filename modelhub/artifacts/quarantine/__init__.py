"""The only room where a foreign pickle is opened: in locked-down processes that live for one job."""

from modelhub.artifacts.quarantine.conversion import convert
from modelhub.artifacts.quarantine.limits import Limits
from modelhub.artifacts.quarantine.selftest import QuarantineLevel, level

__all__ = ["Limits", "QuarantineLevel", "convert", "level"]
