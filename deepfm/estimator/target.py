"""Two classes of any labels as 0 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from deepfm.errors import InputError

Labels = NDArray[np.int64]


def find_classes(y: ArrayLike) -> tuple[NDArray[Any], Labels]:
    """The two labels ``[2]``, sorted, and 0 or 1 for each row ``[n]``.

    Raises:
        InputError: there are not two classes, or values are missing.
        ValueError: the target is continuous or has more than one column.
    """
    labels = _one_column(y)
    check_classification_targets(labels)
    kind = type_of_target(labels, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise InputError(
            "Only binary classification is supported. The type of the target is {kind}.", kind=kind
        )
    classes, label = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise InputError(
            "The target holds one class only: {value}. Learning needs rows of both classes.",
            value=str(classes[0]),
        )
    return classes, label


def read_labels(y: ArrayLike, classes: NDArray[Any]) -> Labels:
    """0 or 1 for each row ``[n]``.

    Raises:
        InputError: a label is none of the two, or missing.
    """
    labels = _one_column(y)
    unknown = ~np.isin(labels, classes)
    if unknown.any():
        raise InputError(
            "The labels of eval_set hold {value}, those of the training {first} and {second}.",
            value=str(labels[unknown][0]),
            first=str(classes[0]),
            second=str(classes[1]),
        )
    return np.asarray(labels == classes[1], dtype=np.int64)


def _one_column(y: ArrayLike) -> NDArray[Any]:
    labels: NDArray[Any] = column_or_1d(y, warn=True)
    if labels.dtype == object:
        labels = np.asarray(pd.Series(labels).infer_objects())
    missing = int(pd.isna(labels).sum())
    if missing:
        raise InputError(
            "The target has no value in {count} rows. Leave these rows out.", count=missing
        )
    return labels
