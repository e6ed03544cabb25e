"""All that turns examples into scores and reasons, as plain files; no Keras is needed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepfm.arrays import UNREADABLE
from deepfm.errors import InputError
from deepfm.evaluation.calibration import Calibration
from deepfm.fields.fields import FieldSet
from deepfm.model.scoring import Floats, ScoringModel
from deepfm.prospects.names import EVALUATION, FIELDS, TYPICAL, WEIGHTS
from deepfm.whole import whole


@dataclass(frozen=True)
class Scorer:
    """A trained model with its surroundings.

    Attributes:
        fields: vocabularies and knots, F fields.
        model: the weights.
        typical: the typical person's rows ``[F, k + 1]``, which reasons are relative to.
        calibration: from logits to probabilities.
    """

    fields: FieldSet
    model: ScoringModel
    typical: Floats
    calibration: Calibration

    @classmethod
    def open(cls, folder: Path) -> Scorer:
        """The scorer of a run's folder.

        Raises:
            InputError: the run has no complete model.
        """
        try:
            fields = FieldSet.from_json(json.loads((folder / FIELDS).read_text(encoding="utf-8")))
            evaluation = json.loads((folder / EVALUATION).read_text(encoding="utf-8"))
            calibration = Calibration.from_json(evaluation["calibration"])
            with np.load(folder / TYPICAL, allow_pickle=False) as arrays:
                typical = arrays["rows"]
        except InputError:
            raise
        except UNREADABLE as error:
            raise InputError(
                "The folder {folder} holds no complete model. Choose a run that is done.",
                folder=folder.name,
            ) from error
        return cls(fields, ScoringModel.load(folder / WEIGHTS), typical, calibration)


def save_typical(rows: Floats, folder: Path) -> None:
    """Write the typical rows beside the model."""
    with whole(folder / TYPICAL) as draft:
        np.savez(draft, rows=rows)
