"""Where the model is weaker than on the whole: values of a field, new users, snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deepfm.evaluation.metrics import Labels, auc
from deepfm.language import Sentence
from deepfm.model.scoring import Floats

# With fewer of one kind an AUC is known to no better than 0.1.
LEAST_OF_A_KIND = 30
MOST_VALUES = 12
# Of a hundred slices that are as good as the rest, less than one lies so far below by chance.
_WEAK_ERRORS = 3.0
_ERRORS_OF_95_PERCENT = 1.96


def auc_error(area: float, positives: int, negatives: int) -> float:
    """Standard error of an AUC (Hanley and McNeil 1982, Radiology 143, formula 1).

    Args:
        area: the AUC.
        positives, negatives: how many of each kind it was measured on, 1 or more.
    """
    twice_positive, twice_negative = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (
        area * (1 - area)
        + (positives - 1) * (twice_positive - area**2)
        + (negatives - 1) * (twice_negative - area**2)
    ) / (positives * negatives)
    return float(np.sqrt(max(variance, 0.0)))


def slices(frame: pd.DataFrame, fields: Sequence[str], score: Floats) -> list[dict[str, Any]]:
    """The AUC on parts of the test part: the clearly weak ones first, then by AUC from the lowest.

    The parts are the most frequent values of each id field, and the users with and without a
    training example. Parts with fewer than 30 of either kind are left out.

    Args:
        frame: the example frame.
        fields: its id columns.
        score: of each row ``[n]``.

    Returns:
        For each: ``field`` (None for the users), ``value`` (None where it is missing; ``"new"`` or
        ``"known"`` for the users), ``examples``, ``positives``, ``auc``, ``low`` and ``high`` (95 %
        interval), and ``weak``: whether it is clearly below the AUC of the whole part.
    """
    here = (frame["part"] == "test").to_numpy()
    test, scores = frame[here], score[here]
    label = test["label"].to_numpy(np.int64)
    whole = auc(label, scores)
    known = test["user"].isin(frame.loc[frame["part"] == "train", "user"]).to_numpy()
    parts: list[tuple[str | None, str | None, NDArray[np.bool_]]] = [
        (None, "new", ~known),
        (None, "known", known),
        *((field, *one) for field in fields for one in _values(test[field])),
    ]
    found = []
    for field, value, inside in parts:
        one = _measured(label[inside], scores[inside])
        if one is not None and one["examples"] < len(label):
            found.append({"field": field, "value": value, **one, "weak": _is_weak(one, whole)})
    return sorted(found, key=lambda one: (not one["weak"], float(one["auc"])))


def over_time(frame: pd.DataFrame, score: Floats) -> list[dict[str, Any]]:
    """The AUC at each snapshot, the earliest first; for a question of rows, in each week.

    Args:
        frame: the example frame.
        score: of each row ``[n]``.

    Returns:
        For each with 30 or more of either kind: ``snapshot`` (ISO 8601), ``part``, and the rest as
        for ``slices``. The model has seen those of part ``train``.
    """
    times = frame["snapshot"]
    if "line" in frame.columns:
        times = times.dt.to_period("W").dt.start_time
    found = []
    for part, rows in frame.groupby("part").indices.items():
        if part == "now":
            continue
        label = frame["label"].to_numpy()[rows].astype(np.int64)
        here = times.iloc[rows].reset_index(drop=True)
        for time in here.drop_duplicates():
            inside = (here == time).to_numpy()
            one = _measured(label[inside], score[rows][inside])
            if one is not None:
                found.append({"snapshot": time.isoformat(), "part": part, **one})
    return sorted(found, key=lambda one: (one["snapshot"], one["part"]))


def _values(column: pd.Series[Any]) -> Iterator[tuple[str | None, NDArray[np.bool_]]]:
    """The most frequent values, a missing one among them, and where they are."""
    codes, values = pd.factorize(column.astype("string"), use_na_sentinel=False)
    for code in np.argsort(-np.bincount(codes), kind="stable")[:MOST_VALUES]:
        value = values[code]
        yield (None if pd.isna(value) else str(value)), codes == code


def _measured(label: Labels, score: Floats) -> dict[str, Any] | None:
    """The AUC with its interval; None where there are too few of a kind."""
    positives = int(label.sum())
    negatives = len(label) - positives
    if min(positives, negatives) < LEAST_OF_A_KIND:
        return None
    area = auc(label, score)
    error = auc_error(area, positives, negatives)
    return {
        "examples": len(label),
        "positives": positives,
        "auc": area,
        "low": max(0.0, area - _ERRORS_OF_95_PERCENT * error),
        "high": min(1.0, area + _ERRORS_OF_95_PERCENT * error),
    }


def weakness_rule() -> Sentence:
    """The rule by which a group of people is named as weaker."""
    return Sentence(
        "A group is named when its AUC is below that of the whole by more than {errors:.1f} "
        "standard errors. Groups in which fewer than {least} did it, or did not, are left out.",
        errors=_WEAK_ERRORS,
        least=LEAST_OF_A_KIND,
    )


def _is_weak(one: Mapping[str, Any], whole: float) -> bool:
    area, positives = one["auc"], one["positives"]
    error = auc_error(area, positives, one["examples"] - positives)
    return bool(area + _WEAK_ERRORS * error < whole)
