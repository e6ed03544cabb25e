"""Every model of the accuracy comparison behind one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from benchmarks.peers.inputs import Binned, Inputs, Scaled
from benchmarks.recipe import Recipe
from benchmarks.splits import PARTS, Split
from deepfm.fields.fields import FieldSet

Scores = dict[str, NDArray[np.float64]]
Contestant = Callable[[Split, Recipe, int], Scores]

OURS = "deepfm"
# FuxiCTR's and DeepCTR-Torch's, each with numbers in both usual forms; the gate is against the
# best of them.
PEERS = ("fuxictr", "fuxictr_bins", "deepctr_torch", "deepctr_torch_bins")
# The same as without "_bins" where there are no numbers.
BINNED = ("fuxictr_bins", "deepctr_torch_bins")
# The same for every seed.
WITHOUT_CHANCE = ("logistic",)

_SCORED = ("valid", "test")


def fields_of(split: Split, recipe: Recipe) -> FieldSet:
    """Vocabularies and knots of the training part."""
    return FieldSet.fit(
        split.parts["train"],
        split.sparse,
        split.dense,
        min_count=recipe.min_count,
        max_values=10_000_000,
        knots=recipe.knots,
    )


def ours(split: Split, recipe: Recipe, seed: int) -> Scores:
    """Our DeepFM."""
    # Imported here: whoever runs trees only has no need of TensorFlow.
    from deepfm.model.deepfm import build_deepfm
    from deepfm.model.export import to_scoring
    from deepfm.training.fit import fit

    fields = fields_of(split, recipe)
    encoded = {part: fields.encode(split.parts[part]) for part in PARTS}
    settings = recipe.settings(len(encoded["train"]), seed)
    model = build_deepfm(fields.sizes, len(fields.dense), settings.model, seed)
    fit(
        model,
        encoded["train"],
        split.label("train"),
        encoded["valid"],
        split.label("valid"),
        settings,
    )
    scoring = to_scoring(model)
    return {part: expit(scoring.logit(encoded[part])) for part in _SCORED}


def fuxictr(split: Split, recipe: Recipe, seed: int, bins: bool = False) -> Scores:
    """FuxiCTR's DeepFM."""
    from benchmarks.peers.fuxictr_deepfm import fit

    inputs, sizes = _inputs(split, recipe, bins)
    others = [inputs[part] for part in _SCORED]
    return _named(fit(inputs["train"], inputs["valid"], others, sizes, recipe, seed))


def deepctr_torch(split: Split, recipe: Recipe, seed: int, bins: bool = False) -> Scores:
    """DeepCTR-Torch's DeepFM."""
    from benchmarks.peers.deepctr_torch_deepfm import fit

    inputs, sizes = _inputs(split, recipe, bins)
    others = [inputs[part] for part in _SCORED]
    return _named(fit(inputs["train"], inputs["valid"], others, sizes, recipe, seed))


def logistic(split: Split, recipe: Recipe, seed: int) -> Scores:
    """Logistic regression; ``seed`` has no effect."""
    from benchmarks.peers.linear import fit

    inputs, sizes = _inputs(split, recipe)
    others = [inputs[part] for part in _SCORED]
    return _named(fit(inputs["train"], inputs["valid"], others, sizes))


def lightgbm(split: Split, recipe: Recipe, seed: int) -> Scores:
    """LightGBM."""
    from benchmarks.peers import trees

    return _trees(trees.fit_lightgbm, split, recipe, seed)


def hist_gradient_boosting(split: Split, recipe: Recipe, seed: int) -> Scores:
    """scikit-learn's HistGradientBoosting."""
    from benchmarks.peers import trees

    return _trees(trees.fit_hist, split, recipe, seed)


CONTESTANTS: Mapping[str, Contestant] = {
    OURS: ours,
    "fuxictr": fuxictr,
    "fuxictr_bins": partial(fuxictr, bins=True),
    "deepctr_torch": deepctr_torch,
    "deepctr_torch_bins": partial(deepctr_torch, bins=True),
    "logistic": logistic,
    "lightgbm": lightgbm,
    "hist_gradient_boosting": hist_gradient_boosting,
}


def _inputs(
    split: Split, recipe: Recipe, bins: bool = False
) -> tuple[dict[str, Inputs], tuple[int, ...]]:
    fields = fields_of(split, recipe)
    encoder = Binned(fields) if bins else Scaled(fields, split.parts["train"])
    inputs = {part: encoder.inputs(split.parts[part], split.label(part)) for part in PARTS}
    return inputs, encoder.sizes


def _trees(fit: Callable[..., Any], split: Split, recipe: Recipe, seed: int) -> Scores:
    from benchmarks.peers.trees import columns

    fields = fields_of(split, recipe)
    x = {part: columns(fields, split.parts[part]) for part in PARTS}
    label, valid_label = split.label("train"), split.label("valid")
    scores = fit(x["train"], label, x["valid"], valid_label, len(fields.sparse), seed)
    return {part: scores(x[part]) for part in _SCORED}


def _named(scores: list[NDArray[np.float64]]) -> Scores:
    return dict(zip(_SCORED, scores, strict=True))
