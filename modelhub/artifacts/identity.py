"""One digest for one content, in whichever form it arrives."""

import hashlib
import json

from modelhub.artifacts import layout
from modelhub.artifacts.types import PackageMetadata, StagedPackage


def content_digest(staged: StagedPackage, metadata: PackageMetadata) -> str:
    """The identity of a package's content, 64 hexadecimal digits.

    SHA-256 of the canonical JSON of what decides how the version scores and what it says of itself:
    the hashes of model, scaler and extras, the feature names, the declared threshold, and
    metadata.json without ``deployment_info``. That section is left out because the training service
    rewrites it when it deploys, so a service folder and its deployment zip would otherwise be two
    versions; the manifest is left out because it only repeats the rest with the time of packing.
    """
    described = {
        key: value for key, value in metadata.raw[layout.METADATA].items() if key != "deployment_info"
    }
    names = (layout.MODEL, layout.SCALER, *layout.EXTRAS)
    content = {
        "files": {name: staged.files[name].sha256 if name in staged.files else None for name in names},
        "features": list(metadata.feature_names),
        "threshold": metadata.threshold,
        "metadata": described,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
