import numpy as np
import pytest

from deepfm.evaluation import metrics

LABEL = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 0])
SCORE = np.arange(10.0)[::-1]


def test_auc_counts_pairs_and_ties_by_half():
    label, score = np.array([1, 1, 0, 0]), np.array([3.0, 1.0, 1.0, 0.0])
    assert metrics.auc(label, score) == (1 + 1 + 0.5 + 1) / 4


def test_log_loss_holds_for_extreme_logits():
    label, logit = np.array([1, 0, 1, 0]), np.array([2.0, -1.0, 1_000.0, 1_000.0])
    expected = (np.log1p(np.exp(-2)) + np.log1p(np.exp(-1)) + 0 + 1_000) / 4
    assert metrics.log_loss(label, logit) == pytest.approx(expected)


def test_lift_is_the_rate_of_the_top_over_the_rate_of_all():
    assert metrics.lift_at(LABEL, SCORE, 0.1) == pytest.approx(5.0)
    assert metrics.lift_at(LABEL, SCORE, 0.4) == pytest.approx(2.5)
    assert metrics.lift_at(LABEL, SCORE, 0.001) == pytest.approx(5.0)


def test_equal_scores_give_no_lift_in_whatever_order_the_rows_stand():
    for label in (LABEL, LABEL[::-1]):
        assert metrics.lift_at(label, np.zeros(10), 0.1) == pytest.approx(1.0)


def test_deciles_hold_everyone_once():
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 1_003), np.round(rng.normal(size=1_003), 1)
    rows = metrics.deciles(label, score)
    assert sum(row["people"] for row in rows) == 1_003
    assert sum(row["converted"] for row in rows) == label.sum()
    assert max(row["people"] for row in rows) - min(row["people"] for row in rows) <= 1
    first = metrics.deciles(LABEL, SCORE)[0]
    assert first == {"decile": 1, "people": 1, "converted": 1, "rate": 1.0, "lift": 5.0}


def test_fewer_people_than_deciles():
    rows = metrics.deciles(np.array([1, 0, 0]), np.array([3.0, 2.0, 1.0]))
    assert [row["people"] for row in rows].count(1) == 3
    assert sum(row["converted"] for row in rows) == 1


def test_gains_run_from_nobody_to_everybody():
    rows = metrics.gains(LABEL, SCORE, steps=10)
    assert [row["reached"] for row in rows] == [0, 0.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1]
    assert rows[-1] == {"people": 10, "converted": 2, "reached": 1.0}


def test_the_thinned_roc_curve_has_the_same_area():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 5_000)
    score = rng.normal(size=5_000) + label
    points = metrics.roc_points(label, score)
    assert len(points["fpr"]) <= 200
    assert (points["fpr"][0], points["tpr"][-1]) == (0.0, 1.0)
    area = np.trapezoid(points["tpr"], points["fpr"])
    assert area == pytest.approx(metrics.auc(label, score), abs=1e-3)
