"""The quality checks after an import: they judge the model, and never take the import back."""

import logging
from typing import Any

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.registry import extras
from modelhub.registry.models import ModelVersion
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

log = logging.getLogger(__name__)


def follow(transfer: Transfer) -> None:
    """The version of an ended import has a validation report, where the import wanted one; never raises.

    A version that was there already keeps the report it has.
    """
    if not transfer.wants_validation or transfer.version is None:
        return
    actor = Actor(transfer.actor, Channel(transfer.channel))
    try:
        if transfer.status == TransferStatus.UNCHANGED and known(transfer.version) is not None:
            return
        conf.hook("VALIDATE_VERSION")(transfer.version, actor)
    except Exception:
        # The version is registered whatever happens here; deploying it makes the report that is missing.
        log.exception("validation after an import failed", extra={"transfer": transfer.pk})


def answer(transfer: Transfer, version: ModelVersion) -> dict[str, Any] | None:
    """What the answer of an import says of the validation; None where not wanted or not made."""
    return known(version) if transfer.wants_validation else None


def known(version: ModelVersion) -> dict[str, Any] | None:
    """The newest report on the version in brief."""
    found: dict[str, Any] | None = extras.by_version([version.pk])[version.pk]["last_validation"]
    return found
