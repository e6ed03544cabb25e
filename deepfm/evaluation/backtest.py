"""An earlier list against what happened since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from deepfm.evaluation import metrics
from deepfm.evaluation.calibration import reliability
from deepfm.evaluation.metrics import Labels
from deepfm.language import Sentence
from deepfm.model.scoring import Floats

_SHARES = (1, 5, 10)


def backtest(label: Labels, probability: Floats, held_out: Floats | None = None) -> dict[str, Any]:
    """Measure a list by what its people did.

    Args:
        label: 0 or 1 ``[n]``, in the order of the list, the best first.
        probability: calibrated, as on the list ``[n]``.
        held_out: 1 for who was left alone, 0 for who was contacted, NaN for who was neither
            ``[n]``; None without a hold-out.

    Returns:
        unit, base_rate, people, did, expected (sum of the probabilities), auc and lift (by percent
        on top; None where all did the same), calibration and deciles as in evaluation.json, and
        hold_out: people and did of ``contacted`` and ``held``, difference of their rates with its
        95 % interval; None without a hold-out.
    """
    score = np.arange(len(label), 0.0, -1.0)
    mixed = 0 < label.sum() < len(label)
    return {
        "unit": "people",
        "base_rate": float(label.mean()),
        "people": len(label),
        "did": int(label.sum()),
        "expected": float(probability.sum()),
        "auc": metrics.auc(label, score) if mixed else None,
        "lift": {
            str(share): metrics.lift_at(label, score, share / 100) if mixed else None
            for share in _SHARES
        },
        "deciles": metrics.deciles(label, score) if mixed else [],
        "calibration": {"after": reliability(label, probability)},
        "hold_out": None if held_out is None else _uplift(label, held_out),
    }


def _uplift(label: Labels, held_out: NDArray[Any]) -> dict[str, Any] | None:
    """The difference that contacting made: random groups differ in nothing else.

    The interval is the hybrid score one of Newcombe 1998 (Statistics in Medicine 17, 873-890,
    method 10).
    """
    groups = [label[held_out == held] for held in (0.0, 1.0)]
    if min(map(len, groups)) == 0:
        return None
    (rate, low, high), (rate_held, low_held, high_held) = map(_rate, groups)
    difference = rate - rate_held
    return {
        "contacted": {"people": len(groups[0]), "did": int(groups[0].sum())},
        "held": {"people": len(groups[1]), "did": int(groups[1].sum())},
        "difference": difference,
        "low": difference - float(np.hypot(rate - low, high_held - rate_held)),
        "high": difference + float(np.hypot(high - rate, rate_held - low_held)),
    }


def _rate(label: Labels) -> tuple[float, float, float]:
    """The share of ones with its Wilson interval."""
    test = binomtest(int(label.sum()), len(label))
    interval = test.proportion_ci(method="wilson")
    return float(label.mean()), float(interval.low), float(interval.high)


def backtest_sentences(found: Mapping[str, Any]) -> list[Sentence]:
    """What ``backtest`` found, in plain words."""
    sentences = [
        Sentence(
            "Of the {people:,} on the earlier list, {did:,} did it; {expected:,.0f} were expected.",
            people=found["people"],
            did=found["did"],
            expected=found["expected"],
        )
    ]
    if found["auc"] is not None:
        sentences.append(
            Sentence(
                "The first 10% of that list did it {lift:.1f} times as often as everyone on it "
                "(AUC {auc:.3f}).",
                lift=found["lift"]["10"],
                auc=found["auc"],
            )
        )
    if found["hold_out"] is not None:
        sentences.append(_uplift_sentence(found["hold_out"]))
    return sentences


def _uplift_sentence(found: Mapping[str, Any]) -> Sentence:
    rates = [found[group]["did"] / found[group]["people"] for group in ("contacted", "held")]
    values = {
        "contacted": rates[0],
        "held": rates[1],
        "low": 100 * found["low"],
        "high": 100 * found["high"],
    }
    if found["low"] > 0:
        return Sentence(
            "The campaign worked: {contacted:.1%} of those contacted did it, and {held:.1%} of "
            "those left alone (difference {low:+.1f} to {high:+.1f} points, 95% interval).",
            **values,
        )
    if found["high"] < 0:
        return Sentence(
            "The campaign did harm: {contacted:.1%} of those contacted did it, and {held:.1%} of "
            "those left alone (difference {low:+.1f} to {high:+.1f} points, 95% interval).",
            **values,
        )
    return Sentence(
        "Whether the campaign worked cannot be told: {contacted:.1%} of those contacted did it, "
        "and {held:.1%} of those left alone (difference {low:+.1f} to {high:+.1f} points, 95% "
        "interval).",
        **values,
    )
