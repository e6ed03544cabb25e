"""A small mixed table and a classifier trained on it."""

import numpy as np
import pandas as pd
import pytest

from deepfm.estimator import DeepFMClassifier


@pytest.fixture(scope="session")
def table():
    """600 rows of text, category, boolean, integer and number; y is "yes" where a and b agree."""
    rng = np.random.default_rng(4)
    n = 600
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "a": rng.choice(["p", "q"], n),
            "b": pd.Categorical(rng.choice(["p", "q"], n)),
            "flag": rng.random(n) < 0.5,
            "visits": rng.integers(0, 40, n),
        },
        index=np.arange(n) + 1000,
    )
    frame.loc[frame.index[::7], "x"] = np.nan
    # One label in ten is wrong, so that there is something to be unsure of.
    agree = (frame["a"] == frame["b"]) ^ (rng.random(n) < 0.1)
    return frame, np.where(agree, "yes", "no")


@pytest.fixture
def small():
    """Few units at a high rate: a second of training."""
    return DeepFMClassifier(
        dim=4, units=(8,), epochs=15, learning_rate=0.02, min_count=2, random_state=0
    )


@pytest.fixture(scope="session")
def fitted(table):
    return DeepFMClassifier(
        dim=4, units=(8,), epochs=15, learning_rate=0.02, min_count=2, random_state=0
    ).fit(*table)
