"""What a package says of itself, read from its JSON members in each of the three forms."""

import re
from collections.abc import Mapping
from typing import Any

from modelhub.artifacts import layout, strictjson, suspicion
from modelhub.artifacts.declarednames import NAMES_ABSENT, declared_names
from modelhub.artifacts.fields import Section, invalid
from modelhub.artifacts.labels import check_label, label_from_name
from modelhub.artifacts.types import Note, PackageForm, PackageMetadata, StagedFile, StagedPackage
from modelhub.errors import Code, PackageRefused

METRICS = (
    "score_mean",
    "score_std",
    "score_min",
    "score_max",
    "anomaly_ratio",
    "threshold_value",
    *(name for name in suspicion.SHARES if name != "anomaly_ratio"),
)
# What the training service writes into a manifest when it has no threshold.
_STAND_IN = 0.5
_STAND_IN_NOTE = Note(
    "threshold_suspect",
    "The manifest's threshold 0.5 is the exporter's stand-in for an unknown one; the detector's own is used.",
)
_FORMAT = re.compile(r"1(\.[0-9]{1,4}){0,2}")


def read_metadata(staged: StagedPackage) -> PackageMetadata:
    """The package's claims, typed; ``raw`` keeps each JSON member whole under its file name.

    Nested metadata names its own version; flat metadata takes it from the manifest or, without one,
    from the folder or zip name. Absent metrics stay None. Raises PackageRefused:
    package_missing_file, metadata_invalid (naming the field), version_invalid, format_unsupported,
    feature_mismatch.
    """
    layout.require_core(staged.files)
    metadata = Section(layout.METADATA, _object(staged.files[layout.METADATA]))
    manifest = _manifest(staged)
    is_nested = "model_info" in metadata.values or "training_info" in metadata.values
    model_info = metadata.section("model_info") if is_nested else metadata
    training = metadata.section("training_info") if is_nested else metadata
    metrics = _metrics(metadata, manifest)
    threshold, source, threshold_notes = _threshold(metrics, manifest)
    names, names_raw = declared_names(staged, training, manifest)
    created_at, samples = _created_at(model_info, is_nested), _samples(training, manifest)
    _check_ignored_fields(metadata, model_info, training)
    return PackageMetadata(
        form=_form(manifest, is_nested),
        label=check_label(_label(staged, metadata, manifest, is_nested)),
        feature_names=names,
        declared_type=model_info.text("model_type", longest=128) or "",
        created_at=suspicion.parse_time(created_at),
        training_samples=samples if samples is None or samples >= 0 else None,
        threshold=threshold,
        threshold_source=source,
        metrics=metrics,
        parameters=training.section("model_parameters" if is_nested else "model_params").values,
        environment=_environment(metadata, manifest),
        raw=_raw(metadata, manifest, names_raw),
        notes=(
            *([] if names else [NAMES_ABSENT]),
            *suspicion.notes(metrics, samples=samples, created_at=created_at),
            *threshold_notes,
            *_label_notes(metadata, manifest, is_nested),
        ),
    )


def _object(file: StagedFile) -> dict[str, Any]:
    try:
        return strictjson.parse(file.path.read_bytes())
    except strictjson.StrictJSONError as error:
        raise invalid(f"{file.name} cannot be read: {error}") from None


def _manifest(staged: StagedPackage) -> Section | None:
    file = staged.files.get(layout.MANIFEST)
    if file is None:
        return None
    manifest = Section(layout.MANIFEST, _object(file))
    version = manifest.required_text("package_format_version", longest=64)
    if not _FORMAT.fullmatch(version):
        raise PackageRefused(
            Code.FORMAT_UNSUPPORTED,
            f"The package has format version {ascii(version)[1:-1]}; this hub reads 1.x. Update the hub, or "
            "export the package in format 1.0.",
        )
    return manifest


def _form(manifest: Section | None, is_nested: bool) -> PackageForm:
    if manifest is not None:
        return PackageForm.DEPLOYMENT
    return PackageForm.SERVICE if is_nested else PackageForm.COMMAND_LINE


def _label(staged: StagedPackage, metadata: Section, manifest: Section | None, is_nested: bool) -> str:
    if is_nested:
        return metadata.section("model_info").required_text("version")
    declared = manifest.text("model_version") if manifest else None
    return declared or label_from_name(staged.label_hint)


def _label_notes(metadata: Section, manifest: Section | None, is_nested: bool) -> tuple[Note, ...]:
    declared = manifest.text("model_version") if manifest else None
    if not is_nested or declared in (None, metadata.section("model_info").text("version")):
        return ()
    return (
        Note("metadata_suspect", "Manifest and metadata name different versions; the metadata's counts."),
    )


def _created_at(model_info: Section, is_nested: bool) -> str | None:
    return model_info.text("created_at" if is_nested else "training_date", longest=64)


def _samples(training: Section, manifest: Section | None) -> int | None:
    samples = training.integer("training_samples")
    declared = manifest.section("training_info").integer("training_samples") if manifest else None
    return declared if samples is None else samples


def _metrics(metadata: Section, manifest: Section | None) -> dict[str, float | None]:
    own = metadata.section("evaluation_info", null=True).section("basic_metrics", null=True)
    if not own.values and manifest is not None:
        own = manifest.section("evaluation_info", null=True).section("basic_metrics", null=True)
    return {name: own.number(name, null=True) for name in METRICS if name in own.values}


def _threshold(
    metrics: Mapping[str, float | None], manifest: Section | None
) -> tuple[float | None, str, tuple[Note, ...]]:
    """The declared threshold and where it stands; the exporter's stand-in counts as none, with a note."""
    own = metrics.get("threshold_value")
    config = manifest.section("inference_config", null=True) if manifest else None
    declared = config.number("threshold", null=True) if config else None
    if declared == _STAND_IN and own is None:
        return None, "", (_STAND_IN_NOTE,)
    if declared is not None:
        return declared, "manifest", ()
    return own, "" if own is None else "metadata", ()


def _environment(metadata: Section, manifest: Section | None) -> dict[str, str]:
    """Declared library versions; the metadata's word wins over the manifest's."""
    result: dict[str, str] = {}
    for source in (manifest, metadata):
        section = source.section("environment", null=True) if source else None
        for key in section.values if section else ():
            text = section.text(key, null=True, longest=128) if section else None
            if text is not None:
                result[key] = text
    return result


def _check_ignored_fields(metadata: Section, model_info: Section, training: Section) -> None:
    """Fields we only show must still have their type, or what shows them would break."""
    for key in ("training_source", "export_file", "training_id"):
        model_info.text(key, null=key != "training_source")
    training.integer("export_file_size", null=True)
    training.number("training_duration", null=True)
    deployment = metadata.section("deployment_info", null=True)
    deployment.text("status")
    deployment.text("deployed_at", null=True)
    deployment.text("deployed_by", null=True)
    scaler_fitted = metadata.values.get("scaler_fitted", True)
    if not isinstance(scaler_fitted, bool):
        raise invalid(f"{layout.METADATA}: scaler_fitted must be true or false.")


def _raw(metadata: Section, manifest: Section | None, names: list[str] | None) -> dict[str, Any]:
    raw: dict[str, Any] = {layout.METADATA: metadata.values}
    if manifest is not None:
        raw[layout.MANIFEST] = manifest.values
    if names is not None:
        raw[layout.FEATURES] = names
    return raw
