"""The exact (module, name) pairs a model pickle may refer to, and what other known pairs mean.

Default is refusal. There are no prefixes, and a dotted name is never looked up. Widening this list
is a change of code with a review, not a setting. Pairs of classes whose native state could harm the
reader (trees of nodes, search trees, losses) are answered with inert stand-ins while loading.
"""

from typing import Final

from modelhub.artifacts.safeform.trusted import ESTIMATORS, TREE_STATE
from modelhub.errors import Code

Pair = tuple[str, str]

# numpy 1 said numpy.core, numpy 2 says numpy._core: the key is what the file says, the value ours.
_NUMPY: Final[dict[Pair, Pair]] = {
    ("numpy", "ndarray"): ("numpy", "ndarray"),
    ("numpy", "dtype"): ("numpy", "dtype"),
    ("numpy.core.multiarray", "scalar"): ("numpy._core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"): ("numpy._core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"): ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"): ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.random._pickle", "__randomstate_ctor"): ("numpy.random._pickle", "__randomstate_ctor"),
    ("numpy.random._pickle", "__bit_generator_ctor"): ("numpy.random._pickle", "__bit_generator_ctor"),
    ("numpy.random._mt19937", "MT19937"): ("numpy.random._mt19937", "MT19937"),
}
WRAPPER: Final[Pair] = ("joblib.numpy_pickle", "NumpyArrayWrapper")

# Real classes and functions, by what the file calls them.
REAL: Final[dict[Pair, Pair]] = {
    WRAPPER: WRAPPER,
    **_NUMPY,
    **{(module, name): (module, name) for name, module in ESTIMATORS.items()},
}
# Native state that is rebuilt or checked first, never restored as it came.
_DISTANCES = ("EuclideanDistance", "ManhattanDistance", "ChebyshevDistance", "MinkowskiDistance")
INERT: Final[frozenset[Pair]] = frozenset(
    {
        TREE_STATE,
        ("sklearn.neighbors._kd_tree", "KDTree"),
        ("sklearn.neighbors._kd_tree", "newObj"),
        ("sklearn.neighbors._ball_tree", "BallTree"),
        ("sklearn.neighbors._ball_tree", "newObj"),
        ("sklearn.metrics._dist_metrics", "newObj"),
        *(("sklearn.metrics._dist_metrics", name) for name in _DISTANCES),
        *(("sklearn.metrics._dist_metrics", f"{name}64") for name in _DISTANCES),
        ("sklearn.linear_model._sgd_fast", "Hinge"),
    }
)
# How pickle protocols below 3 spell bytes; answered with a function that knows latin-1 only.
BYTES: Final[Pair] = ("_codecs", "encode")
ALLOWED: Final[frozenset[Pair]] = frozenset(REAL) | INERT | {BYTES}

_NOT_DETECTORS: Final[frozenset[Pair]] = frozenset(
    {
        ("sklearn.cluster._kmeans", "KMeans"),
        ("sklearn.cluster._kmeans", "MiniBatchKMeans"),
        ("sklearn.cluster._dbscan", "DBSCAN"),
        ("sklearn.decomposition._pca", "PCA"),
        ("sklearn.mixture._gaussian_mixture", "GaussianMixture"),
        ("sklearn.neighbors._kde", "KernelDensity"),
        ("sklearn.neighbors._classification", "KNeighborsClassifier"),
        ("sklearn.neighbors._unsupervised", "NearestNeighbors"),
        ("sklearn.linear_model._logistic", "LogisticRegression"),
        ("sklearn.linear_model._base", "LinearRegression"),
        ("sklearn.linear_model._stochastic_gradient", "SGDClassifier"),
        ("sklearn.svm._classes", "SVC"),
        ("sklearn.ensemble._forest", "RandomForestClassifier"),
        ("sklearn.ensemble._forest", "RandomForestRegressor"),
        ("sklearn.tree._classes", "DecisionTreeClassifier"),
        ("sklearn.tree._classes", "DecisionTreeRegressor"),
        ("sklearn.dummy", "DummyClassifier"),
        ("sklearn.naive_bayes", "GaussianNB"),
    }
)
_NOT_TAKEN: Final[frozenset[Pair]] = frozenset(
    {("sklearn.preprocessing._function_transformer", "FunctionTransformer")}
)


def refusal_code(pairs: frozenset[Pair]) -> Code | None:
    """The reason to refuse a pickle that refers to these pairs, None if every pair is allowed.

    A known harmless class earns the more helpful code only if nothing worse stands beside it.
    """
    foreign = pairs - ALLOWED
    if not foreign:
        return None
    if foreign <= _NOT_DETECTORS:
        return Code.MODEL_NOT_USABLE
    if all(pair in _NOT_TAKEN or _is_custom(pair) for pair in foreign - _NOT_DETECTORS):
        return Code.TYPE_NOT_SUPPORTED
    return Code.UNSAFE_TYPE


def _is_custom(pair: Pair) -> bool:
    """The training script's own classes, and functions packed by value (lambdas)."""
    module, name = pair
    if "." in name:
        return False
    return module == "__main__" or module in ("cloudpickle.cloudpickle", "dill._dill")
