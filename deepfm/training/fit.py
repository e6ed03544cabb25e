"""Fit a DeepFM: steps, looks at the validation part, and when to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import ceil
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss, roc_auc_score

from deepfm.errors import InputError
from deepfm.fields.encoded import Encoded
from deepfm.model.deepfm import DeepFM
from deepfm.training.progress import Evaluation, FitResult, StepReport
from deepfm.training.settings import TrainingSettings
from deepfm.training.steps_tensorflow import TensorFlowSteps

_STEPS_A_REPORT = 20
_TRAIN_SAMPLE = 20_000
_LEAST_IMPROVEMENT = 1e-6
_LEAST_LEARNING_RATE = 1e-6

Labels = NDArray[Any]


def fit(
    model: DeepFM,
    train: Encoded,
    train_label: Labels,
    valid: Encoded,
    valid_label: Labels,
    settings: TrainingSettings,
    *,
    on_evaluation: Callable[[Evaluation], None] = lambda evaluation: None,
    on_step: Callable[[StepReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> FitResult:
    """Train ``model`` until its validation AUC no longer grows, and leave it with its best weights.

    The AUC is exact, over all validation examples: at low base rates one from a few hundred
    thresholds is off by more than models differ. After an evaluation that is not the best so far
    the learning rate is lowered.

    Args:
        model: built, its weights are changed in place.
        train, valid: encoded examples.
        train_label, valid_label: ``[n]``, 0 or 1.
        on_evaluation: told of every look at the validation part.
        on_step: told of every few steps.
        should_stop: asked after every few steps; True ends the training.

    Raises:
        InputError: when a part has examples of one kind only, or the loss is no longer a number.
    """
    for name, label in (("training", train_label), ("validation", valid_label)):
        if len(np.unique(label)) < 2:
            raise InputError(
                "All examples of the {part} part are of one kind, so nothing can be learned. "
                "Change the question.",
                part=name,
            )
    training = _Training(model, train, np.asarray(train_label), settings)
    started = time.perf_counter()
    stopped = training.run(valid, np.asarray(valid_label), on_evaluation, on_step, should_stop)
    training.restore_best()
    seconds = time.perf_counter() - started
    return FitResult(training.best_step, training.best_auc, training.step, stopped, seconds)


class _Training:
    """The state of one training."""

    def __init__(
        self, model: DeepFM, train: Encoded, label: Labels, settings: TrainingSettings
    ) -> None:
        keras.utils.set_random_seed(settings.seed)
        self.settings = settings
        self.steps = TensorFlowSteps(model, train, label.astype(np.float32), settings)
        self.order = np.random.default_rng(settings.seed)
        sample = self.order.permutation(len(train))[:_TRAIN_SAMPLE]
        self.sample, self.sample_label = train.take(sample), label[sample]
        self.examples = len(train)
        self.steps_per_epoch = ceil(len(train) / settings.batch_size)
        self.step = 0
        self.best_step = 0
        self.best_auc = -1.0
        self.best_weights = self._weights()

    def run(
        self,
        valid: Encoded,
        valid_label: Labels,
        on_evaluation: Callable[[Evaluation], None],
        on_step: Callable[[StepReport], None],
        should_stop: Callable[[], bool],
    ) -> Literal["early", "user", "done"]:
        waited = 0
        for stretch in self._stretches():
            for batches in stretch:
                on_step(self._advance(batches))
                if should_stop():
                    on_evaluation(self._evaluate(valid, valid_label))
                    return "user"
            evaluation = self._evaluate(valid, valid_label)
            on_evaluation(evaluation)
            waited = 0 if evaluation.best else waited + 1
            if waited >= self.settings.patience:
                return "early"
            if waited:
                lowered = self.steps.learning_rate * self.settings.lr_factor
                self.steps.learning_rate = max(lowered, _LEAST_LEARNING_RATE)
        return "done"

    def _stretches(self) -> Iterator[list[NDArray[np.int32]]]:
        """The batches between two evaluations, in pieces ``[steps, batch]``."""
        size = self.settings.batch_size
        for _ in range(self.settings.epochs):
            order = self.order.permutation(self.examples).astype(np.int32)
            borders = np.linspace(
                0, self.steps_per_epoch, self.settings.evaluations_per_epoch + 1, dtype=int
            )
            for first, last in pairwise(borders):
                if first < last:
                    yield list(_pieces(order[first * size : last * size], size))

    def _advance(self, batches: NDArray[np.int32]) -> StepReport:
        started = time.perf_counter()
        loss = self.steps.run(batches)
        if not np.isfinite(loss):
            raise InputError(
                "The training went astray: the loss is no longer a number. "
                "Lower the learning rate and train again."
            )
        self.step += len(batches)
        seconds = time.perf_counter() - started
        total = self.steps_per_epoch * self.settings.epochs
        return StepReport(self.step, total, loss, batches.size / seconds)

    def _evaluate(self, valid: Encoded, label: Labels) -> Evaluation:
        train_loss, train_auc = _judge(self.sample_label, self.steps.logit(self.sample))
        valid_loss, valid_auc = _judge(label, self.steps.logit(valid))
        best = valid_auc > self.best_auc + _LEAST_IMPROVEMENT
        if best:
            self.best_step, self.best_auc = self.step, valid_auc
            self.best_weights = self._weights()
        epoch = self.step / self.steps_per_epoch
        rate = self.steps.learning_rate
        return Evaluation(
            self.step, epoch, train_loss, train_auc, valid_loss, valid_auc, rate, best
        )

    def _weights(self) -> list[NDArray[Any]]:
        return [keras.ops.convert_to_numpy(w).copy() for w in self.steps.model.weights]

    def restore_best(self) -> None:
        for weight, value in zip(self.steps.model.weights, self.best_weights, strict=True):
            weight.assign(value)


def _pieces(order: NDArray[np.int32], size: int) -> Iterator[NDArray[np.int32]]:
    """Whole batches, some at a time, then the rest as a batch of its own."""
    whole = len(order) // size
    for first in range(0, whole, _STEPS_A_REPORT):
        last = min(first + _STEPS_A_REPORT, whole)
        yield order[first * size : last * size].reshape(last - first, size)
    if len(order) > whole * size:
        yield order[whole * size :][None, :]


def _judge(label: Labels, logit: NDArray[Any]) -> tuple[float, float]:
    """Log loss and exact AUC; the AUC of one kind only is undefined and given as 0.5."""
    score = 1 / (1 + np.exp(-logit.astype(np.float64)))
    auc = float(roc_auc_score(label, logit)) if len(np.unique(label)) == 2 else 0.5
    return float(log_loss(label, score, labels=[0, 1])), auc
