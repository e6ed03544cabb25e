"""The effects that were planted in the demo log are found, and the explanation names them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from deepfm.explanation.contributions import explain
from deepfm.log.demo import CATEGORIES, DEVICES
from deepfm.prospects.scorer import Scorer
from tests.browser.conftest import Walk

pytestmark = pytest.mark.browser

People = pd.DataFrame


@pytest.fixture(scope="module")
def people(walk: Walk) -> People:
    """Everyone of the list with their features."""
    return pd.read_parquet(walk.run.examples, filters=[("part", "==", "now")])


@pytest.fixture(scope="module")
def effects(walk: Walk, people: People) -> pd.DataFrame:
    """What each field adds to each person's logit."""
    scorer = Scorer.open(walk.run.folder)
    split = explain(scorer.model, scorer.fields.encode(people), scorer.typical)
    return pd.DataFrame(split.total, columns=scorer.fields.names, index=people.index)


def _mean(effects: pd.DataFrame, people: People, field: str) -> pd.Series[float]:
    return effects[field].groupby(people[field]).mean()


@pytest.mark.parametrize(
    ("field", "planted"),
    [
        ("favorite:brand", "Nova"),
        ("favorite_part_of_day", "evening"),
        ("favorite:category", "outdoor"),
        ("profile:device", "ios"),
    ],
)
def test_the_planted_value_adds_most(
    effects: pd.DataFrame, people: People, field: str, planted: str
) -> None:
    means = _mean(effects, people, field)
    assert means.idxmax() == planted
    assert means[planted] > 0


def test_the_more_recent_cart_adds_more(effects: pd.DataFrame, people: People) -> None:
    age = pd.cut(people["since:cart"], [0, 1, 3, 7, 28])
    means = effects["since:cart"].groupby(age, observed=True).mean()
    assert means.is_monotonic_decreasing
    assert effects["since:cart"][people["since:cart"].isna()].mean() < 0


def test_whoever_was_here_lately_comes_first(effects: pd.DataFrame, people: People) -> None:
    recent = people["days_since_last"] < 3
    column = effects["days_since_last"]
    assert column[recent].mean() > 0 > column[~recent].mean()


def test_the_pair_that_was_planted_is_the_strongest_of_its_fields(
    walk: Walk, people: People
) -> None:
    """What a category and a device add together beyond what each adds alone, in the whole model.

    Everyone is asked about with every category and device in turn; a table of means without the
    means of its rows and columns is what only the pair can explain. It is far less than what was
    planted: with so few examples, who learns pairs in full learns noise too, and ranks worse.
    """
    scorer = Scorer.open(walk.run.folder)
    means = {}
    for category in CATEGORIES:
        for device in DEVICES:
            changed = people.head(2_000).copy()
            changed["favorite:category"] = changed["last:category"] = category
            changed["profile:device"] = device
            means[category, device] = scorer.model.logit(scorer.fields.encode(changed)).mean()
    table = pd.Series(means).unstack()
    rest = table.sub(table.mean(axis=1), axis=0)
    together = rest.sub(rest.mean(axis=0), axis=1).stack()
    assert together.idxmax() == ("outdoor", "ios")


def test_the_list_names_the_planted_effects(walk: Walk, people: People) -> None:
    """A reason stands far more often with those whom it is true of."""
    table = pd.read_parquet(walk.run.prospects).merge(people, on="user")
    named: Mapping[str, pd.Series[bool]] = {
        field: table[["for_1", "for_2", "for_3"]].eq(field).any(axis=1)
        for field in ("favorite:brand", "favorite_part_of_day", "since:cart")
    }
    true_of = {
        "favorite:brand": table["favorite:brand"] == "Nova",
        "favorite_part_of_day": table["favorite_part_of_day"] == "evening",
        "since:cart": table["since:cart"] < 2,
    }
    for field, people_with in true_of.items():
        rates = named[field].groupby(people_with).mean()
        assert rates[True] > 0.1, field
        assert rates[True] > 3 * rates[False], field
    assert np.isfinite(table["logit"]).all()
