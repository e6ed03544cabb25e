"""A list against what happened: numbers that are known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from deepfm.evaluation.backtest import backtest, backtest_sentences


def test_the_measures_are_those_of_scikit_learn_and_of_counting() -> None:
    rng = np.random.default_rng(0)
    probability = np.sort(rng.beta(1, 8, 5000))[::-1]
    label = (rng.random(5000) < probability).astype(np.int64)
    found = backtest(label, probability)
    assert (found["people"], found["did"]) == (5000, label.sum())
    assert found["expected"] == pytest.approx(probability.sum())
    assert found["auc"] == pytest.approx(roc_auc_score(label, probability))
    assert found["lift"]["10"] == pytest.approx(label[:500].mean() / label.mean())
    assert sum(row["people"] for row in found["calibration"]["after"]) == 5000
    assert found["hold_out"] is None


def test_the_interval_of_the_uplift_is_newcombes() -> None:
    # Newcombe 1998, table II, (a): 56/70 and 48/80, method 10.
    label = np.concatenate([np.ones(56), np.zeros(14), np.ones(48), np.zeros(32)]).astype(int)
    groups = np.concatenate([np.zeros(70), np.ones(80)])
    found = backtest(label, np.linspace(0.9, 0.1, 150), groups)["hold_out"]
    assert found["difference"] == pytest.approx(0.2)
    assert (found["low"], found["high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found["contacted"] == {"people": 70, "did": 56}
    assert found["held"] == {"people": 80, "did": 48}


@pytest.mark.parametrize(
    ("contacted", "held", "words"),
    [(0.3, 0.1, "worked:"), (0.1, 0.3, "did harm"), (0.2, 0.2, "cannot be told")],
)
def test_a_campaign_is_judged_in_words(contacted: float, held: float, words: str) -> None:
    each = np.arange(1000) / 1000
    label = np.concatenate([each < contacted, each < held]).astype(np.int64)
    groups = np.repeat([0.0, 1.0], 1000)
    sentences = backtest_sentences(backtest(label, np.full(2000, 0.2), groups))
    assert words in sentences[-1].text()


def test_who_was_not_handed_out_is_in_neither_group() -> None:
    label = np.array([1, 0, 1, 0, 1, 0])
    groups = np.array([0, 0, 1, 1, np.nan, np.nan])
    found = backtest(label, np.full(6, 0.5), groups)["hold_out"]
    assert (found["contacted"]["people"], found["held"]["people"]) == (2, 2)
    assert backtest(label, np.full(6, 0.5), np.zeros(6))["hold_out"] is None


@pytest.mark.parametrize("outcome", [0, 1])
def test_where_all_did_the_same_there_is_no_order_to_measure(outcome: int) -> None:
    found = backtest(np.full(40, outcome), np.full(40, 0.5))
    assert found["auc"] is None
    assert found["lift"]["10"] is None
    assert len(backtest_sentences(found)) == 1
