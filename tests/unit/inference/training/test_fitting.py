"""What a fit promises: novelty detectors, the threshold's quantile, names on the scaler, repeatability."""

import numpy as np
import pytest

from inference.training.fitting import Algorithm, FitSettings, fit
from tests.fitted import training_rows

_ROWS = training_rows(400)
_NAMES = tuple("abcdef")


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_algorithm_scores_rows_it_has_not_seen(algorithm: Algorithm) -> None:
    fitted = fit(_ROWS, _NAMES, settings=FitSettings(algorithm=algorithm))
    del fitted.scaler.feature_names_in_  # plain arrays follow
    far = fitted.scaler.transform(np.full((1, 6), 300.0))
    assert -fitted.detector.score_samples(far)[0] > fitted.threshold


@pytest.mark.parametrize("contamination", [0.02, 0.1, 0.3])
def test_the_threshold_leaves_the_contamination_above_it(contamination: float) -> None:
    fitted = fit(_ROWS, _NAMES, settings=FitSettings(contamination=contamination))
    assert (fitted.scores > fitted.threshold).mean() == pytest.approx(contamination, abs=0.005)
    assert fitted.threshold == pytest.approx(-fitted.detector.offset_, rel=1e-12)


def test_the_scaler_knows_its_columns_as_after_a_data_frame() -> None:
    names = fit(_ROWS, _NAMES, settings=FitSettings(trees=2)).scaler.feature_names_in_
    assert names.dtype == object
    assert names.tolist() == list(_NAMES)


def test_the_same_seed_gives_the_same_scores_and_another_seed_others() -> None:
    first, again, other = (fit(_ROWS, _NAMES, settings=FitSettings(seed=seed)).scores for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
