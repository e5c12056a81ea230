"""What is to be imported, where to and for whom, as a row that is not saved yet."""

from modelhub import actors, conf
from modelhub.actors import Actor
from modelhub.errors import Code, InputInvalid
from modelhub.registry.models import name_grammar
from modelhub.transfers.choices import TransferKind
from modelhub.transfers.models import TrainingSource, Transfer


def order(
    origin: str,
    actor: Actor,
    *,
    kind: TransferKind = TransferKind.PACKAGE,
    source: TrainingSource | None = None,
    model_name: str | None = None,
    validate: bool = True,
) -> Transfer:
    """An unsaved row for ``origin``, a path in the source or a file's name.

    The version is meant for ``model_name``, else for the source's model, else for the default one.
    Raises InputInvalid (``param_invalid``) for a name that no model can have.
    """
    return Transfer(
        kind=kind,
        source=source,
        origin=storable(origin),
        model_name=_model_name(model_name or (source.model.name if source and source.model else None)),
        wants_validation=validate,
        actor=actor.name[:150],
        channel=actor.channel,
        request_id=actors.origin.get().request_id,
    )


def storable(origin: str) -> str:
    """``origin`` as every database takes it: PostgreSQL refuses NUL and half surrogates."""
    return origin.encode("utf-8", "replace").decode().replace("\x00", "�")[:1024]


def _model_name(wished: str | None) -> str:
    name = wished or conf.default_model()
    if not name_grammar.regex.fullmatch(name):  # type: ignore[union-attr]
        raise InputInvalid(Code.PARAM_INVALID, f"{name[:80]!r} is not a model name. {name_grammar.message}")
    return name
