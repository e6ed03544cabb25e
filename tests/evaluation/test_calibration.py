import json

import numpy as np
import pytest

from deepfm.evaluation.calibration import Calibration, reliability
from deepfm.evaluation.metrics import sigmoid


def drawn(a, b, n=200_000):
    rng = np.random.default_rng(0)
    logit = rng.normal(-1.0, 3.0, n)
    return (rng.random(n) < sigmoid(a * logit + b)).astype(int), logit


@pytest.mark.parametrize(("a", "b"), [(0.5, -1.0), (2.0, 0.7)])
def test_it_finds_the_true_scale_and_shift(a, b):
    found = Calibration.fit(*drawn(a, b))
    assert found.a == pytest.approx(a, rel=0.03)
    assert found.b == pytest.approx(b, abs=0.05)


def test_calibrated_probabilities_are_observed_and_raw_ones_are_not():
    label, logit = drawn(0.4, -1.0)
    fit = Calibration.fit(label, logit)
    after = reliability(label, fit.probability(logit))
    before = reliability(label, sigmoid(logit))
    assert max(abs(row["predicted"] - row["observed"]) for row in after) < 0.01
    assert max(abs(row["predicted"] - row["observed"]) for row in before) > 0.1


@pytest.mark.parametrize("direction", [1, -1])
def test_the_order_is_kept_even_for_a_ranking_worse_than_chance(direction):
    label, logit = drawn(1.0, 0.0, 2_000)
    found = Calibration.fit(label, direction * logit)
    assert found.a > 0
    assert np.isfinite([found.a, found.b]).all()
    order = np.argsort(logit)
    assert (np.diff(found.probability(logit)[order]) >= 0).all()


def test_a_perfect_ranking_and_a_constant_score_stay_finite():
    label = np.repeat([0, 1], 50)
    perfect = Calibration.fit(label, label * 20.0 - 10)
    assert 0.9 < perfect.probability(np.array([10.0]))[0] < 1
    constant = Calibration.fit(label, np.full(100, -4.0))
    assert constant.probability(np.array([-4.0]))[0] == pytest.approx(0.5, abs=1e-3)


def test_it_comes_back_from_json():
    fit = Calibration(1.5, -0.25)
    assert Calibration.from_json(json.loads(json.dumps(fit.to_json()))) == fit


def test_reliability_bins_are_of_equal_size():
    rows = reliability(np.tile([0, 1], 52)[:103], np.linspace(0, 1, 103))
    assert sorted({row["people"] for row in rows}) == [10, 11]
    assert sum(row["people"] for row in rows) == 103
    assert len(reliability(np.array([0, 1]), np.array([0.2, 0.4]))) == 2
