"""The optimizer's steps of several workers on the TensorFlow backend.

Every worker holds the whole model and the examples. Of each batch it computes the gradients of its
share; these are added up, and all make the same step, so that their weights stay equal bit by bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.fields.encoded import Examples
from deepfm.model.deepfm import DeepFM
from deepfm.training.crew_tensorflow import TensorFlowCrew, add_up
from deepfm.training.settings import TrainingSettings
from deepfm.training.steps_tensorflow import TensorFlowSteps

# Layers have seeds one after the other; those of the next worker are far from them.
_SEEDS_APART = 1_000_003


class SharedSteps(TensorFlowSteps):
    """Trains a model on resident examples, together with others.

    What a batch hides as out of vocabulary is drawn for the whole of it, and batch normalisation is
    over the whole of it, as one worker alone does. The dropout is drawn by each for its share.

    Args:
        model: built alike by all.
        examples: how many there are to train on, loaded at once or not.
        settings: batch size (of all workers together), learning rate, L2, out-of-vocabulary rate
            and seed.
        crew: all of it must do the same at the same time.
    """

    def __init__(
        self,
        model: DeepFM,
        examples: int,
        settings: TrainingSettings,
        crew: TensorFlowCrew,
    ) -> None:
        super().__init__(model, examples, settings)
        self._crew = crew
        self._begun = False
        for norm in model.deep.norms:
            norm.synchronized = True

    def run(self, order: NDArray[np.int32]) -> float:
        """Make a step for each batch of ``order`` (example numbers ``[n]``); the last may be short.

        Returns:
            The mean loss of the examples.

        Raises:
            InputError: the workers do not stand at the same step.
            MemoryError: a batch does not fit; some of the steps may be done.
        """
        if not self._begun:
            self._begin()
        size = self._settings.batch_size
        batches = [order[first : first + size] for first in range(0, len(order), size)]
        losses = [super(SharedSteps, self).run(batch) for batch in batches]
        return float(np.average(losses, weights=[len(batch) for batch in batches]))

    def logit(self, encoded: Examples) -> NDArray[np.float32]:
        """The logit ``[n]`` at inference; each worker computes a part."""
        borders = np.linspace(0, len(encoded), self._crew.size + 1, dtype=int)
        own = slice(borders[self._crew.rank], borders[self._crew.rank + 1])
        found = super().logit(encoded.take(own)) if own.start < own.stop else np.zeros(0, "f4")
        return self._crew.gather_rows(found)

    def _begin(self) -> None:
        """After a checkpoint was read: all stand where the first one does, which wrote it."""
        steps = self._crew.gather([float(self.optimizer.iterations)])[:, 0]
        if (steps != steps[0]).any():
            raise InputError(
                "The workers have read different checkpoints, of the steps {steps}. Let all "
                "machines see the same folder of the run, then resume the training.",
                steps=", ".join(f"{step:.0f}" for step in steps),
            )
        for dropout in self.model.deep.dropouts:
            if dropout.rate > 0:
                state = dropout.seed_generator.state
                state.assign(state + np.array([self._crew.rank * _SEEDS_APART, 0], state.dtype))
        self._begun = True

    def _own(self, *columns: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """This worker's rows of the batch; all have as many, so some may take part twice."""
        whole = tf.shape(columns[0])[0]
        place = self._places(whole) % whole
        return tuple(tf.gather(column, place) for column in columns)

    def _mean(self, entropy: tf.Tensor, whole: tf.Tensor) -> tf.Tensor:
        """This worker's part of the mean; a row that another one counts weighs nothing."""
        counted = tf.cast(self._places(whole) < whole, tf.float32)
        return tf.reduce_sum(entropy * counted) / tf.cast(whole, tf.float32)

    def _places(self, whole: tf.Tensor) -> tf.Tensor:
        share = (whole + self._crew.size - 1) // self._crew.size
        return self._crew.rank + self._crew.size * tf.range(share)

    def _gradients(
        self, positions: tf.Tensor, fraction: tf.Tensor, label: tf.Tensor
    ) -> tuple[tf.Tensor, list[Any]]:
        found: tuple[tf.Tensor, list[Any]] = self._crew.together(
            super()._gradients, positions, fraction, label
        )
        return found

    def _joined(self, loss: tf.Tensor, gradients: list[Any]) -> tuple[tf.Tensor, list[Any]]:
        """The sums over all workers."""
        of_table, *of_others = gradients
        (loss, *of_others), of_table = add_up([loss, *of_others], of_table)
        return loss, [of_table, *of_others]
