"""What the model learned of the values of an id: its vectors, drawn and compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from deepfm.errors import InputError
from deepfm.fields.fields import FieldSet
from deepfm.model.scoring import Floats, ScoringModel

_FIRST_VALUE = 2
_MOST_VALUES = 500
_LEAST_VALUES = 3


def mapped_fields(fields: FieldSet) -> list[str]:
    """The id fields with enough values for a map."""
    return [field.name for field in fields.sparse if len(field.values) >= _LEAST_VALUES]


def value_map(fields: FieldSet, model: ScoringModel, name: str) -> pd.DataFrame:
    """The vectors of a field's values in the plane that keeps most of their spread (PCA).

    Args:
        fields: of the model.
        model: the weights.
        name: of an id field with three values or more.

    Returns:
        value, x, y, weight (first-order, of the logit); the 500 most frequent values at most.

    Raises:
        InputError: the field has too few values.
    """
    values, vectors, weight = _vectors(fields, model, name)
    if len(values) < _LEAST_VALUES:
        raise InputError(
            "{name} has {n} values, too few for a map. Choose another field.",
            name=name,
            n=len(values),
        )
    places = PCA(2).fit_transform(vectors)
    return pd.DataFrame({"value": values, "x": places[:, 0], "y": places[:, 1], "weight": weight})


def neighbours(
    fields: FieldSet, model: ScoringModel, name: str, value: str, count: int = 8
) -> pd.DataFrame:
    """The values whose vectors point where that of ``value`` does, the nearest first.

    Args:
        fields, model, name: as in ``value_map``.
        value: one of the field's values.
        count: how many.

    Returns:
        value, likeness (cosine, -1 to 1), weight (first-order, of the logit).
    """
    values, vectors, weight = _vectors(fields, model, name)
    length = np.maximum(np.linalg.norm(vectors, axis=1), np.finfo(float).tiny)
    own = values.index(value)
    likeness = vectors @ vectors[own] / length / length[own]
    table = pd.DataFrame({"value": values, "likeness": likeness, "weight": weight}).drop(own)
    return table.nlargest(count, "likeness").reset_index(drop=True)


def _vectors(fields: FieldSet, model: ScoringModel, name: str) -> tuple[list[str], Floats, Floats]:
    """The values of a field, their vectors ``[v, k]`` and first-order weights ``[v]``."""
    place = fields.names.index(name)
    values = list(fields.sparse[place].values[:_MOST_VALUES])
    first = int(model.offsets[place]) + _FIRST_VALUE
    rows = model.table[first : first + len(values)]
    return values, rows[:, : model.dim], model.fusion[0] * rows[:, model.dim]
