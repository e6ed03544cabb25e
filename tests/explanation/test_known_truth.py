"""Models and data whose true contributions are known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from deepfm.explanation.contributions import explain, typical_rows
from deepfm.fields.encoded import Encoded
from deepfm.fields.fields import FieldSet
from deepfm.model.deepfm import build_deepfm
from deepfm.model.export import to_scoring
from deepfm.model.scoring import ScoringModel
from deepfm.model.settings import ModelSettings
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings

METHODS = ["shapley", "path"]
SIGNS = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
# Effects of the categories of each field, and of a number.
EFFECTS = {"a": [1.2, 0.4, -0.4, -1.2], "b": [0.9, 0.0, -0.9], "c": [-0.5, 0.5], "noise": [0.0] * 6}
PAIR = 0.8


def of_signs(kernels=(), biases=(), fusion=(0.0, 0.0, 1.0)):
    """A model of two signs x and y and an idle third field, with vectors ``[x]``, ``[y]``, [0]."""
    return ScoringModel(
        sizes=(2, 2, 2),
        dense_fields=0,
        table=np.array([[-1, 0], [1, 0], [-1, 0], [1, 0], [0, 0], [0, 0]], dtype=float),
        kernels=tuple(np.array(kernel, dtype=float) for kernel in kernels),
        biases=tuple(np.array(bias, dtype=float) for bias in biases),
        fusion=np.array(fusion),
        bias=0.0,
    )


def people_of_signs():
    ids = np.column_stack([(SIGNS + 1) // 2, [0, 1, 0, 1]]).astype(np.int32)
    return Encoded(ids, np.zeros((4, 0), np.float32))


@pytest.mark.parametrize("method", METHODS)
def test_the_product_of_two_signs_is_shared_in_halves_by_a_network(method):
    """xy = relu(x + y) + relu(-x - y) - 1, against a person of x = y = 0, of whom it says -1."""
    model = of_signs([[[1, -1], [1, -1], [5, 5]], [[1], [1]]], [[0, 0], [-1]])
    people = people_of_signs()
    found = explain(model, people, typical_rows(model, people), method)
    product = SIGNS.prod(axis=1)
    assert found.base == -1
    assert np.allclose(found.logit, product)
    half = (product + 1) / 2
    assert np.allclose(found.total, np.column_stack([half, half, 0 * half]), atol=1e-15)


@pytest.mark.parametrize("method", METHODS)
def test_the_product_of_two_signs_is_shared_in_halves_by_the_fm(method):
    model = of_signs([[[0], [0], [0]]], [[0]], fusion=(0.0, 1.0, 1.0))
    people = people_of_signs()
    found = explain(model, people, typical_rows(model, people), method)
    half = SIGNS.prod(axis=1) / 2
    assert np.allclose(found.total, np.column_stack([half, half, 0 * half]), atol=1e-15)


def test_only_shapley_values_see_what_the_straight_line_does_not_cross():
    """relu(x + y) of x = 1, y = -1: x lifts it and y takes that back, but the line stays at 0."""
    model = of_signs([[[1], [1], [0]], [[1]]], [[0], [0]])
    people = people_of_signs()
    base = typical_rows(model, people)
    assert np.allclose(explain(model, people, base, "shapley").total[2], [0.5, -0.5, 0])
    assert np.allclose(explain(model, people, base, "path").total[2], 0)


@pytest.fixture(scope="module")
def learned():
    """A DeepFM trained on labels drawn from a logit that is known term by term."""
    rng = np.random.default_rng(0)
    n = 24_000
    codes = {name: rng.integers(0, len(effects), n) for name, effects in EFFECTS.items()}
    number = rng.uniform(-1, 1, n)
    terms = {name: np.array(EFFECTS[name])[code] for name, code in codes.items()}
    terms["number"] = 1.5 * np.abs(number) - 0.75
    pair = PAIR * np.where(codes["c"] == 1, 1, -1) * np.array([1, 0, -1])[codes["b"]]
    label = rng.random(n) < 1 / (1 + np.exp(1 - sum(terms.values()) - pair))
    # The product of two fields with mean 0 is shared in halves.
    terms["b"], terms["c"] = terms["b"] + pair / 2, terms["c"] + pair / 2
    frame = pd.DataFrame({name: code.astype(str) for name, code in codes.items()})
    fields = FieldSet.fit(frame.assign(number=number), list(codes), ["number"])
    encoded = fields.encode(frame.assign(number=number))
    settings = TrainingSettings(
        model=ModelSettings(dim=8, units=(32, 16)), batch_size=256, epochs=6, learning_rate=3e-3
    )
    model = build_deepfm(fields.sizes, 1, settings.model, settings.seed)
    train, valid = slice(0, 20_000), slice(20_000, n)
    label = label.astype(np.int8)
    fit(model, encoded.take(train), label[train], encoded.take(valid), label[valid], settings)
    truth = np.column_stack([terms[name] for name in fields.names])[valid]
    model = to_scoring(model)
    typical = typical_rows(model, encoded.take(train))
    return SimpleNamespace(
        names=list(fields.names),
        truth=truth,
        model=model,
        typical=typical,
        people=encoded.take(valid),
    )


def error(found, truth):
    """Root of the mean square, on the logit."""
    return np.sqrt(((found - truth) ** 2).mean())


@pytest.mark.parametrize(
    ("method", "least_correlation", "most_error"), [("shapley", 0.975, 0.12), ("path", 0.95, 0.17)]
)
def test_contributions_are_those_that_the_labels_were_drawn_from(
    learned, method, least_correlation, most_error
):
    """The true terms have a root mean square of 0.9, 0.8, 0.6 and 0.4, of the noise 0."""
    found = explain(learned.model, learned.people, learned.typical, method)
    assert error(found.total, learned.truth) < most_error
    for place, name in enumerate(learned.names):
        mine, true = found.total[:, place], learned.truth[:, place]
        if name == "noise":
            assert error(mine, true) < 0.1
        else:
            assert np.corrcoef(mine, true)[0, 1] > least_correlation
            assert 0.75 < np.polyfit(true, mine, 1)[0] < 1.1
    # The tolerance is not so wide that a part of the explanation could be missing.
    for part in (found.deep, found.first + found.interaction):
        assert error(found.total - part, learned.truth) > 1.5 * most_error


def test_shapley_values_are_nearer_to_the_truth_than_integrated_gradients(learned):
    """Why they are the default wherever they can be had."""
    shapley, path = (
        error(explain(learned.model, learned.people, learned.typical, method).total, learned.truth)
        for method in METHODS
    )
    assert shapley < 0.85 * path
