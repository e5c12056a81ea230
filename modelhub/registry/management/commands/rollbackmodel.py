"""``rollbackmodel REF``."""

from modelhub.registry import lifecycle
from modelhub.registry.operations import OperationCommand


class Command(OperationCommand):
    """Roll back to a version that was deployed before."""

    help = "Roll back to a version that was deployed before."
    operate = staticmethod(lifecycle.rollback)
    done = "is deployed again"
    unchanged = "was deployed already; nothing changed"
