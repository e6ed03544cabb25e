import numpy as np
import pytest

from deepfm.evaluation import bootstrap
from deepfm.evaluation.bootstrap import auc_difference_interval, weighted_auc
from deepfm.evaluation.metrics import auc


@pytest.fixture
def rankings():
    """Labels, a good and a weaker ranking, and four rows for each user."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 4_000)
    good = label + rng.normal(size=4_000)
    return label, good, good + rng.normal(size=4_000), np.repeat(np.arange(1_000), 4).astype(object)


def test_a_weighted_auc_is_that_of_repeated_rows():
    rng = np.random.default_rng(0)
    label, rank = rng.integers(0, 2, 60), rng.integers(0, 9, 60)
    weight = rng.integers(0, 4, 60)
    expected = auc(np.repeat(label, weight), np.repeat(rank.astype(float), weight))
    assert weighted_auc(label, rank, weight) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(weighted_auc(label, rank, label))


def test_a_better_ranking_is_told_from_a_weaker_one(rankings):
    label, good, weak, user = rankings
    low, high = auc_difference_interval(label, good, weak, user)
    assert 0 < low < auc(label, good) - auc(label, weak) < high
    assert auc_difference_interval(label, weak, good, user).high < 0


def test_two_equally_good_rankings_are_not(rankings):
    label, good, _, user = rankings
    rng = np.random.default_rng(1)
    one, other = (good + rng.normal(0, 0.5, len(good)) for _ in range(2))
    low, high = auc_difference_interval(label, one, other, user)
    assert low < 0 < high


def test_rows_of_one_user_count_as_one_draw(rankings):
    """Each row four times over under one user brings no certainty that is not there."""
    label, good, weak, _ = (values[:500] for values in rankings)
    single = auc_difference_interval(label, good, weak, np.arange(500).astype(object))
    fourfold = [np.repeat(v, 4) for v in (label, good, weak, np.arange(500).astype(object))]
    repeated = auc_difference_interval(*fourfold)
    assert repeated.high - repeated.low == pytest.approx(single.high - single.low, rel=1e-9)


def test_many_rows_are_thinned_by_whole_users(rankings, monkeypatch):
    monkeypatch.setattr(bootstrap, "MOST_ROWS", 1_000)
    label, good, weak, user = rankings
    thin = auc_difference_interval(label, good, weak, user)
    monkeypatch.undo()
    full = auc_difference_interval(label, good, weak, user)
    assert thin.high - thin.low > 1.4 * (full.high - full.low)
