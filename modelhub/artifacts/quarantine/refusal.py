"""Why a child refuses a file: a word that crosses the pipe, and our sentence for it in the parent."""

from enum import StrEnum

from modelhub.errors import Code, PackageRefused


class Reason(StrEnum):
    """Every reason a child may give. The child's own words never leave it."""

    CORRUPT = "corrupt"
    TRAILING = "trailing"
    LEGACY = "legacy"
    COMPRESSION = "compression"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    NOT_A_DETECTOR = "not_a_detector"
    NOT_A_SCALER = "not_a_scaler"
    NOT_FITTED = "not_fitted"
    NO_NOVELTY = "no_novelty"
    FEATURE_COUNT = "feature_count"
    PREDICT_FAILED = "predict_failed"
    ENGINE_DISAGREES = "engine_disagrees"
    STRUCTURE = "structure"
    ARTEFACT_TYPE = "artefact_type"
    UNSAFE = "unsafe"


class Refused(Exception):
    """Raised inside a child; only ``reason`` is sent."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def refusal(reason: Reason, subject: str) -> PackageRefused:
    """The error for the one who sent the package; ``subject`` is our word for the file."""
    code, sentence = _MEANING[reason]
    return PackageRefused(code, sentence.format(subject=subject))


_MEANING = {
    Reason.CORRUPT: (
        Code.PICKLE_CORRUPT,
        "The {subject} file cannot be read: it is empty, cut off or no joblib or skops file. "
        "Export the package again.",
    ),
    Reason.TRAILING: (
        Code.PICKLE_CORRUPT,
        "The {subject} file holds more than one object. Export the fitted {subject} alone.",
    ),
    Reason.LEGACY: (
        Code.PICKLE_CORRUPT,
        "The {subject} file is in the container of joblib before 0.10. Save it again with a current joblib.",
    ),
    Reason.COMPRESSION: (
        Code.PICKLE_CORRUPT,
        "The {subject} file is compressed with lz4, which is not read here. "
        "Save it uncompressed or with zlib.",
    ),
    Reason.TOO_LARGE: (
        Code.RESOURCE_LIMIT,
        "The {subject} file unpacks to more memory than one import may use. "
        "Check that it is the fitted {subject} itself.",
    ),
    Reason.UNREADABLE: (
        Code.PICKLE_CORRUPT,
        "The objects in the {subject} file cannot be restored. Export the package again.",
    ),
    Reason.NOT_A_DETECTOR: (
        Code.MODEL_NOT_USABLE,
        "The model file holds no anomaly detector. Supported are IsolationForest, LocalOutlierFactor "
        "(novelty=True), OneClassSVM, SGDOneClassSVM and EllipticEnvelope.",
    ),
    Reason.NOT_A_SCALER: (
        Code.MODEL_NOT_USABLE,
        "The scaler file holds no supported scaler. Supported are StandardScaler, MinMaxScaler, "
        "MaxAbsScaler, RobustScaler, SimpleImputer and pipelines of them.",
    ),
    Reason.NOT_FITTED: (
        Code.MODEL_NOT_USABLE,
        "The {subject} was never fitted. Train it and export the package again.",
    ),
    Reason.NO_NOVELTY: (
        Code.MODEL_NOT_USABLE,
        "The LocalOutlierFactor was trained with novelty=False and cannot score new rows. "
        "Train it with novelty=True and export the package again.",
    ),
    Reason.FEATURE_COUNT: (
        Code.FEATURE_MISMATCH,
        "The model and the scaler were fitted on different numbers of features. "
        "Export the pair that was trained together.",
    ),
    Reason.PREDICT_FAILED: (
        Code.SMOKE_TEST_FAILED,
        "The model loads but fails when it scores rows with the current scikit-learn. "
        "Train it again with a supported version.",
    ),
    Reason.ENGINE_DISAGREES: (
        Code.PARITY_FAILED,
        "The scoring engine does not give the scores of the {subject}'s own arrays on this machine. "
        "Report the estimator and the versions of the environment.",
    ),
    Reason.STRUCTURE: (
        Code.MODEL_STRUCTURE,
        "The arrays inside the {subject} contradict each other, so scoring with it could crash or mislead. "
        "Export the package again from a fresh training.",
    ),
    Reason.UNSAFE: (
        Code.UNSAFE_TYPE,
        "The {subject} file refers to code that a model does not need. The package is treated as hostile.",
    ),
    Reason.ARTEFACT_TYPE: (
        Code.ARTEFACT_TYPE,
        "The {subject} holds a value of a type that has no safe form. "
        "Train it with plain parameters and export the package again.",
    ),
}
