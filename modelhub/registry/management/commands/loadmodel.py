"""``loadmodel REF``."""

from modelhub.registry import lifecycle
from modelhub.registry.operations import OperationCommand


class Command(OperationCommand):
    """Load a version in every serving process for a trial."""

    help = "Load a version in every serving process for a trial."
    operate = staticmethod(lifecycle.load)
    done = "is loaded for a trial; the deployment on record is unchanged"
    unchanged = "was loaded already; nothing changed"
