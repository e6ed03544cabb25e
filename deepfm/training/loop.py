"""A training: steps, looks at the validation part, and where it stands."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from deepfm.fields.encoded import Examples
from deepfm.model.deepfm import DeepFM
from deepfm.training.checkpoint import Checkpoint, CheckpointError, Position
from deepfm.training.crew import ALONE, Crew
from deepfm.training.feed import Feed
from deepfm.training.judge import check_number, judge
from deepfm.training.progress import Ending, Evaluation, StepReport
from deepfm.training.settings import TrainingSettings
from deepfm.training.steps import make_steps

_MOST_STEPS_A_REPORT = 50
_SECONDS_A_REPORT = 0.4
_TRAIN_SAMPLE = 20_000
_LEAST_IMPROVEMENT = 1e-6
_LEAST_LEARNING_RATE = 1e-6
# What may be another one where a training goes on.
_MAY_CHANGE = ("epochs", "patience", "batch_size")

Labels = NDArray[Any]


class BatchTooLargeError(Exception):
    """The memory is too small for a step."""


class Training:
    """The state of one training, and what moves it on.

    Args:
        model: built, its weights are changed in place.
        train: encoded examples.
        label: ``[n]``, 0 or 1.
        settings: of the steps and looks.
        checkpoint: to go on from, and for the first worker to write to.
        crew: the workers that train together. What is not the same for all by itself, as it depends
            on time or on the outside, is as the first one says.

    Raises:
        CheckpointError: the checkpoint is broken or of another training.
    """

    def __init__(
        self,
        model: DeepFM,
        train: Examples,
        label: Labels,
        settings: TrainingSettings,
        checkpoint: Checkpoint | None,
        crew: Crew = ALONE,
    ) -> None:
        self.crew = crew
        self.checkpoint = checkpoint
        self.settings = settings
        self.steps = make_steps(model, len(train), settings, crew)
        self.feed = Feed(self.steps, train, label, settings.batch_size)
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
        valid: Examples,
        valid_label: Labels,
        on_evaluation: Callable[[Evaluation], None],
        on_step: Callable[[StepReport], None],
        should_stop: Callable[[], bool],
    ) -> Ending:
        """Train to the end; see ``fit``.

        Raises:
            AstrayError: the loss is no longer a number.
            BatchTooLargeError: the memory is too small for a step. The weights are unusable then.
        """
        if self.waited >= self.settings.patience:
            return "early"
        for stretch in self._stretches():
            for order in self._pieces(*stretch):
                on_step(self._advance(order))
                self._keep()
                if self._agreed(should_stop())[0]:
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

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """The examples of the epoch between two evaluations, in whole batches except at its end.

        It begins where the training stands: the order of an epoch that was begun is drawn again.
        """
        size = self.settings.batch_size
        looks = min(self.settings.evaluations_per_epoch, self.steps_per_epoch)
        borders = np.linspace(0, self.steps_per_epoch, looks + 1, dtype=int) * size
        while self.epoch < self.settings.epochs:
            self.feed.draw(self.order)
            for first, last in list(pairwise(borders))[self.looks :]:
                yield max(first, self.done), min(last, self.examples)
            self.epoch += 1
            self.done = self.looks = 0
            self.order_state = self.order.bit_generator.state

    def _pieces(self, first: int, end: int) -> Iterator[NDArray[np.int32]]:
        """Examples of as many batches as fit into the time between two reports."""
        size = self.settings.batch_size
        while first < end:
            here = min(end, self.feed.end(first))
            last = first + self.steps_a_report * size
            # A lone short batch would be a noisy report.
            last = here if here - last < size else last
            yield self.feed.take(first, last)
            first = last

    def _advance(self, order: NDArray[np.int32]) -> StepReport:
        started = time.perf_counter()
        try:
            loss = self.steps.run(order)
        except MemoryError as error:
            raise BatchTooLargeError from error
        seconds = time.perf_counter() - started
        check_number(loss)
        done = ceil(len(order) / self.settings.batch_size)
        affordable = int(self._agreed(_SECONDS_A_REPORT * done / seconds)[0])
        # The first graph call includes its tracing, so growth is gradual.
        self.steps_a_report = max(1, min(affordable, 2 * done, _MOST_STEPS_A_REPORT))
        self.step += done
        self.done += len(order)
        self.seconds += seconds
        self.samples += len(order)
        return StepReport(self.step, self.step + self._steps_left(), loss, len(order) / seconds)

    def _steps_left(self) -> int:
        whole = (self.settings.epochs - self.epoch - 1) * self.steps_per_epoch
        return whole + ceil((self.examples - self.done) / self.settings.batch_size)

    def _evaluate(self, valid: Examples, label: Labels) -> Evaluation:
        train_loss, train_auc, valid_loss, valid_auc = self._agreed(
            *judge(self.sample_label, self.steps.logit(self.sample)),
            *judge(label, self.steps.logit(valid)),
        )
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
            epoch=self.epoch + self.done / self.examples,
            train_loss=train_loss,
            train_auc=train_auc,
            valid_loss=valid_loss,
            valid_auc=valid_auc,
            learning_rate=self.steps.learning_rate,
            best=best,
            samples_per_second=pace,
        )

    def _agreed(self, *values: float) -> list[float]:
        """The values of the first worker."""
        return [float(value) for value in self.crew.gather(values)[0]]

    def _keep(self, now: bool = False) -> None:
        """Write down where the training stands, if it is time to, or ``now``."""
        if self.checkpoint is None or self.crew.rank or not (now or self.checkpoint.due):
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
        """Give the model and the optimizer the values that they had at the best look."""
        self._assign(self.best_values)


def _lasting(settings: TrainingSettings) -> dict[str, Any]:
    """The settings that must be the same where a training goes on, as JSON keeps them."""
    data = {key: value for key, value in settings.to_json().items() if key not in _MAY_CHANGE}
    plain: dict[str, Any] = json.loads(json.dumps(data))
    return plain
