"""Files that run nothing but cannot, or must not, become a model: each with its exact code."""

import gzip
import io
import pickle
import zlib
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from modelhub.errors import Code
from tests.hostile.opcodes import call, called, named, stream, value

ROWS = np.random.default_rng(5).standard_normal((60, 3))


def dumped(obj: Any, **options: Any) -> bytes:
    """The object as joblib writes it."""
    buffer = io.BytesIO()
    joblib.dump(obj, buffer, **options)
    return buffer.getvalue()


def forest(**attributes: Any) -> IsolationForest:
    """A small fitted forest with some attributes replaced."""
    fitted = IsolationForest(n_estimators=3, max_samples=16, random_state=0).fit(ROWS)
    for name, content in attributes.items():
        setattr(fitted, name, content)
    return fitted


def _custom_class() -> bytes:
    """A class of the training script: ``__main__.Detector``."""
    return stream(named("__main__", "Detector") + b")\x81}b")


def _lambda() -> bytes:
    """What cloudpickle writes for a function by value, reduced to its first call."""
    return stream(called(named("cloudpickle.cloudpickle", "_make_function"), None, None))


def _huge_array() -> bytes:
    """An array wrapper that claims 2**40 numbers and brings three."""
    honest = dumped(np.arange(3.0))
    claim = b"\x8a\x06" + (1 << 40).to_bytes(6, "little")
    return honest.replace(b"\x95" + honest[3:11], b"", 1).replace(b"K\x03\x85", claim + b"\x85", 1)


def _noted(note: bytes) -> bytes:
    """An honest forest with one more attribute, pushed by the opcodes ``note``."""
    body = pickle.dumps(forest(), protocol=2)[2:-1]
    version = value("_sklearn_version") + value(sklearn.__version__) + b"s"
    return stream(body + b"}" + version + value("note") + note + b"sb")


def _huge_reconstruct() -> bytes:
    """numpy itself is asked, through allowed names, for 8 TB."""
    made = named("numpy._core.multiarray", "_reconstruct") + b"(" + named("numpy", "ndarray")
    return _noted(made + value((1 << 40,)) + value("d") + b"tR")


def _expanding_tuples() -> bytes:
    """Sixty pushes make a tuple of 2**60 leaves; using it as a key walks all of them."""
    return stream(b"}" + value(()) + b"2\x86" * 60 + value(1) + b"s")


def _deep_lists() -> bytes:
    """An honest forest with a note that is 50,000 lists deep."""
    return _noted(b"]" * 50_000 + b"a" * 49_999)


def _imputer_without_state() -> bytes:
    """An imputer of scikit-learn 1.3 lacks an attribute that transform needs today."""
    model = make_pipeline(SimpleImputer(), IsolationForest(n_estimators=2, max_samples=8)).fit(ROWS)
    del model.steps[0][1]._fill_dtype
    return dumped(model)


def _version(version: str) -> bytes:
    """A forest whose states say that they were saved by another scikit-learn."""
    ours = sklearn.__version__
    assert len(version) == len(ours)
    return dumped(forest()).replace(ours.encode(), version.encode())


_HONEST = dumped(IsolationForest(n_estimators=2, max_samples=8, random_state=0).fit(ROWS))

MALFORMED: dict[str, tuple[Callable[[], bytes], Code]] = {
    "empty": (lambda: b"", Code.PICKLE_CORRUPT),
    "text": (lambda: b"this is not a model\n", Code.PICKLE_CORRUPT),
    "json": (lambda: b'{"model": 1}', Code.PICKLE_CORRUPT),
    "zeros": (lambda: bytes(5000), Code.PICKLE_CORRUPT),
    "cut-in-half": (lambda: _HONEST[: len(_HONEST) // 2], Code.PICKLE_CORRUPT),
    "cut-by-one": (lambda: _HONEST[:-1], Code.PICKLE_CORRUPT),
    "broken-tail": (lambda: _HONEST[:-40] + b"\xff" * 40, Code.PICKLE_CORRUPT),
    "two-pickles": (lambda: _HONEST + _HONEST, Code.PICKLE_CORRUPT),
    "trailing-byte": (lambda: _HONEST + b"\n", Code.PICKLE_CORRUPT),
    "protocol-9": (lambda: b"\x80\x09" + _HONEST[2:], Code.PICKLE_CORRUPT),
    "stop-only": (lambda: b".", Code.PICKLE_CORRUPT),
    "stack-underflow": (lambda: b"\x80\x04R.", Code.PICKLE_CORRUPT),
    "legacy-container": (lambda: b"ZF0x10".ljust(30) + zlib.compress(_HONEST), Code.PICKLE_CORRUPT),
    "lz4": (lambda: b"\x04\x22\x4d\x18" + _HONEST, Code.PICKLE_CORRUPT),
    "cut-gzip": (lambda: gzip.compress(_HONEST)[:-30], Code.PICKLE_CORRUPT),
    "zlib-and-more": (lambda: zlib.compress(_HONEST) + b"x", Code.PICKLE_CORRUPT),
    "missing-attribute-name": (lambda: stream(b"\x93"), Code.PICKLE_CORRUPT),
    "extension": (lambda: b"\x80\x02\x82\x07.", Code.UNSAFE_TYPE),
    "persistent-id": (lambda: b"\x80\x02" + value("a") + b"Q.", Code.UNSAFE_TYPE),
    "legacy-array": (
        lambda: stream(named("joblib.numpy_pickle_compat", "NDArrayWrapper") + b")\x81}b"),
        Code.UNSAFE_TYPE,
    ),
    "prefix-only": (lambda: call("sklearn.utils", "Bunch"), Code.UNSAFE_TYPE),
    "codec-import": (
        lambda: _noted(called(named("_codecs", "encode"), "x", "zlib_codec")), Code.UNSAFE_TYPE,
    ),
}  # fmt: skip

EXHAUSTING: dict[str, tuple[Callable[[], bytes], Code]] = {
    "compressed-bomb": (lambda: gzip.compress(bytes(80 << 20)), Code.RESOURCE_LIMIT),
    "zlib-bomb": (lambda: zlib.compress(bytes(80 << 20)), Code.RESOURCE_LIMIT),
    "bytearray-claim": (
        lambda: b"\x80\x05\x96" + (1 << 42).to_bytes(8, "little") + b".",
        Code.RESOURCE_LIMIT,
    ),
    "array-claim": (_huge_array, Code.RESOURCE_LIMIT),
    "array-made": (_huge_reconstruct, Code.RESOURCE_LIMIT),
    "tuples": (_expanding_tuples, Code.RESOURCE_LIMIT),
    "deep-lists": (_deep_lists, Code.RESOURCE_LIMIT),
}

UNUSABLE: dict[str, tuple[Callable[[], bytes], Code]] = {
    "function-transformer": (lambda: dumped(FunctionTransformer().fit(ROWS)), Code.TYPE_NOT_SUPPORTED),
    "custom-class": (_custom_class, Code.TYPE_NOT_SUPPORTED),
    "lambda": (_lambda, Code.TYPE_NOT_SUPPORTED),
    "kmeans": (lambda: dumped(KMeans(2, n_init=1).fit(ROWS)), Code.MODEL_NOT_USABLE),
    "classifier": (
        lambda: dumped(LogisticRegression().fit(ROWS, ROWS[:, 0] > 0)), Code.MODEL_NOT_USABLE,
    ),
    "forest-classifier": (
        lambda: dumped(RandomForestClassifier(2).fit(ROWS, ROWS[:, 0] > 0)), Code.MODEL_NOT_USABLE,
    ),
    "scaler-as-model": (lambda: dumped(StandardScaler().fit(ROWS)), Code.MODEL_NOT_USABLE),
    "dictionary": (lambda: dumped({"model": 1}), Code.MODEL_NOT_USABLE),
    "array": (lambda: dumped(ROWS), Code.MODEL_NOT_USABLE),
    "class-not-object": (
        lambda: stream(named("sklearn.ensemble._iforest", "IsolationForest")), Code.MODEL_NOT_USABLE,
    ),
    "no-novelty": (lambda: dumped(LocalOutlierFactor().fit(ROWS)), Code.MODEL_NOT_USABLE),
    "unfitted": (lambda: dumped(IsolationForest()), Code.MODEL_NOT_USABLE),
    "old-imputer": (_imputer_without_state, Code.SMOKE_TEST_FAILED),
    "version-too-old": (lambda: _version("1.2.2"), Code.VERSION_UNSUPPORTED),
    "version-too-new": (lambda: _version("9.9.9"), Code.VERSION_UNSUPPORTED),
    "no-version": (
        lambda: stream(named("sklearn.ensemble._iforest", "IsolationForest") + b")\x81}b"),
        Code.VERSION_UNSUPPORTED,
    ),
    "type-as-parameter": (lambda: dumped(forest(contamination=np.ndarray)), Code.ARTEFACT_TYPE),
    "bytes-as-parameter": (lambda: dumped(forest(contamination=b"1")), Code.ARTEFACT_TYPE),
    "estimator-in-array": (
        lambda: dumped(forest(note=np.array([[object]], dtype=object))), Code.UNSAFE_TYPE,
    ),
}  # fmt: skip
