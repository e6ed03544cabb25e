"""One feature by itself, against figures that can be worked out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from deepfm.features.feature import Feature
from deepfm.features.strength import feature_strengths
from deepfm.language import Sentence


def feature(name: str, kind: str) -> Feature:
    return Feature(name, Sentence(name), "taste", kind, "", "last", lambda t: t[name])


FEATURES = [
    feature("rising", "dense"),
    feature("bent", "dense"),
    feature("noise", "dense"),
    feature("given", "dense"),
    feature("copy", "sparse"),
    feature("unique", "sparse"),
    feature("empty", "dense"),
]


def table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    label = (rng.random(rows) < 1 / (1 + np.exp(-2 * x))).astype(int)
    return pd.DataFrame(
        {
            "label": label,
            "rising": x,
            "bent": np.where(label == 1, np.sign(rng.normal(size=rows)), 0.1) * (1 + abs(x)),
            "noise": rng.normal(size=rows),
            "given": np.where(label == 1, 1.0, np.nan),
            "copy": pd.Series(label).map({1: "yes", 0: None}),
            "unique": [f"{seed}-{n}" for n in range(rows)],
            "empty": np.nan,
        }
    )


@pytest.fixture(scope="module")
def strengths() -> pd.DataFrame:
    return feature_strengths(table(4000, 0), table(4000, 1), FEATURES).set_index("name")


def test_a_rising_number_is_as_strong_as_its_own_auc(strengths: pd.DataFrame) -> None:
    measured = table(4000, 1)
    expected = roc_auc_score(measured["label"], measured["rising"])
    assert strengths.loc["rising", "auc"] == pytest.approx(expected, abs=0.005)
    assert strengths["gini"].tolist() == pytest.approx((2 * strengths["auc"] - 1).tolist())


def test_a_curve_a_gap_and_a_value_tell_as_well_as_a_slope(strengths: pd.DataFrame) -> None:
    measured = table(4000, 1)
    # Straight through, the bent feature would say nothing.
    assert abs(roc_auc_score(measured["label"], measured["bent"]) - 0.5) < 0.05
    assert strengths.loc["bent", "auc"] > 0.95
    assert strengths.loc["given", "auc"] == 1.0
    assert strengths.loc["copy", "auc"] == 1.0
    assert strengths.loc["given", "missing"] == pytest.approx(1 - measured["label"].mean())


def test_noise_ids_that_never_come_again_and_nothing_tell_nothing(strengths: pd.DataFrame) -> None:
    assert abs(strengths.loc["noise", "auc"] - 0.5) < 0.03
    assert strengths.loc["unique", "auc"] == 0.5
    assert strengths.loc["empty", "auc"] == 0.5


def test_one_outcome_alone_tells_nothing() -> None:
    rows = table(50, 2).assign(label=0)
    assert set(feature_strengths(rows, rows, FEATURES)["auc"]) == {0.5}
