"""How the people of now differ from those that a model learns from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from deepfm.features.feature import Feature
from deepfm.features.guards import SHIFTED, Shift
from deepfm.features.strength import feature_strengths
from deepfm.language import Sentence

MOST_ROWS = 20_000
_NAMED = 3


def find_shift(frame: pd.DataFrame, features: Sequence[Feature], seed: int = 0) -> Shift | None:
    """Compare part ``now`` with part ``train``.

    Left out are features of the calendar, as that time has passed is no news, with the favorite
    weekday, as the days before a Monday hold other weekdays than those before a Friday, and what
    everybody does with a value, which is one number a snapshot.

    Args:
        frame: the example frame, or a sample of it with rows of both parts.
        features: those in it.
        seed: of the sample and the folds.

    Returns:
        None where they cannot be told apart, or there are too few to say.
    """
    told = [f for f in features if not _tells_time(f)]
    rows = pd.concat(
        [_sample(frame[frame["part"] == part], seed) for part in ("train", "now")],
        ignore_index=True,
    )
    rows = rows.assign(label=(rows["part"] == "now").astype(np.int64))
    if not told or rows["label"].value_counts().reindex([0, 1], fill_value=0).min() < 100:
        return None
    # A user is in both parts, so the folds go by users: else a user's city would tell.
    folds = StratifiedGroupKFold(2, shuffle=True, random_state=seed)
    splits = list(folds.split(rows, rows["label"], rows["user"]))
    trees = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, random_state=seed)
    inputs = _numbers(rows, told)
    guess = cross_val_predict(trees, inputs, rows["label"], cv=splits, method="decision_function")
    area = float(roc_auc_score(rows["label"], guess))
    if area < SHIFTED:
        return None
    one, other = (rows.iloc[places] for places in splits[0])
    strengths = feature_strengths(one, other, told).sort_values("auc", ascending=False)
    by_name = {feature.name: feature for feature in told}
    strongest = [by_name[name] for name in strengths["name"].head(_NAMED)]
    return Shift(area, tuple(_difference(rows, feature) for feature in strongest))


def _tells_time(feature: Feature) -> bool:
    of_calendar = feature.family == "calendar" or feature.name == "favorite_weekday"
    return of_calendar or feature.source == "value"


def _sample(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    return rows if len(rows) <= MOST_ROWS else rows.sample(MOST_ROWS, random_state=seed)


def _numbers(rows: pd.DataFrame, features: Sequence[Feature]) -> pd.DataFrame:
    """Numbers as they are; of an id how frequent its value is, for the trees."""
    columns: dict[str, Any] = {}
    for feature in features:
        column = rows[feature.name]
        if feature.kind == "sparse":
            codes = pd.Series(pd.factorize(column, use_na_sentinel=False)[0])
            columns[feature.name] = codes.map(codes.value_counts(normalize=True))
        else:
            columns[feature.name] = column.to_numpy(np.float64, na_value=np.nan)
    return pd.DataFrame(columns)


def _difference(rows: pd.DataFrame, feature: Feature) -> Sentence:
    """A feature then and now, in words."""
    now = rows["label"] == 1
    column = rows[feature.name]
    if feature.kind == "dense":
        before, after = (pd.to_numeric(column[side]).mean() for side in (~now, now))
        text = "{name}: {after:.3g} on average now, {before:.3g} then"
        return Sentence(text, name=feature.label, after=float(after), before=float(before))
    values = column.astype("string").fillna("")
    shares = [values[side].value_counts(normalize=True) for side in (~now, now)]
    change = shares[1].sub(shares[0], fill_value=0)
    value = str(change.abs().idxmax())
    return Sentence(
        "{name}: “{value}” for {after:.0%} now, {before:.0%} then",
        name=feature.label,
        value=value,
        after=float(shares[1].get(value, 0.0)),
        before=float(shares[0].get(value, 0.0)),
    )
