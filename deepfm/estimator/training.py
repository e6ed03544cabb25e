"""Hold rows out, train, and keep what predicting needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as attributes
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from deepfm.errors import InputError
from deepfm.evaluation.calibration import Calibration
from deepfm.explanation.contributions import typical_rows
from deepfm.fields.encoded import Encoded
from deepfm.fields.fields import MISSING, OUT_OF_VOCABULARY, FieldSet
from deepfm.model.scoring import Floats, ScoringModel
from deepfm.model.settings import ModelSettings, check_range
from deepfm.training.progress import Evaluation
from deepfm.training.settings import TrainingSettings

Split = Literal["random", "last"]

LEAST_OF_A_CLASS = 10
_STEPS_AN_EPOCH = 50
_LEAST_BATCH, _MOST_BATCH = 16, 1024

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Trained:
    """A trained model.

    Attributes:
        model: its weights.
        typical: mean row of each field over the training rows ``[F, k + 1]``.
        evaluations: the looks at the held-out rows, or at the training rows where there are none.
    """

    model: ScoringModel
    typical: Floats
    evaluations: tuple[Evaluation, ...]


def automatic_batch_size(rows: int) -> int:
    """The largest power of two, from 16 to 1024, with which an epoch has 50 steps, if one has."""
    size = _MOST_BATCH
    while size > _LEAST_BATCH and rows < size * _STEPS_AN_EPOCH:
        size //= 2
    return size


def training_settings(parameters: Mapping[str, Any], rows: int, seed: int) -> TrainingSettings:
    """The settings among the classifier's parameters.

    Args:
        parameters: by name; NumPy's numbers, as a search over parameters draws them, are fine.
        rows: of the training.
        seed: of the training.

    Raises:
        InputError: one of them is out of range.
    """
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in parameters.items()}
    plain["units"] = tuple(np.asarray(plain["units"]).tolist())
    if plain["batch_size"] == "auto":
        plain["batch_size"] = automatic_batch_size(rows)
    model = ModelSettings(**{f.name: plain[f.name] for f in attributes(ModelSettings)})
    own = {f.name: plain[f.name] for f in attributes(TrainingSettings) if f.name in plain}
    return TrainingSettings(**own, model=model, seed=seed)


def hold_out(
    label: Labels, fraction: float, split: Split, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the rows to train on and of those to hold out, each in the order of the table.

    Nothing is held out where one of the two parts would have fewer than 10 rows of a class: the
    AUC of so few would stop the training at random.

    Args:
        label: 0 or 1 ``[n]``.
        fraction: share of the rows to hold out.
        split: ``"random"`` with the same share of each class, or ``"last"`` for the last rows.
        seed: of the random split.

    Raises:
        InputError: the fraction is out of range, or the split unknown.
    """
    check_range("validation fraction", fraction, 0.0, 0.9)
    if split not in ("random", "last"):
        raise InputError(
            "The validation split {split} is unknown. Use random or last.", split=split
        )
    rows = np.arange(len(label))
    held = round(fraction * len(label))
    nothing = rows, rows[:0]
    if min(held, len(label) - held) < 2 * LEAST_OF_A_CLASS:
        return nothing
    train, valid = rows[:-held], rows[-held:]
    if split == "random":
        if min(np.bincount(label, minlength=2)) < 2:
            return nothing
        parts = train_test_split(rows, test_size=held, stratify=label, random_state=seed)
        train, valid = (np.sort(part) for part in parts)
    fewest = min(np.bincount(label[part], minlength=2).min() for part in (train, valid))
    return (train, valid) if fewest >= LEAST_OF_A_CLASS else nothing


def train(
    fields: FieldSet,
    encoded: Encoded,
    label: Labels,
    valid: tuple[Encoded, Labels] | None,
    settings: TrainingSettings,
) -> Trained:
    """Train until the AUC on ``valid`` no longer grows; without it, for all epochs.

    Where ``valid`` has at least 10 rows of each class, the logit is calibrated on it.

    Raises:
        InputError: the loss is no longer a number, or ``valid`` has rows of one class only.
    """
    # Imported here, so that loading and predicting need no TensorFlow.
    from deepfm.model.deepfm import build_deepfm
    from deepfm.model.export import to_scoring
    from deepfm.training.fit import fit

    model = build_deepfm(fields.sizes, len(fields.dense), settings.model, settings.seed)
    looks: list[Evaluation] = []
    if valid:
        fit(model, encoded, label, *valid, settings, on_evaluation=looks.append)
    else:
        _fit_all_epochs(fit, model, encoded, label, settings, looks.append)
    scoring = to_scoring(model)
    typical = typical_rows(scoring, encoded)
    scoring = _with_typical_rows(scoring, encoded, typical, fields, settings)
    if valid and np.bincount(valid[1], minlength=2).min() >= LEAST_OF_A_CLASS:
        scoring = _calibrated(scoring, *valid)
    return Trained(scoring, typical, tuple(looks))


def _fit_all_epochs(
    fit: Callable[..., Any],
    model: Any,
    encoded: Encoded,
    label: Labels,
    settings: TrainingSettings,
    on_evaluation: Callable[[Evaluation], None],
) -> None:
    """Train with a constant learning rate and keep the last weights.

    The AUC of the training rows grows on where the model overfits, and reaches 1 where it is far
    from done, so it can choose nothing.
    """
    last: list[Any] = []

    def keep(evaluation: Evaluation) -> None:
        on_evaluation(evaluation)
        last[:] = model.get_weights()

    steady = replace(settings, evaluations_per_epoch=1, patience=settings.epochs, lr_factor=1.0)
    fit(model, encoded, label, encoded, label, steady, on_evaluation=keep)
    model.set_weights(last)


def _with_typical_rows(
    model: ScoringModel,
    encoded: Encoded,
    typical: Floats,
    fields: FieldSet,
    settings: TrainingSettings,
) -> ScoringModel:
    """``model`` with the typical row wherever a missing or unseen value was never trained.

    Such a row has its random initial values still. The typical one adds nothing for or against.
    """
    table = model.table.copy()
    for place, offset in enumerate(model.offsets):
        ids = encoded.ids[:, place]
        if not (ids == MISSING).any():
            table[offset + MISSING] = typical[place]
        # Only known ids are hidden at random.
        hidden = settings.oov_rate > 0 and (ids > OUT_OF_VOCABULARY).any()
        unseen_is_trained = hidden or (ids == OUT_OF_VOCABULARY).any()
        if place < len(fields.sparse) and not unseen_is_trained:
            table[offset + OUT_OF_VOCABULARY] = typical[place]
    return replace(model, table=table)


def _calibrated(model: ScoringModel, valid: Encoded, label: Labels) -> ScoringModel:
    """``model`` with ``a * logit + b`` for its logit, the most likely a and b on held-out rows.

    Weights are chosen by the AUC, which says nothing of the logit's level and scale: on a small
    table it is best long before the logits have left the base rate.
    """
    found = Calibration.fit(label, model.logit(valid))
    return replace(model, fusion=found.a * model.fusion, bias=found.a * model.bias + found.b)
