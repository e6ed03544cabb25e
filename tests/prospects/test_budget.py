from __future__ import annotations

import numpy as np
import pytest

from deepfm.errors import InputError
from deepfm.language import catalogue
from deepfm.prospects.budget import (
    affordable_size,
    best_size,
    campaign,
    likely_size,
    profit_curve,
    smallest_difference,
)

LIST = np.array([0.9, 0.5, 0.5, 0.2, 0.1, 0.0])


def test_a_campaign_adds_up() -> None:
    plan = campaign(LIST, 3, cost=2.0, value=10.0)
    assert (plan.people, plan.least) == (3, 0.5)
    assert plan.reached == pytest.approx(1.9)
    assert plan.missed == pytest.approx(0.3)
    assert plan.wasted == pytest.approx(1.1)
    assert plan.profit == pytest.approx(10 * 1.9 - 2 * 3)
    assert plan.reached + plan.missed == pytest.approx(LIST.sum())


def test_nobody_costs_nothing_and_everybody_misses_nobody() -> None:
    nobody, everybody = (campaign(LIST, people, 2.0, 10.0) for people in (0, len(LIST)))
    assert (nobody.profit, nobody.low, nobody.high, nobody.least) == (0.0, 0.0, 0.0, 1.0)
    assert nobody.missed == pytest.approx(LIST.sum())
    assert everybody.missed == 0.0


def test_the_interval_holds_what_really_happens() -> None:
    rng = np.random.default_rng(0)
    probability = np.sort(rng.beta(1, 9, 2_000))[::-1]
    plan = campaign(probability, 500, cost=1.0, value=12.0)
    happened = (rng.random((4_000, 500)) < probability[:500]).sum(axis=1)
    profit = 12.0 * happened - 500
    assert profit.mean() == pytest.approx(plan.profit, rel=0.01)
    inside = ((profit >= plan.low) & (profit <= plan.high)).mean()
    assert inside == pytest.approx(0.95, abs=0.015)


def test_the_best_number_is_where_no_other_brings_more() -> None:
    rng = np.random.default_rng(1)
    probability = np.sort(rng.beta(1, 9, 300))[::-1]
    for cost, value in ((1.0, 12.0), (1.0, 5.0), (1.0, 1.0), (0.0, 3.0), (2.0, 0.0)):
        best = best_size(probability, cost, value)
        profits = [campaign(probability, n, cost, value).profit for n in range(301)]
        assert profits[best] == pytest.approx(max(profits))
    assert best_size(probability, 1.0, 1.0) == 0
    assert best_size(probability, 0.0, 3.0) == 300


def test_sizes_by_budget_and_by_probability() -> None:
    assert affordable_size(LIST, 5.0, 2.0) == 2
    assert affordable_size(LIST, 0.3, 0.1) == 3
    assert affordable_size(LIST, 1e9, 2.0) == affordable_size(LIST, 0.0, 0.0) == 6
    assert [likely_size(LIST, least) for least in (0.0, 0.5, 0.51, 1.0)] == [6, 3, 1, 0]


def test_the_curve_is_the_campaign_at_every_step() -> None:
    rng = np.random.default_rng(2)
    probability = np.sort(rng.beta(1, 9, 5_000))[::-1]
    curve = profit_curve(probability, 1.0, 12.0)
    assert len(curve) == 201
    assert curve["people"].iloc[[0, -1]].tolist() == [0, 5_000]
    for row in curve.iloc[::20].itertuples():
        plan = campaign(probability, int(row.people), 1.0, 12.0)
        assert (row.profit, row.low, row.high) == pytest.approx((plan.profit, plan.low, plan.high))
    assert len(profit_curve(LIST, 1.0, 2.0)) == 7


def test_a_difference_of_that_size_is_found_four_times_of_five() -> None:
    rng = np.random.default_rng(3)
    rate, contacted, held = 0.1, 4_000, 1_000
    difference = smallest_difference(rate, contacted, held)
    ours = rng.binomial(contacted, rate + difference / 2, 20_000) / contacted
    others = rng.binomial(held, rate - difference / 2, 20_000) / held
    pooled = (ours * contacted + others * held) / (contacted + held)
    error = np.sqrt(pooled * (1 - pooled) * (1 / contacted + 1 / held))
    assert (np.abs(ours - others) / error > 1.96).mean() == pytest.approx(0.8, abs=0.02)
    assert smallest_difference(rate, 100, 0) == float("inf")


@pytest.mark.parametrize("amounts", [(-1.0, 5.0), (1.0, -5.0), (float("nan"), 5.0)])
def test_amounts_below_nothing_are_refused_in_words(amounts: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="makes no sense here") as error:
        campaign(LIST, 1, *amounts)
    assert error.value.sentence.template in catalogue("zh")
