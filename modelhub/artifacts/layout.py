"""The members of a package by name: which are known, what each is, which are dropped."""

from collections.abc import Collection, Iterable, Mapping

from modelhub.artifacts.limits import Limits
from modelhub.artifacts.types import Note, Role
from modelhub.errors import Code, PackageRefused

MODEL = "model.joblib"
SCALER = "scaler.joblib"
METADATA = "metadata.json"
FEATURES = "features.json"
MANIFEST = "deployment_manifest.json"
PROBE_ROWS = "probe_rows.json"
CALIBRATION_SCORES = "calibration_scores.json"
REFERENCE_PROFILE = "reference_profile.json"

ROLES: Mapping[str, Role] = {
    MODEL: Role.ORIGINAL_MODEL,
    SCALER: Role.ORIGINAL_SCALER,
    METADATA: Role.METADATA,
    MANIFEST: Role.MANIFEST,
    FEATURES: Role.FEATURES,
    PROBE_ROWS: Role.PROBE_ROWS,
    CALIBRATION_SCORES: Role.CALIBRATION_SCORES,
    REFERENCE_PROFILE: Role.REFERENCE_PROFILE,
}
EXTRAS = (PROBE_ROWS, CALIBRATION_SCORES, REFERENCE_PROFILE)
PICKLES = frozenset({MODEL, SCALER})
_TEXT_SUFFIXES = (".py", ".txt", ".md")
_SHOWN = 5


def is_ignored_text(name: str) -> bool:
    """True for the scripts and notes a package may carry; they are dropped, never run or installed."""
    return name not in ROLES and name.lower().endswith(_TEXT_SUFFIXES)


def cap(name: str, limits: Limits) -> int:
    """The most bytes a member of this name may have."""
    return limits.model_bytes if name in PICKLES else limits.text_bytes


def require_core(names: Collection[str]) -> None:
    """Raises PackageRefused (package_missing_file) unless model and metadata are among ``names``."""
    missing = [name for name in (MODEL, METADATA) if name not in names]
    if missing:
        raise PackageRefused(
            Code.PACKAGE_MISSING_FILE,
            f"The package has no {' and no '.join(missing)}; it may be half written or not a package.",
        )


def ignored_notes(names: Iterable[str]) -> tuple[Note, ...]:
    """Notes that name what was left out of a package."""
    listed = sorted(names)
    texts = [name for name in listed if is_ignored_text(name)]
    others = [name for name in listed if not is_ignored_text(name)]
    notes = []
    if texts:
        notes.append(Note("text_members_ignored", f"Dropped and never run: {_some(texts)}."))
    if others:
        notes.append(
            Note("files_ignored", f"Not part of a package and left where they are: {_some(others)}.")
        )
    return tuple(notes)


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name[:80])[1:-1] for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
