"""What a :class:`inference.manager.ModelManager` may be told; everything else is the hub's own settings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Which line of versions a manager works with, and in whose name.

    ``model`` is a registered model's name; empty means the default one, and then a version label that only
    another model has is found too. ``actor`` is the name kept in the history; empty means the owner of the
    process. ``reason`` is kept in the history of every deploy, rollback and load. Where the hub's database
    and store are is said by ``MODELHUB_HOME`` and ``DATABASE_URL``, as for every command.
    """

    model: str = ""
    actor: str = ""
    reason: str = ""
