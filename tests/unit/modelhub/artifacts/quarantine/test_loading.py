"""Inside the convert child: allowed types only, and no native state before it was checked."""

import io

import pytest

from modelhub.artifacts.quarantine import allowlist, loader, settling
from modelhub.artifacts.quarantine.jobs import convert
from modelhub.artifacts.quarantine.refusal import Reason, Refused
from modelhub.errors import Code
from tests.hostile.broken import dumped, forest
from tests.hostile.mutants import MODELS, SCALERS
from tests.hostile.opcodes import call


def _load(data: bytes) -> object:
    return loader.load(io.BytesIO(data), loader.resolve())


@pytest.mark.parametrize("name", MODELS)
def test_impossible_arrays_of_a_model_are_found(name: str) -> None:
    with pytest.raises(Refused) as refused:
        convert._packed(settling.settle_model(_load(MODELS[name]())), None)
    assert refused.value.reason is Reason.STRUCTURE


@pytest.mark.parametrize("name", SCALERS)
def test_impossible_arrays_of_a_scaler_are_found(name: str) -> None:
    model = settling.settle_model(_load(dumped(forest())))
    with pytest.raises(Refused) as refused:
        convert._packed(model, settling.settle_scaler(_load(SCALERS[name]())))
    assert refused.value.reason is Reason.STRUCTURE


def test_the_loader_refuses_by_itself_what_the_scan_should_have_found() -> None:
    with pytest.raises(Refused) as refused:
        _load(call("builtins", "int", "1"))
    assert refused.value.reason is Reason.UNSAFE


def test_poisoned_path_lengths_are_computed_anew() -> None:
    honest = forest()
    poisoned = forest(
        _average_path_length_per_tree=tuple(a * 0 for a in honest._average_path_length_per_tree)
    )
    healed = settling.settle_model(_load(dumped(poisoned)))
    ours, theirs = healed._average_path_length_per_tree, honest._average_path_length_per_tree
    assert all((a == b).all() for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ({("sklearn.ensemble._iforest", "IsolationForest")}, None),
        ({("sklearn.ensemble._iforest", "IsolationForest.fit")}, Code.UNSAFE_TYPE),
        ({("sklearn.ensemble._iforest", "numbers")}, Code.UNSAFE_TYPE),
        ({("sklearn.cluster._kmeans", "KMeans")}, Code.MODEL_NOT_USABLE),
        ({("__main__", "Detector")}, Code.TYPE_NOT_SUPPORTED),
        ({("__main__", "os.system")}, Code.UNSAFE_TYPE),
        ({("__main__", "Detector"), ("os", "system")}, Code.UNSAFE_TYPE),
        ({("sklearn.cluster._kmeans", "KMeans"), ("os", "system")}, Code.UNSAFE_TYPE),
    ],
)
def test_the_worst_name_decides(pairs: set[tuple[str, str]], code: Code | None) -> None:
    assert allowlist.refusal_code(frozenset(pairs)) is code


def test_the_list_is_short_and_exact() -> None:
    assert len(allowlist.ALLOWED) <= 45
    assert not any("." in name or "*" in module for module, name in allowlist.ALLOWED)
