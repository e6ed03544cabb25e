"""How many of the list to contact: what it costs, brings and misses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from deepfm.errors import InputError

Floats = NDArray[np.float64]

_STEPS = 200
_ERRORS_OF_95_PERCENT = 1.96
_SIGNIFICANCE, _POWER = 0.05, 0.8


@dataclass(frozen=True)
class Campaign:
    """What contacting the first people of a list comes to, in the mean.

    Attributes:
        people: who are contacted.
        least: the probability of the last of them; 1 where there is none.
        reached: how many of them will do it.
        missed: how many of the others will.
        wasted: contacted people who will not.
        profit: ``value * reached - cost * people``.
        low, high: 95 % interval of the profit, by the chance of who does it alone (the variance of
            a sum of independent yes and no, ``sum p (1 - p)``, and a normal approximation); how
            far the probabilities themselves are right is not in it.
    """

    people: int
    least: float
    reached: float
    missed: float
    wasted: float
    profit: float
    low: float
    high: float


def campaign(probability: Floats, people: int, cost: float, value: float) -> Campaign:
    """Contact the first ``people`` of a list.

    Args:
        probability: calibrated, of everyone on the list, best first ``[n]``.
        people: 0 to n.
        cost: of a contact.
        value: of somebody who does it.

    Raises:
        InputError: a cost or a value below 0.
    """
    _check(cost, value)
    contacted = probability[:people]
    reached = float(contacted.sum())
    profit = value * reached - cost * people
    spread = _ERRORS_OF_95_PERCENT * value * float(np.sqrt((contacted * (1 - contacted)).sum()))
    return Campaign(
        people=people,
        least=float(contacted[-1]) if people else 1.0,
        reached=reached,
        missed=float(probability[people:].sum()),
        wasted=people - reached,
        profit=profit,
        low=profit - spread,
        high=profit + spread,
    )


def best_size(probability: Floats, cost: float, value: float) -> int:
    """How many to contact for the greatest expected profit: all whose contact pays for itself.

    Args:
        probability: as in ``campaign``; the calibration keeps the order of the list.
    """
    _check(cost, value)
    return int((probability * value > cost).sum())


def affordable_size(probability: Floats, budget: float, cost: float) -> int:
    """How many contacts a budget pays for."""
    _check(cost, budget)
    return len(probability) if cost == 0 else min(len(probability), int(budget / cost + 1e-9))


def likely_size(probability: Floats, least: float) -> int:
    """How many have a probability of ``least`` or more."""
    return int((probability >= least).sum())


def profit_curve(probability: Floats, cost: float, value: float) -> pd.DataFrame:
    """The expected profit by the number of people, in at most 201 steps.

    Returns:
        people, profit, low, high; as in ``Campaign``.
    """
    sizes = np.unique(np.linspace(0, len(probability), _STEPS + 1).round().astype(int))
    reached = np.concatenate([[0.0], np.cumsum(probability)])[sizes]
    variance = np.concatenate([[0.0], np.cumsum(probability * (1 - probability))])[sizes]
    profit = value * reached - cost * sizes
    spread = _ERRORS_OF_95_PERCENT * value * np.sqrt(variance)
    return pd.DataFrame(
        {"people": sizes, "profit": profit, "low": profit - spread, "high": profit + spread}
    )


def smallest_difference(rate: float, contacted: int, held_out: int) -> float:
    """The smallest difference of two rates that a campaign with a hold-out is likely to show.

    Two-sided test of two proportions at 5 %, with a power of 80 % (Fleiss, Levin and Paik 2003,
    Statistical Methods for Rates and Proportions, chapter 4, without the continuity correction):
    ``(z_0.975 + z_0.8) sqrt(p (1 - p) (1 / n + 1 / m))``.

    Args:
        rate: at which people do it.
        contacted: how many are contacted.
        held_out: how many are left alone, at random.

    Returns:
        A difference of rates; infinite where one of the two groups is empty.
    """
    if min(contacted, held_out) <= 0:
        return float("inf")
    errors = norm.ppf(1 - _SIGNIFICANCE / 2) + norm.ppf(_POWER)
    return float(errors * np.sqrt(rate * (1 - rate) * (1 / contacted + 1 / held_out)))


def _check(*amounts: float) -> None:
    for amount in amounts:
        if not amount >= 0:
            raise InputError(
                "An amount of {amount} makes no sense here: use 0 or more.", amount=amount
            )
