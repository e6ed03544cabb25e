"""What stands in evaluation.json, drift.json and backtest.json, as who reads them relies on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from deepfm.evaluation.verdict import MODEL_NAMES, OURS
from deepfm.shape import MOST, Between, Each, Maybe, MisfitError, OneOf, Some, check
from deepfm.task.plan import PART_NAMES

_SHARE = Between(0, 1)
_MODEL = OneOf(MODEL_NAMES)
_LIFT = {"1": float, "5": float, "10": float}
_INTERVALS = ("auc", "average_precision", "lift_1", "lift_5", "lift_10")
_LINE = {"a": float, "b": float}
_GROUPS = Some({"predicted": float, "observed": float, "people": int})
_MEASURED = {"examples": int, "positives": int, "auc": float, "low": float, "high": float}
_DECILE = {"decile": int, "people": int, "converted": int, "rate": float, "lift": float}
_COUNTED = {"people": Between(1, MOST), "did": int}
_UNIT = OneOf(("people", "pairs", "rows"))
_AXES = ({"fpr", "tpr"}, {"recall", "precision"})
_OUTCOME = OneOf(("wins", "ties", "loses"))

# What runs of before do not have is Maybe.
EVALUATION = {
    "unit": _UNIT,
    "parts": Each({"examples": int, "positives": int}, PART_NAMES),
    "models": [
        {
            "name": _MODEL,
            "auc": _SHARE,
            "average_precision": _SHARE,
            "log_loss": Maybe(float),
            "lift": _LIFT,
            "intervals": Maybe(dict.fromkeys(_INTERVALS, (float, float))),
            "calibration": Maybe(_LINE),
        }
    ],
    "comparisons": [
        {"against": _MODEL, "difference": float, "low": float, "high": float, "outcome": _OUTCOME}
    ],
    "base_rate": Between(1e-12, 1),
    "deciles": Some(_DECILE),
    "gains": Some({"people": int, "converted": int, "reached": float}),
    "roc": Each({"fpr": Some(float), "tpr": Some(float)}, MODEL_NAMES),
    "precision": Maybe(Each({"recall": Some(float), "precision": Some(float)}, MODEL_NAMES)),
    "calibration": {
        **_LINE,
        "before": _GROUPS,
        "after": _GROUPS,
        "expected": float,
        "observed": int,
    },
    "slices": Maybe([{"field": Maybe(str), "value": Maybe(str), **_MEASURED, "weak": bool}]),
    "over_time": Maybe([{"snapshot": str, "part": OneOf(PART_NAMES), **_MEASURED}]),
}
BACKTEST = {
    "unit": _UNIT,
    "people": int,
    "did": int,
    "expected": float,
    "auc": Maybe(float),
    "lift": {share: Maybe(float) for share in _LIFT},
    "deciles": [_DECILE],
    "calibration": {"after": _GROUPS},
    "hold_out": Maybe({"contacted": _COUNTED, "held": _COUNTED, "low": float, "high": float}),
}

_DRIFT = dict.fromkeys(("psi", "unseen", "unseen_before", "missing", "missing_before"), float)


def check_evaluation(data: Any, fields: Collection[str]) -> None:
    """Whether ``data`` is the content of an evaluation.json.

    Args:
        data: from the file.
        fields: names of those of the run.

    Raises:
        MisfitError: it is not; which part is missing or makes no sense.
    """
    check(EVALUATION, data)
    if "test" not in data["parts"]:
        raise MisfitError("parts.test")
    names = [model["name"] for model in data["models"]]
    if len(set(names)) < len(names) or OURS not in names:
        raise MisfitError("models")
    check(float, data["models"][names.index(OURS)]["log_loss"], f"models.{OURS}.log_loss")
    check(Between(1, MOST), data["gains"][-1]["people"], "gains.people")
    for name in ("roc", "precision"):
        _check_curves(data.get(name), name)
    check(Maybe([{"field": Maybe(OneOf(fields))}]), data.get("slices"), "slices")
    for one in data.get("over_time") or ():
        _check_time(one["snapshot"])


def check_drift(data: Any, fields: Collection[str]) -> None:
    """As ``check_evaluation``, for a drift.json."""
    check([{"field": OneOf(fields), **_DRIFT}], data)


def check_backtest(data: Any) -> None:
    """As ``check_evaluation``, for a backtest.json."""
    check(BACKTEST, data)
    if data["auc"] is not None:
        check(Some(_DECILE), data["deciles"], "deciles")
        check(float, data["lift"]["10"], "lift.10")


def _check_curves(curves: Mapping[str, Any] | None, part: str) -> None:
    """One point of each axis for one of the other."""
    if curves is None:  # in runs of before
        return
    if OURS not in curves:
        raise MisfitError(f"{part}.{OURS}")
    for name, curve in curves.items():
        if set(curve) not in _AXES or len(set(map(len, curve.values()))) > 1:
            raise MisfitError(f"{part}.{name}")


def _check_time(text: str) -> None:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise MisfitError("over_time.snapshot") from error
