"""From staged bytes to everything the registry needs, each check before the costlier one behind it.

Hashes are compared before any pickle is opened, and the pickle is opened in the quarantine only.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from modelhub.artifacts import calibration, extras, layout, quarantine, referenceprofile, threshold
from modelhub.artifacts.identity import content_digest
from modelhub.artifacts.integrity import verify
from modelhub.artifacts.metadata import read_metadata
from modelhub.artifacts.types import (
    Conversion,
    EstimatorFacts,
    Note,
    PackageMetadata,
    PreparedPackage,
    StagedPackage,
)
from modelhub.errors import Code, PackageRefused

OnStep = Callable[[str], None]
_TOLERANCE = 1e-9

# Every step in the order in which ``on_step`` hears of it.
STEPS = ("metadata", "integrity", "quarantine", "parity", "calibration")


class Convert(Protocol):
    """What :func:`modelhub.artifacts.quarantine.convert` does; the one thing here that costs seconds."""

    def __call__(
        self,
        model: Path,
        scaler: Path | None,
        *,
        names: tuple[str, ...],
        limits: quarantine.Limits,
        scorer: str,
        probe_rows: npt.NDArray[np.float64] | None,
    ) -> Conversion: ...


@dataclass(frozen=True, slots=True)
class InspectedPackage:
    """A package whose JSON was read and whose hashes agree; no pickle was opened.

    ``digest`` identifies its content (64 hexadecimal digits).
    """

    staged: StagedPackage
    metadata: PackageMetadata
    digest: str
    notes: tuple[Note, ...]

    @property
    def label(self) -> str:
        """The version label the package asks for."""
        return self.metadata.label


def inspect(staged: StagedPackage, *, require_manifest: bool, on_step: OnStep) -> InspectedPackage:
    """What the package is, as far as that can be said without opening a pickle.

    Raises PackageRefused with the codes of :func:`read_metadata` and :func:`verify`.
    """
    on_step("metadata")
    metadata = read_metadata(staged)
    on_step("integrity")
    notes = (*staged.notes, *metadata.notes, *verify(staged, metadata, require_manifest=require_manifest))
    return InspectedPackage(staged, metadata, content_digest(staged, metadata), notes)


def prepare(
    inspected: InspectedPackage,
    *,
    limits: quarantine.Limits,
    scorer: str,
    on_step: OnStep,
    convert: Convert = quarantine.convert,
) -> PreparedPackage:
    """The safe form of the package with its threshold and tail curve; every check has passed.

    ``scorer`` is the dotted path of the function that scores a safe form; the quarantine's child
    imports it on its own; the package's probe rows are scored there too, because they are as foreign
    as its model. Raises PackageRefused (the quarantine's codes, ``feature_mismatch``,
    ``parity_failed``, ``metadata_invalid``), Unavailable (``quarantine_unavailable``).
    """
    staged, metadata = inspected.staged, inspected.metadata
    on_step("quarantine")
    scaler, probe = staged.files.get(layout.SCALER), extras.probe_rows(staged)
    conversion = convert(
        staged.files[layout.MODEL].path,
        scaler.path if scaler else None,
        names=metadata.feature_names,
        limits=limits,
        scorer=scorer,
        probe_rows=probe.rows if probe else None,
    )
    facts = conversion.facts
    metadata = replace(metadata, feature_names=_feature_names(metadata, facts))
    on_step("parity")
    _check_probe_scores(probe, conversion)
    on_step("calibration")
    cut = threshold.resolve(metadata, facts.offset)
    curve, curve_notes = calibration.build(
        metadata, facts, threshold=cut.value, calibration_scores=extras.calibration_scores(staged)
    )
    return PreparedPackage(
        label=metadata.label,
        digest=inspected.digest,
        metadata=metadata,
        facts=facts,
        threshold=cut.value,
        threshold_source=cut.source,
        calibration=curve.to_json(),
        files={layout.ROLES[name]: file for name, file in staged.files.items()},
        blobs=conversion.blobs,
        notes=(
            *inspected.notes,
            *conversion.notes,
            *cut.notes,
            *curve_notes,
            *referenceprofile.notes(staged, metadata.feature_names),
            *_type_notes(metadata, facts),
        ),
    )


def _feature_names(metadata: PackageMetadata, facts: EstimatorFacts) -> tuple[str, ...]:
    """The columns by name and in order; never guessed, because a wrong order scores without complaint."""
    names = metadata.feature_names or facts.feature_names
    if not names:
        raise _mismatch(
            "Neither metadata nor scaler nor model name the features; export them with the package (an "
            "MLflow model: log it with a signature that names its columns)."
        )
    if facts.feature_names and facts.feature_names != names:
        raise _mismatch("The metadata's feature names or their order are not those of the scaler.")
    if len(names) != facts.n_features:
        raise _mismatch(f"The package names {len(names)} features, its model has {facts.n_features}.")
    return names


def _mismatch(sentence: str) -> PackageRefused:
    return PackageRefused(Code.FEATURE_MISMATCH, sentence)


def _check_probe_scores(probe: extras.ProbeRows | None, conversion: Conversion) -> None:
    """The trainer's own scores come out again, so the safe form is the model that was trained."""
    if probe is None or conversion.probe_scores is None:
        return
    same = np.isclose(conversion.probe_scores, probe.scores, rtol=0.0, atol=_TOLERANCE)
    if not same.all():
        raise PackageRefused(
            Code.PARITY_FAILED,
            f"{int(np.sum(~same))} of the package's {len(same)} probe rows score differently here than in "
            "training; export model, scaler and probe rows of one training again.",
        )


def _type_notes(metadata: PackageMetadata, facts: EstimatorFacts) -> tuple[Note, ...]:
    declared, measured = _plain(metadata.declared_type), _plain(facts.estimator.rpartition(".")[2])
    if not declared or declared == measured:
        return ()
    detail = f"The package calls its model {metadata.declared_type!r}; it is of the class {facts.estimator}."
    return (Note("model_type_differs", detail),)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()
