"""One package through three throw-away children: scan, convert, probe; the parent believes none of them."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from modelhub.artifacts.quarantine import features, findings, parity
from modelhub.artifacts.quarantine.findings import Report
from modelhub.artifacts.quarantine.framing import Message
from modelhub.artifacts.quarantine.limits import Limits
from modelhub.artifacts.quarantine.process import Child, ChildEnded
from modelhub.artifacts.quarantine.refusal import Reason, refusal
from modelhub.artifacts.quarantine.selftest import QuarantineLevel, level
from modelhub.artifacts.safeform import archive, flatten, structure, tables
from modelhub.artifacts.safeform.archive import PlainObject
from modelhub.artifacts.safeform.trusted import TRANSFORMERS
from modelhub.artifacts.types import Conversion, EstimatorFacts, Note, Role
from modelhub.errors import Code, PackageRefused, Unavailable

FloatArray = npt.NDArray[np.float64]
_JOBS = "modelhub.artifacts.quarantine.jobs"


def convert(
    model: Path,
    scaler: Path | None,
    *,
    names: tuple[str, ...],
    limits: Limits,
    scorer: str,
    probe_rows: FloatArray | None = None,
) -> Conversion:
    """The verified safe form of a model file and its scaler file.

    ``names`` are the declared feature names (may be empty); ``scorer`` is the dotted path of
    ``(blobs by Role, float64 rows (n, f)) -> float64 scores (n,)``, imported by the probe child.
    ``probe_rows`` are the package's own rows (n, f), scored there and nowhere else.
    Raises PackageRefused with the code of the first check that failed, and Unavailable
    (quarantine_unavailable) where this machine cannot lock a process down.
    """
    if level() is QuarantineLevel.NONE:
        raise Unavailable(
            Code.QUARANTINE_UNAVAILABLE,
            "This machine cannot lock down the process that opens foreign models (seccomp is missing), "
            "so nothing is imported. Models imported before keep serving.",
        )
    files = (model,) if scaler is None else (model, scaler)
    try:
        return _convert(files, names, limits, scorer, probe_rows)
    except ChildEnded as ended:
        raise ended.refusal() from None


def _convert(
    files: tuple[Path, ...],
    names: tuple[str, ...],
    limits: Limits,
    scorer: str,
    probe_rows: FloatArray | None,
) -> Conversion:
    reports = _scan(files, limits)
    notes = tuple(note for report in reports for note in findings.judge(report))
    # The probe child imports while the convert child works: with two cores that saves a second.
    forms = _expected_forms(reports)
    kinds = findings.kinds(reports)
    spec = {"scorer": scorer, "forms": [form.value for form in forms], "kinds": kinds}
    with Child(f"{_JOBS}.probe", spec, limits=limits, waits=True) as probe:
        packed, *claims = _load(files, kinds, limits)
        content = archive.read(packed)
        structure.check(content)
        subject, scaling = content["model"], content["scaler"]
        agreed = features.agreed_names(subject, scaling, names)
        facts = _facts(subject, scaling, agreed, reports)
        blobs = {Role.ESTIMATORS: packed} | _tables(subject, scaling)
        if (Role.FOREST_TABLES if Role.FOREST_TABLES in blobs else Role.ESTIMATORS) not in forms:
            raise ChildEnded(Code.QUARANTINE_PROTOCOL)
        _require_width(probe_rows, facts)
        probe_scores = _check_scores(probe, blobs, claims, facts, probe_rows)
    if agreed and not names:
        notes = (*notes, _NAMES_FOUND)
    return Conversion(facts, blobs, notes, probe_scores)


def _scan(files: tuple[Path, ...], limits: Limits) -> tuple[Report, ...]:
    spec = {"unpacked_bytes": limits.unpacked_bytes}
    with Child(f"{_JOBS}.scan", spec, limits=limits, files=files) as child:
        return findings.read(child.result().header, ("model", "scaler")[: len(files)])


def _load(files: tuple[Path, ...], kinds: list[str], limits: Limits) -> tuple[bytes, ...]:
    """The three blobs of the convert child: .skops file, probe rows, scores."""
    spec = {"unpacked_bytes": limits.unpacked_bytes, "kinds": kinds}
    with Child(f"{_JOBS}.convert", spec, limits=limits, files=files) as child:
        answer = child.result()
    if "reason" in answer.header:
        raise _refused(answer.header)
    if len(answer.blobs) != 3:
        raise ChildEnded(Code.QUARANTINE_PROTOCOL)
    return answer.blobs


def _refused(header: dict[str, Any]) -> PackageRefused | ChildEnded:
    """The child's word for a refusal, in our sentence; a word we do not know is a breach."""
    subject = header.get("subject")
    try:
        reason = Reason(header["reason"])
    except ValueError:
        return ChildEnded(Code.QUARANTINE_PROTOCOL)
    return refusal(reason, subject if subject in ("model", "scaler") else "model")


def _tables(model: PlainObject, scaler: PlainObject | None) -> dict[Role, bytes]:
    """Made here, from the checked arrays: the child's word is not needed for the form that serves."""
    if not flatten.can_flatten(model, scaler):
        return {}
    flat = flatten.forest_tables(model, scaler)
    structure.check_tables(flat)
    return {Role.FOREST_TABLES: tables.dump(flat)}


def _require_width(probe_rows: FloatArray | None, facts: EstimatorFacts) -> None:
    if probe_rows is not None and probe_rows.shape[1] != facts.n_features:
        raise PackageRefused(
            Code.METADATA_INVALID,
            f"The package's probe rows have {probe_rows.shape[1]} columns, its model has {facts.n_features}. "
            "Export model and probe rows of one training again.",
        )


def _check_scores(
    probe: Child,
    blobs: dict[Role, bytes],
    claims: list[bytes],
    facts: EstimatorFacts,
    probe_rows: FloatArray | None,
) -> FloatArray | None:
    """Run the served form in its own child, hold it against the original's scores; its scores of the rows."""
    try:
        _, original = parity.read_claims(claims[0], claims[1], facts.n_features)
    except ValueError:
        raise ChildEnded(Code.QUARANTINE_PROTOCOL) from None
    own_rows = () if probe_rows is None else (parity.write_array(probe_rows),)
    header = {"roles": [role.value for role in blobs]}
    try:
        answer = probe.result(Message(header, (*blobs.values(), claims[0], *own_rows)))
    except ChildEnded as ended:
        if ended.code is Code.RESOURCE_LIMIT:
            raise
        raise refusal(Reason.PREDICT_FAILED, "model") from None
    if "reason" in answer.header:
        raise _refused(answer.header)
    try:
        first, second, *own = (parity.read_array(blob) for blob in answer.blobs)
    except ValueError:
        raise ChildEnded(Code.QUARANTINE_PROTOCOL) from None
    parity.compare((first, second), original, threshold=-facts.offset)
    if probe_rows is None:
        return None
    if [scores.shape for scores in own] != [(len(probe_rows),)]:
        raise ChildEnded(Code.QUARANTINE_PROTOCOL)
    return own[0]


def _facts(
    model: PlainObject, scaler: PlainObject | None, names: tuple[str, ...], reports: tuple[Report, ...]
) -> EstimatorFacts:
    *before, detector = structure.steps(model)
    scaling = (structure.steps(scaler) if scaler is not None else []) + before
    offset = detector.get("offset_")
    return EstimatorFacts(
        estimator=detector.kind,
        scaler="+".join(step.kind for step in scaling),
        n_features=features.n_features(model),
        offset=float(offset if isinstance(offset, int | float) else offset[0]),
        feature_names=names,
        environment=findings.environment(reports),
        globals=findings.referred(reports),
    )


def _expected_forms(reports: tuple[Report, ...]) -> tuple[Role, ...]:
    """The forms of which the scan promises one: tables, estimators, or either where pipelines decide.

    The scan sees which classes there are, not how often nor in which order a pipeline has them.
    """
    names = [{name for module, name in report.pairs if module.startswith("sklearn.")} for report in reports]
    everything = set().union(*names)
    may_be_flat = (
        "IsolationForest" in names[0]
        and names[0].isdisjoint(TRANSFORMERS.keys() - {"StandardScaler"})
        and set().union(*names[1:]) <= {"StandardScaler", "Pipeline"}
    )
    if not may_be_flat:
        return (Role.ESTIMATORS,)
    return (Role.FOREST_TABLES, Role.ESTIMATORS) if "Pipeline" in everything else (Role.FOREST_TABLES,)


_NAMES_FOUND = Note(
    "feature_names_from_model",
    "The metadata names no features; the names the scaler or model was fitted with are used.",
)
