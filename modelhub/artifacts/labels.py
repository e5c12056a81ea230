"""Version labels: their grammar, the words that are routes, and the label a file name suggests."""

import re

from modelhub.errors import Code, PackageRefused

# The one grammar of names: of versions, registered models, aliases and the steps of package paths.
NAME = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}"
_GRAMMAR = re.compile(NAME)
_DEPLOYMENT_ZIP = re.compile(r"model_(.+)_deployment")
# A version with one of these names could not be reached: the API has a route of that name.
RESERVED = frozenset(
    {
        "analyze",
        "current",
        "import",
        "import-latest",
        "models",
        "performance",
        "predict",
        "training-service",
        "transfer-history",
    }
)


def check_label(label: str) -> str:
    """The label unchanged. Raises PackageRefused (version_invalid)."""
    if not _GRAMMAR.fullmatch(label):
        raise PackageRefused(
            Code.VERSION_INVALID,
            "The package's version label is not usable: letters, digits and . _ + - only, starting with a "
            "letter or digit, at most 128 characters.",
        )
    if label.lower() in RESERVED:
        raise PackageRefused(
            Code.VERSION_INVALID, f"The version label {label} is a word of the API; rename the version."
        )
    return label


def label_from_name(name: str) -> str:
    """The version that a folder or zip name stands for.

    >>> label_from_name("model_20261122_210422_deployment.zip")
    '20261122_210422'
    """
    stem = name[:-4] if name.lower().endswith(".zip") else name
    match = _DEPLOYMENT_ZIP.fullmatch(stem)
    return match[1] if match else stem
