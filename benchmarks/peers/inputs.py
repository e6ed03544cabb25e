"""Examples as the peers read them: ids, and numbers on one scale or as ids too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from deepfm.evaluation.baselines import signed_log
from deepfm.fields.fields import FieldSet

_HEAVY_TAIL = 2.0


@dataclass(frozen=True)
class Inputs:
    """One part.

    Attributes:
        ids: int64 ``[n, S]``, from 0 in each field.
        numbers: float32 ``[n, D]``, mean 0 and deviation 1 in the training part.
        label: float32 ``[n]``, 0 or 1.
    """

    ids: NDArray[np.int64]
    numbers: NDArray[np.float32]
    label: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.label)

    def take(self, index: NDArray[Any] | slice) -> Inputs:
        """The examples at ``index``."""
        return Inputs(self.ids[index], self.numbers[index], self.label[index])


class Scaled:
    """Ids by our vocabularies; numbers standardised, as the peers' manuals ask for.

    Numbers with a heavy tail are taken as ``sign(x) log(1 + |x|)`` first. A missing number is the
    mean, and a number of its own says so: the peers know no missing values.
    """

    def __init__(self, fields: FieldSet, train: pd.DataFrame) -> None:
        self._fields = FieldSet(fields.sparse, ())
        self._dense = [field.name for field in fields.dense]
        raw = _numbers(train, self._dense)
        self._heavy = (pd.DataFrame(raw).skew().abs() > _HEAVY_TAIL).to_numpy()
        self._scale: Pipeline | None = None
        if self._dense:
            fill = SimpleImputer(add_indicator=True, keep_empty_features=True)
            self._scale = make_pipeline(fill, StandardScaler()).fit(self._tamed(raw))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Values of each id."""
        return self._fields.sizes

    def inputs(self, frame: pd.DataFrame, label: NDArray[Any]) -> Inputs:
        """Encode a part."""
        numbers = np.zeros((len(frame), 0))
        if self._scale is not None:
            numbers = self._scale.transform(self._tamed(_numbers(frame, self._dense)))
        return Inputs(
            self._fields.encode(frame).ids.astype(np.int64),
            numbers.astype(np.float32),
            np.asarray(label, np.float32),
        )

    def _tamed(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(self._heavy, signed_log(numbers), numbers)


class Binned:
    """Ids by our vocabularies, and of each number the nearest of our knots as an id.

    The usual way to give a factorization machine numbers whose effect is no straight line.
    """

    def __init__(self, fields: FieldSet) -> None:
        self._fields = fields

    @property
    def sizes(self) -> tuple[int, ...]:
        """Values of each id."""
        return self._fields.sizes

    def inputs(self, frame: pd.DataFrame, label: NDArray[Any]) -> Inputs:
        """Encode a part."""
        encoded = self._fields.encode(frame)
        ids = encoded.ids.astype(np.int64)
        ids[:, len(self._fields.sparse) :] += encoded.fraction > 0.5
        numbers = np.zeros((len(frame), 0), np.float32)
        return Inputs(ids, numbers, np.asarray(label, np.float32))


def _numbers(frame: pd.DataFrame, names: list[str]) -> NDArray[np.float64]:
    numbers = frame[names].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)
