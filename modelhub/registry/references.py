"""References to versions: ``LABEL``, ``NAME:LABEL``, ``NAME@ALIAS``."""

from modelhub import conf
from modelhub.errors import Code, Conflict, NotFound
from modelhub.registry.models import Alias, ModelVersion, RegisteredModel
from modelhub.registry.querysets import ModelVersionQuerySet


def find(reference: str) -> ModelVersion:
    """The one version that a reference means.

    Raises NotFound (``version_not_found``, ``model_not_found``), or Conflict
    (``ambiguous_version``) naming the candidates when a bare label fits several models.
    """
    reference = searchable(reference)
    if "@" in reference:
        name, _, alias = reference.partition("@")
        return _aliased(name or conf.default_model(), alias)
    if ":" in reference:
        name, _, label = reference.partition(":")
        return _only(_versions().filter(model=find_model(name), label=label), reference)
    return _bare(reference)


def find_model(name: str) -> RegisteredModel:
    """The registered model of that name; raises NotFound (``model_not_found``)."""
    model = RegisteredModel.objects.filter(name=searchable(name)).first()
    if model is None:
        raise NotFound(Code.MODEL_NOT_FOUND, f"There is no registered model {name!r}.")
    return model


def _bare(label: str) -> ModelVersion:
    matches = list(_versions().filter(label=label).order_by("model__name"))
    in_default = [version for version in matches if version.model.name == conf.default_model()]
    candidates = in_default or matches
    if len(candidates) > 1:
        names = ", ".join(version.reference for version in candidates)
        raise Conflict(Code.AMBIGUOUS_VERSION, f"{label!r} is ambiguous; say which one: {names}.")
    if not candidates:
        raise _unknown(label)
    return candidates[0]


def _aliased(name: str, alias: str) -> ModelVersion:
    row = Alias.objects.filter(model=find_model(name), name=alias).first()
    if row is None:
        raise NotFound(Code.VERSION_NOT_FOUND, f"The model {name!r} has no alias {alias!r}.")
    return _only(_versions().filter(pk=row.version_id), f"{name}@{alias}")


def _only(versions: ModelVersionQuerySet, reference: str) -> ModelVersion:
    version = versions.first()
    if version is None:
        raise _unknown(reference)
    return version


def _versions() -> ModelVersionQuerySet:
    return ModelVersion.objects.with_standing()


def _unknown(reference: str) -> NotFound:
    return NotFound(
        Code.VERSION_NOT_FOUND,
        f"There is no version {reference[:200]!r}. See `manage.py listmodels` or GET /api/v1/models.",
    )


def searchable(text: str) -> str:
    """PostgreSQL refuses NUL in a parameter; nothing registered holds one, so it finds nothing."""
    return text.replace("\x00", "�")
