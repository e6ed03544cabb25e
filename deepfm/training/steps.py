"""The optimizer's steps, on the backend that Keras runs on."""

from __future__ import annotations

from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from deepfm.fields.encoded import Encoded, Examples
from deepfm.model.deepfm import DeepFM
from deepfm.training.crew import ALONE, Crew
from deepfm.training.settings import TrainingSettings


class Steps(Protocol):
    """Trains a model on the examples that lie on the device.

    Attributes:
        model: the model; its weights change with each step.
        optimizer: its state belongs to a checkpoint.
        learning_rate: of the next step.
    """

    model: DeepFM
    optimizer: Any
    learning_rate: float

    def load(self, encoded: Encoded, label: NDArray[np.float32]) -> None:
        """Put examples on the device, in place of those that are there.

        Args:
            encoded: the examples.
            label: ``[n]``, 0 or 1.

        Raises:
            MemoryError: they do not fit.
        """
        ...

    def run(self, order: NDArray[np.int32]) -> float:
        """Make a step for each batch of ``order`` (example numbers ``[n]``); the last may be short.

        Returns:
            The mean loss of the examples.

        Raises:
            MemoryError: a batch does not fit. The weights are unusable then.
        """
        ...

    def logit(self, encoded: Examples) -> NDArray[np.float32]:
        """The logit ``[n]`` at inference."""
        ...


def make_steps(
    model: DeepFM, examples: int, settings: TrainingSettings, crew: Crew = ALONE
) -> Steps:
    """The steps of the backend in use; nothing is loaded yet.

    Args:
        model: built.
        examples: how many there are to train on, loaded at once or not.
        settings: batch size, learning rate, L2, out-of-vocabulary rate and seed.
        crew: the workers that train together, on TensorFlow only.

    Raises:
        ValueError: when Keras runs on another backend than TensorFlow or JAX, or for a crew on
            another one than TensorFlow.
    """
    backend = keras.backend.backend()
    if crew.size > 1:
        return _shared(model, examples, settings, crew)
    if backend == "tensorflow":
        from deepfm.training.steps_tensorflow import TensorFlowSteps

        return TensorFlowSteps(model, examples, settings)
    if backend == "jax":
        from deepfm.training.steps_jax import JaxSteps

        return JaxSteps(model, examples, settings)
    raise ValueError(f"no training steps for the Keras backend {backend!r}")


def _shared(model: DeepFM, examples: int, settings: TrainingSettings, crew: Crew) -> Steps:
    from deepfm.training.crew_tensorflow import TensorFlowCrew
    from deepfm.training.steps_shared import SharedSteps

    if not isinstance(crew, TensorFlowCrew):
        raise ValueError("several workers train on TensorFlow only")
    return SharedSteps(model, examples, settings, crew)
