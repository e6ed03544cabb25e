"""Drift against the formula, and in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from deepfm.evaluation.drift import drift, drift_sentences, spread, stability_index
from deepfm.fields.fields import FieldSet
from deepfm.language import Sentence


def test_the_index_is_that_of_the_formula() -> None:
    before, after = np.array([0.5, 0.3, 0.2]), np.array([0.25, 0.25, 0.5])
    expected = sum((b - a) * np.log(b / a) for a, b in zip(before, after, strict=True))
    assert stability_index(before, after) == pytest.approx(expected, rel=1e-12)
    assert stability_index(before, before) == 0.0
    assert np.isfinite(stability_index(np.array([1.0, 0.0]), np.array([0.0, 1.0])))


def test_chance_alone_moves_nothing_even_with_a_thousand_values() -> None:
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(1000, 0.3))
    draws = [rng.multinomial(2_000, shares) / 2_000 for _ in range(2)]
    assert stability_index(*draws) < 0.1


def test_unseen_and_missing_values_are_counted_and_told() -> None:
    rng = np.random.default_rng(1)
    train = pd.DataFrame({"brand": rng.choice(["a", "b"], 4000), "age": rng.normal(0, 1, 4000)})
    fields = FieldSet.fit(train, ["brand"], ["age"], min_count=5, knots=8)
    before = spread(fields, [fields.encode(train.head(1500)), fields.encode(train.tail(2500))])
    assert all(sum(counts) == 4000 for counts in before.values())
    labels = {"brand": Sentence("Brand"), "age": Sentence("Age")}

    same = train.sample(2000, random_state=0)
    calm = drift(before, spread(fields, [fields.encode(same)]), ["brand"])
    assert max(field.psi for field in calm) < 0.05
    assert [s.template for s in drift_sentences(calm, labels)] == [
        "The people are like those of the training: no PSI is above 0.1."
    ]

    moved = same.assign(age=same["age"] + 2)
    moved["brand"] = np.where(np.arange(2000) < 600, "new", moved["brand"])
    moved.loc[moved.index[:200], "age"] = np.nan
    after = spread(fields, [fields.encode(moved)])
    found = {f.field: f for f in drift(before, after, ["brand"])}
    assert (found["brand"].unseen, found["brand"].unseen_before) == (pytest.approx(0.3), 0.0)
    assert found["age"].missing == pytest.approx(0.1)
    assert (found["age"].missing_before, found["age"].unseen) == (0.0, 0.0)
    assert found["age"].psi > 0.25
    texts = [s.text() for s in drift_sentences(list(found.values()), labels)]
    assert any("Much changed since the training (PSI above 0.25), 2 of 2" in text for text in texts)
    assert any("30% of the people have a value of Brand" in text for text in texts)
    # Where the training had as many rare values, that is nothing new.
    rare = replace(found["brand"], unseen_before=0.25)
    texts = [s.text() for s in drift_sentences([rare], labels)]
    assert not any("did not know" in text for text in texts)
