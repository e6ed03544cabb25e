import numpy as np
import pytest

from deepfm.evaluation import bootstrap, metrics
from deepfm.evaluation.bootstrap import interval, resample, weighted_measures
from deepfm.evaluation.metrics import auc


@pytest.fixture
def rankings():
    """Labels, a good and a weaker ranking, and four rows for each user."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 4_000)
    good = label + rng.normal(size=4_000)
    return label, good, good + rng.normal(size=4_000), np.repeat(np.arange(1_000), 4).astype(object)


def difference(label, one, other, user):
    draws = resample(label, {"one": one, "other": other}, user)
    return interval(draws["one"]["auc"] - draws["other"]["auc"])


def test_weighted_measures_are_those_of_repeated_rows():
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 60), rng.integers(0, 9, 60).astype(float)
    weight = rng.integers(0, 4, 60)
    rank = np.unique(-score, return_inverse=True)[1]
    found = weighted_measures(label, rank, weight, (0.5, 1.0))
    label_, score_ = np.repeat(label, weight), np.repeat(score, weight)
    assert found["auc"] == pytest.approx(auc(label_, score_), abs=1e-12)
    assert found["average_precision"] == pytest.approx(metrics.average_precision(label_, score_))
    assert found["lift_50"] == pytest.approx(metrics.lift_at(label_, score_, 0.5), abs=0.05)
    assert found["lift_100"] == pytest.approx(1.0)
    assert np.isnan(list(weighted_measures(label, rank, label, (0.1,)).values())).all()


def test_a_lift_counts_those_on_the_border_in_part():
    label, rank = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0]), np.array([0, 1, 1, 2, 2, 2, 2, 2, 2, 2])
    found = weighted_measures(label, rank, np.ones(10, np.int64), (0.1, 0.2))
    assert found["lift_10"] == pytest.approx(5.0)
    assert found["lift_20"] == pytest.approx((1 + 0.5) / 2 / 0.2)


def test_an_interval_holds_the_truth_about_as_often_as_it_says():
    """Normal scores: the AUC is known, Phi(1 / sqrt 2) = 0.7602."""
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        label = (rng.random(400) < 0.3).astype(int)
        score = label + rng.normal(size=400)
        draws = resample(label, {"it": score}, np.arange(400).astype(object), seed=seed)
        low, high = interval(draws["it"]["auc"])
        held += low <= 0.7602 <= high
    assert 52 <= held <= 60


def test_a_better_ranking_is_told_from_a_weaker_one(rankings):
    label, good, weak, user = rankings
    low, high = difference(label, good, weak, user)
    assert 0 < low < auc(label, good) - auc(label, weak) < high
    assert difference(label, weak, good, user).high < 0


def test_two_equally_good_rankings_are_not(rankings):
    label, good, _, user = rankings
    rng = np.random.default_rng(1)
    one, other = (good + rng.normal(0, 0.5, len(good)) for _ in range(2))
    low, high = difference(label, one, other, user)
    assert low < 0 < high


def test_rows_of_one_user_count_as_one_draw(rankings):
    """Each row four times over under one user brings no certainty that is not there."""
    label, good, weak, _ = (values[:500] for values in rankings)
    single = difference(label, good, weak, np.arange(500).astype(object))
    fourfold = [np.repeat(v, 4) for v in (label, good, weak, np.arange(500).astype(object))]
    repeated = difference(*fourfold)
    assert repeated.high - repeated.low == pytest.approx(single.high - single.low, rel=1e-9)


def test_many_rows_are_thinned_by_whole_users(rankings, monkeypatch):
    monkeypatch.setattr(bootstrap, "MOST_ROWS", 1_000)
    label, good, weak, user = rankings
    thin = difference(label, good, weak, user)
    monkeypatch.undo()
    full = difference(label, good, weak, user)
    assert thin.high - thin.low > 1.4 * (full.high - full.low)
