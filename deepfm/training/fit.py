"""Fit a DeepFM: steps, looks at the validation part, and when to stop."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.metrics import log_loss, roc_auc_score

from deepfm.errors import InputError
from deepfm.fields.encoded import Encoded
from deepfm.language import Sentence
from deepfm.model.deepfm import DeepFM
from deepfm.training.checkpoint import Checkpoint, CheckpointError, Position
from deepfm.training.progress import Ending, Evaluation, FitResult, StepReport, gone_astray
from deepfm.training.settings import TrainingSettings
from deepfm.training.steps import make_steps

_MOST_STEPS_A_REPORT = 50
_SECONDS_A_REPORT = 0.4
_TRAIN_SAMPLE = 20_000
_LEAST_IMPROVEMENT = 1e-6
_LEAST_LEARNING_RATE = 1e-6
_MAY_GROW = ("epochs", "patience")

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
    checkpoint: Path | None = None,
) -> FitResult:
    """Train ``model`` until its validation AUC no longer grows, and leave it with its best weights.

    The AUC is exact, over all validation examples: at low base rates one from a few hundred
    thresholds is off by more than models differ. Between equal AUCs the log loss decides. After an
    evaluation that is not the best so far the learning rate is lowered.

    Args:
        model: built, its weights are changed in place.
        train, valid: encoded examples.
        train_label, valid_label: ``[n]``, 0 or 1.
        on_evaluation: told of every look at the validation part.
        on_step: told of every few steps.
        should_stop: asked after every few steps, so about twice a second; True ends the training
            after one last look.
        checkpoint: a folder. Every few seconds the training writes there where it stands, and a
            training that finds something there goes on from it, to the same weights bit by bit
            as if it had never been interrupted (on a CPU). ``epochs`` and ``patience`` may be
            greater than before.

    Raises:
        InputError: when a part has examples of one kind only, or when the loss is no longer a
            number before there is a model to keep.
        CheckpointError: when the checkpoint is broken or of another training.
    """
    for name, label in (("training", train_label), ("validation", valid_label)):
        if len(np.unique(label)) < 2:
            raise InputError(
                "All examples of the {part} part are of one kind, so nothing can be learned. "
                "Change the question.",
                part=Sentence(name),
            )
    kept = Checkpoint(checkpoint) if checkpoint is not None else None
    training = _Training(model, train, np.asarray(train_label), settings, kept)
    started = time.perf_counter()
    stopped: Ending
    try:
        stopped = training.run(valid, np.asarray(valid_label), on_evaluation, on_step, should_stop)
    except _AstrayError as error:
        if not training.best_step:
            raise gone_astray(settings.learning_rate) from error
        stopped = "astray"
    training.restore_best()
    seconds = time.perf_counter() - started
    return FitResult(training.best_step, training.best_auc, training.step, stopped, seconds)


class _Training:
    """The state of one training."""

    def __init__(
        self,
        model: DeepFM,
        train: Encoded,
        label: Labels,
        settings: TrainingSettings,
        checkpoint: Checkpoint | None,
    ) -> None:
        self.checkpoint = checkpoint
        self.settings = settings
        self.steps = make_steps(model, train, label.astype(np.float32), settings)
        # From zero the bias would take thousands of steps to reach a low base rate. Until then the
        # rows of frequent ids stand in for it, and people with rare ones would come first.
        model.bias.assign(logit(label.mean()))
        self.order = np.random.default_rng(settings.seed)
        sample = self.order.permutation(len(train))[:_TRAIN_SAMPLE]
        self.sample, self.sample_label = train.take(sample), label[sample]
        self.examples = len(train)
        self.steps_per_epoch = ceil(len(train) / settings.batch_size)
        self.step = 0
        self.best_step = 0
        self.best_auc, self.best_loss = -1.0, np.inf
        self.best_values = self._values()
        self.epoch = self.done = self.looks = self.waited = 0
        self.order_state = self.order.bit_generator.state
        self.steps_a_report = 1
        self.seconds = 0.0
        self.samples = 0
        self._go_on()

    def run(
        self,
        valid: Encoded,
        valid_label: Labels,
        on_evaluation: Callable[[Evaluation], None],
        on_step: Callable[[StepReport], None],
        should_stop: Callable[[], bool],
    ) -> Ending:
        if self.waited >= self.settings.patience:
            return "early"
        for stretch in self._stretches():
            for order in self._pieces(stretch):
                on_step(self._advance(order))
                self._keep()
                if should_stop():
                    on_evaluation(self._evaluate(valid, valid_label))
                    self._keep(now=True)
                    return "user"
            evaluation = self._evaluate(valid, valid_label)
            on_evaluation(evaluation)
            self.waited = 0 if evaluation.best else self.waited + 1
            self.looks += 1
            if self.waited:
                lowered = self.steps.learning_rate * self.settings.lr_factor
                self.steps.learning_rate = max(lowered, _LEAST_LEARNING_RATE)
            if self.waited >= self.settings.patience:
                self._keep(now=True)
                return "early"
            self._keep()
        self._keep(now=True)
        return "done"

    def _stretches(self) -> Iterator[NDArray[np.int32]]:
        """The examples between two evaluations, in whole batches except at an epoch's end.

        It begins where the training stands: the order of an epoch that was begun is drawn again.
        """
        size = self.settings.batch_size
        looks = min(self.settings.evaluations_per_epoch, self.steps_per_epoch)
        borders = np.linspace(0, self.steps_per_epoch, looks + 1, dtype=int) * size
        while self.epoch < self.settings.epochs:
            order = self.order.permutation(self.examples).astype(np.int32)
            for first, last in list(pairwise(borders))[self.looks :]:
                yield order[max(first, self.done) : last]
            self.epoch += 1
            self.done = self.looks = 0
            self.order_state = self.order.bit_generator.state

    def _pieces(self, order: NDArray[np.int32]) -> Iterator[NDArray[np.int32]]:
        """Parts of ``order`` of as many batches as fit into the time between two reports."""
        size = self.settings.batch_size
        first = 0
        while first < len(order):
            last = first + self.steps_a_report * size
            # A lone short batch would be a noisy report.
            last = len(order) if len(order) - last < size else last
            yield order[first:last]
            first = last

    def _advance(self, order: NDArray[np.int32]) -> StepReport:
        started = time.perf_counter()
        loss = self.steps.run(order)
        seconds = time.perf_counter() - started
        _check_number(loss)
        done = ceil(len(order) / self.settings.batch_size)
        affordable = int(_SECONDS_A_REPORT * done / seconds)
        # The first graph call includes its tracing, so growth is gradual.
        self.steps_a_report = max(1, min(affordable, 2 * done, _MOST_STEPS_A_REPORT))
        self.step += done
        self.done += len(order)
        self.seconds += seconds
        self.samples += len(order)
        total = self.steps_per_epoch * self.settings.epochs
        return StepReport(self.step, total, loss, len(order) / seconds)

    def _evaluate(self, valid: Encoded, label: Labels) -> Evaluation:
        train_loss, train_auc = _judge(self.sample_label, self.steps.logit(self.sample))
        valid_loss, valid_auc = _judge(label, self.steps.logit(valid))
        gain = valid_auc - self.best_auc
        # Where everyone is in the right order already, the scores may still be far from the truth.
        tie = abs(gain) <= _LEAST_IMPROVEMENT and valid_loss < self.best_loss - _LEAST_IMPROVEMENT
        best = gain > _LEAST_IMPROVEMENT or tie
        if best:
            self.best_step, self.best_auc, self.best_loss = self.step, valid_auc, valid_loss
            self.best_values = self._values()
        # A training may have gone on from just before a look.
        pace = self.samples / self.seconds if self.seconds else 0.0
        self.samples, self.seconds = 0, 0.0
        return Evaluation(
            step=self.step,
            epoch=self.step / self.steps_per_epoch,
            train_loss=train_loss,
            train_auc=train_auc,
            valid_loss=valid_loss,
            valid_auc=valid_auc,
            learning_rate=self.steps.learning_rate,
            best=best,
            samples_per_second=pace,
        )

    def _keep(self, now: bool = False) -> None:
        """Write down where the training stands, if it is time to, or ``now``."""
        if self.checkpoint is None or not (now or self.checkpoint.due):
            return
        position = Position(
            settings=_lasting(self.settings),
            step=self.step,
            epoch=self.epoch,
            done=self.done,
            looks=self.looks,
            waited=self.waited,
            best_step=self.best_step,
            best_auc=self.best_auc,
            best_loss=float(self.best_loss),
            order=dict(self.order_state),
        )
        self.checkpoint.write(position, self._values(), self.best_values)

    def _go_on(self) -> None:
        """From the checkpoint, if there is one."""
        found = self.checkpoint.read() if self.checkpoint is not None else None
        if found is None:
            return
        position, values, best = found
        shapes = [tuple(variable.shape) for variable in self._variables()]
        same = position.settings == _lasting(self.settings)
        if not same or any([value.shape for value in kept] != shapes for kept in (values, best)):
            raise CheckpointError(
                "The checkpoint is of a training with other settings or fields. Delete its folder "
                "to begin anew."
            )
        self._assign(values)
        self.best_values = best
        self.step, self.epoch, self.done = position.step, position.epoch, position.done
        self.looks, self.waited = position.looks, position.waited
        self.best_step, self.best_auc = position.best_step, position.best_auc
        self.best_loss = position.best_loss
        self.order_state = self.order.bit_generator.state = position.order

    def _variables(self) -> list[Any]:
        """Of model (its random states too) and optimizer: all that the next step depends on."""
        return [*self.steps.model.variables, *self.steps.optimizer.variables]

    def _values(self) -> list[NDArray[Any]]:
        return [np.array(keras.ops.convert_to_numpy(v)) for v in self._variables()]

    def _assign(self, values: Sequence[NDArray[Any]]) -> None:
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)

    def restore_best(self) -> None:
        self._assign(self.best_values)


class _AstrayError(Exception):
    """The loss is no longer a number."""


def _lasting(settings: TrainingSettings) -> dict[str, Any]:
    """The settings that must not change between the steps of a training, as JSON keeps them."""
    data = {key: value for key, value in settings.to_json().items() if key not in _MAY_GROW}
    plain: dict[str, Any] = json.loads(json.dumps(data))
    return plain


def _judge(label: Labels, logit: NDArray[Any]) -> tuple[float, float]:
    """Log loss and exact AUC; the AUC of one kind only is undefined and given as 0.5."""
    _check_number(float(logit.sum()))
    score = 1 / (1 + np.exp(-logit.astype(np.float64)))
    auc = float(roc_auc_score(label, logit)) if len(np.unique(label)) == 2 else 0.5
    return float(log_loss(label, score, labels=[0, 1])), auc


def _check_number(value: float) -> None:
    if not np.isfinite(value):
        raise _AstrayError
