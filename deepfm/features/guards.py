"""What should make one distrust a result before it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from deepfm.features.feature import Feature
from deepfm.features.strength import feature_strengths
from deepfm.language import Sentence

# The thresholds of DataRobot's target leakage check, on the normalised Gini of one feature.
SUSPECT, LEAK = 0.85, 0.975
# A classifier that tells two like halves apart has an AUC of 0.5; from 0.7 on they differ plainly.
SHIFTED = 0.7
_NAMED = 3
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Leak:
    """A feature that tells the outcome nearly by itself.

    Attributes:
        feature: which.
        gini: its normalised Gini coefficient on the validation part.
    """

    feature: Feature
    gini: float

    @property
    def blocks(self) -> bool:
        """Whether it must be left out, or kept for a reason."""
        return self.gini >= LEAK

    def sentence(self) -> Sentence:
        """What is wrong, and what to do."""
        text = (
            "The feature {name} tells the outcome by itself (Gini {gini:.3f}): it most likely "
            "holds the answer. Leave it out on the page Features, or give a reason to keep it."
            if self.blocks
            else "The feature {name} tells the outcome nearly by itself (Gini {gini:.3f}). Make "
            "sure that it is known before the outcome."
        )
        return Sentence(text, name=self.feature.label, gini=self.gini)


def leaks(strengths: pd.DataFrame, features: Sequence[Feature]) -> list[Leak]:
    """The features of ``feature_strengths`` that are suspect, the strongest first."""
    by_name = {feature.name: feature for feature in features}
    suspect = strengths[strengths["gini"] >= SUSPECT].sort_values("gini", ascending=False)
    return [
        Leak(by_name[str(name)], float(gini))
        for name, gini in zip(suspect["name"], suspect["gini"], strict=True)
    ]


def leak_rule() -> Sentence:
    """The rule by which a feature is said to hold the answer."""
    return Sentence(
        "Each feature is tried alone on the validation part. From a Gini of {suspect} on it is "
        "named, and from {leak} on it stops the run unless you give a reason: what is known before "
        "the outcome rarely tells so much.",
        suspect=SUSPECT,
        leak=LEAK,
    )


@dataclass(frozen=True)
class Shift:
    """How the people of now differ from those of the training part.

    Attributes:
        auc: of a classifier that tells one from the other, on people it has not seen.
        fields: the features that give it away, the strongest first: a sentence each.
    """

    auc: float
    fields: tuple[Sentence, ...]

    def sentence(self) -> Sentence:
        """That they differ, and what it means."""
        return Sentence(
            "The people of now differ from those that the model learns from (a classifier tells "
            "them apart with an AUC of {auc:.2f}): the end of the log may be a promotion, a "
            "holiday or a change in what is recorded. Take the probabilities with care.",
            auc=self.auc,
        )


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


def shift_rule() -> Sentence:
    """The rule by which the present is said to be unlike the past."""
    return Sentence(
        "Boosted trees try to tell the people of now from those of training. Where both are alike "
        "they reach an AUC of 0.5; from {shifted} on they are said to differ.",
        shifted=SHIFTED,
    )


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
