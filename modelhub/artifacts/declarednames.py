"""Which features a package names, when up to three of its files do so."""

from modelhub.artifacts import layout, strictjson
from modelhub.artifacts.fields import Section, invalid, is_name_list
from modelhub.artifacts.types import Note, StagedPackage
from modelhub.errors import Code, PackageRefused

NAMES_ABSENT = Note(
    "feature_names_absent", "The package does not name its features; the scaler's names are used."
)


def declared_names(
    staged: StagedPackage, training: Section, manifest: Section | None
) -> tuple[tuple[str, ...], list[str] | None]:
    """The names that all members which name any agree on, and features.json as it arrived.

    Raises PackageRefused: feature_mismatch where two lists or a count disagree, metadata_invalid for
    a list that is none.
    """
    listed = _features_json(staged)
    info = manifest.section("training_info") if manifest else Section(layout.MANIFEST, {})
    told = (training.names("feature_names"), info.names("feature_names"), tuple(listed) if listed else None)
    claims = {names for names in told if names}
    counts = {training.integer("feature_count"), info.integer("feature_count")} - {None}
    if len(claims) > 1:
        raise PackageRefused(
            Code.FEATURE_MISMATCH,
            "The package's files disagree on the feature names or their order; export it again.",
        )
    names = claims.pop() if claims else ()
    if names and counts - {len(names)}:
        raise PackageRefused(
            Code.FEATURE_MISMATCH,
            f"The package lists {len(names)} feature names but counts a different number; export it again.",
        )
    return names, listed


def _features_json(staged: StagedPackage) -> list[str] | None:
    file = staged.files.get(layout.FEATURES)
    if file is None:
        return None
    try:
        value = strictjson.parse_list(file.path.read_bytes())
    except strictjson.StrictJSONError as error:
        raise invalid(f"{layout.FEATURES} cannot be read: {error}") from None
    if not is_name_list(value):
        raise invalid(f"{layout.FEATURES} must be a list of different names.")
    return value
