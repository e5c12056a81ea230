"""The one tree of errors: what went wrong, by whose fault, with a stable code.

Raise the narrowest class with a ``Code`` and a sentence that says what, which one and what to do
next. The HTTP status of a code is known in :mod:`modelhub.api.problems` only; commands print the
sentence and leave with exit code 1. Messages are shown to clients: never put exception text,
server paths or SQL into them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Stable machine codes, lower case, part of the API contract."""

    # requests
    BODY_INVALID = "body_invalid"
    BODY_TOO_LARGE = "body_too_large"
    FEATURES_INVALID = "features_invalid"
    FEATURES_NOT_FINITE = "features_not_finite"
    HOST_INVALID = "host_invalid"
    JSON_INVALID = "json_invalid"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    NOT_AUTHENTICATED = "not_authenticated"
    NOT_FOUND = "not_found"
    PARAM_INVALID = "param_invalid"
    PERMISSION_DENIED = "permission_denied"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    RECORD_INVALID = "record_invalid"
    REQUEST_INVALID = "request_invalid"
    THROTTLED = "throttled"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 (a code)
    UNSUPPORTED_MEDIA = "unsupported_media"
    UPLOAD_TOO_LARGE = "upload_too_large"
    # addresses that the hub itself calls
    ADDRESS_REFUSED = "address_refused"
    # paths of packages
    PACKAGE_NOT_FOUND = "package_not_found"
    PATH_HARDLINK = "path_hardlink"
    PATH_INVALID = "path_invalid"
    PATH_NOT_REGULAR = "path_not_regular"
    PATH_OUTSIDE_ROOT = "path_outside_root"
    PATH_SYMLINK = "path_symlink"
    # packages
    ARTEFACT_TYPE = "artefact_type"
    FEATURE_MISMATCH = "feature_mismatch"
    FORMAT_UNSUPPORTED = "format_unsupported"
    HASH_MISMATCH = "hash_mismatch"
    HASH_MISSING = "hash_missing"
    METADATA_INVALID = "metadata_invalid"
    MODEL_NOT_USABLE = "model_not_usable"
    MODEL_STRUCTURE = "model_structure"
    PACKAGE_BAD_NAME = "package_bad_name"
    PACKAGE_COMPRESSION = "package_compression"
    PACKAGE_CORRUPT = "package_corrupt"
    PACKAGE_DUPLICATE_NAME = "package_duplicate_name"
    PACKAGE_ENCRYPTED = "package_encrypted"
    PACKAGE_FILE_TOO_LARGE = "package_file_too_large"
    PACKAGE_MISSING_FILE = "package_missing_file"
    PACKAGE_NOT_REGULAR_FILE = "package_not_regular_file"
    PACKAGE_NOT_ZIP = "package_not_zip"
    PACKAGE_OVERLAP = "package_overlap"
    PACKAGE_RATIO = "package_ratio"
    PACKAGE_TOO_MANY_ENTRIES = "package_too_many_entries"
    PACKAGE_UNEXPECTED_FILE = "package_unexpected_file"
    PARITY_FAILED = "parity_failed"
    PICKLE_CORRUPT = "pickle_corrupt"
    QUARANTINE_FAILED = "quarantine_failed"
    QUARANTINE_PROTOCOL = "quarantine_protocol"
    RESOURCE_LIMIT = "resource_limit"
    SMOKE_TEST_FAILED = "smoke_test_failed"
    TYPE_NOT_SUPPORTED = "type_not_supported"
    UNSAFE_TYPE = "unsafe_type"
    VERSION_INVALID = "version_invalid"
    VERSION_UNSUPPORTED = "version_unsupported"
    # registry
    AMBIGUOUS_VERSION = "ambiguous_version"
    DEPLOYMENT_CONFLICT = "deployment_conflict"
    MODEL_NOT_FOUND = "model_not_found"
    NO_ROLLBACK_TARGET = "no_rollback_target"
    TRANSFER_NOT_FOUND = "transfer_not_found"
    TRANSFER_NOT_QUEUED = "transfer_not_queued"
    VALIDATION_FAILED = "validation_failed"
    VERSION_CONFLICT = "version_conflict"
    VERSION_IN_USE = "version_in_use"
    VERSION_NOT_DEPLOYABLE = "version_not_deployable"
    VERSION_NOT_FOUND = "version_not_found"
    # system
    ARTEFACT_CORRUPT = "artefact_corrupt"
    DATABASE_UNAVAILABLE = "database_unavailable"
    IMPORT_BUSY = "import_busy"
    INTERNAL = "internal"
    MODEL_FAILED = "model_failed"
    NO_MODEL_LOADED = "no_model_loaded"
    QUARANTINE_UNAVAILABLE = "quarantine_unavailable"
    SOURCE_INVALID = "source_invalid"
    SOURCE_UNAVAILABLE = "source_unavailable"
    STORAGE_FULL = "storage_full"
    WORKER_SATURATED = "worker_saturated"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault inside a larger input: JSON pointer, sentence, code."""

    pointer: str
    detail: str
    code: str


class ModelhubError(Exception):
    """Root of the tree. ``str(error)`` is the sentence for people, ``code`` the word for machines."""

    def __init__(self, code: Code, detail: str, *, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.facts: dict[str, str | int] = {}  # shown beside the sentence, e.g. the row that keeps it


class UserFault(ModelhubError):
    """The input or the wish was wrong; repeating it unchanged fails again."""


class InputInvalid(UserFault):
    """A request body, parameter, record or file argument that cannot be used."""


class AccessDenied(UserFault):
    """Nobody is signed in, or the one who is may not do this."""


class PathRefused(UserFault):
    """A package path that is malformed, leaves its root, or is not a plain file or folder."""


class PackageRefused(UserFault):
    """A package that will not be registered; ``code`` is the reason kept on the transfer row."""


class NotFound(UserFault):
    """Nothing goes by that name."""


class Conflict(UserFault):
    """The state of the registry does not allow this now."""


class GateFailed(UserFault):
    """A deploy or load gate was not passed; ``errors`` names each failed check."""


class SystemFault(ModelhubError):
    """Our side cannot do it now; the same request may succeed later."""


class Unavailable(SystemFault):
    """A needed part (model, quarantine, source, database) is not there at present."""


class ModelFailed(SystemFault):
    """A version could not score what every version must be able to score; ``facts["fault"]`` says how.

    ``rows`` are some of the unscaled rows it failed on, float64 (n, n_features), or None.
    """

    def __init__(self, detail: str, *, fault: str, rows: Any = None) -> None:
        super().__init__(Code.MODEL_FAILED, detail)
        self.facts = {"fault": fault}
        self.rows = rows


class StorageFull(SystemFault):
    """No room on the disk for the package; nothing was kept."""


class ArtefactCorrupt(SystemFault):
    """A stored blob is missing or no longer has the content its name promises."""
