"""``deploymodel REF``."""

from modelhub.registry import lifecycle
from modelhub.registry.operations import OperationCommand


class Command(OperationCommand):
    """Deploy a version: pass the gates, then serve by decision."""

    help = "Deploy a version: pass the gates, then serve by decision."
    operate = staticmethod(lifecycle.deploy)
    done = "is deployed"
    unchanged = "was deployed already; nothing changed"
