"""An example frame whose true probabilities are known."""

import numpy as np
import pandas as pd
import pytest

SPARSE, DENSE = ("city", "last:item"), ("days_since_last", "count", "never")


@pytest.fixture(scope="session")
def frame():
    """6,000 examples of 3,000 users: four parts, gaps in the columns, values unseen in training.

    The column ``truth`` is the logit that the labels were drawn from; it is no feature.
    """
    rng = np.random.default_rng(5)
    n = 6_000
    part = np.repeat(["train", "valid", "test", "now"], [3_000, 1_200, 1_200, 600])
    days = rng.exponential(6.0, n)
    count = np.floor(rng.lognormal(1.0, 1.2, n))
    city = rng.choice(["north", "south", "west"], n)
    truth = 1.0 - 0.3 * days + 0.5 * np.log1p(count) + np.where(city == "south", 1.0, -0.8)
    label = (rng.random(n) < 1 / (1 + np.exp(-truth))).astype(float)
    label[part == "now"] = np.nan
    return pd.DataFrame(
        {
            "user": [f"u{i % 3_000}" for i in range(n)],
            "part": part,
            "label": label,
            "city": np.where(rng.random(n) < 0.05, None, city),
            "last:item": np.where(part == "train", "a", rng.choice(["a", "new"], n)),
            "days_since_last": np.where(rng.random(n) < 0.05, np.nan, days),
            "count": count,
            "never": np.nan,
            "truth": truth,
        }
    )
