"""The optimizer's steps, on the backend that Keras runs on."""

from __future__ import annotations

from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from deepfm.fields.encoded import Encoded
from deepfm.model.deepfm import DeepFM
from deepfm.training.crew import ALONE, Crew
from deepfm.training.settings import TrainingSettings


class Steps(Protocol):
    """Trains a model on examples that lie on the device.

    Attributes:
        model: the model; its weights change with each step.
        optimizer: its state belongs to a checkpoint.
        learning_rate: of the next step.
    """

    model: DeepFM
    optimizer: Any
    learning_rate: float

    def run(self, order: NDArray[np.int32]) -> float:
        """Make a step for each batch of ``order`` (example numbers ``[n]``); the last may be short.

        Returns:
            The mean loss of the examples.

        Raises:
            MemoryError: a batch does not fit. The weights are unusable then.
        """
        ...

    def logit(self, encoded: Encoded) -> NDArray[np.float32]:
        """The logit ``[n]`` at inference."""
        ...


def make_steps(
    model: DeepFM,
    encoded: Encoded,
    label: NDArray[np.float32],
    settings: TrainingSettings,
    crew: Crew = ALONE,
) -> Steps:
    """The steps of the backend in use.

    Args:
        model: built.
        encoded: the training examples.
        label: float32 ``[n]``, 0 or 1.
        settings: batch size, learning rate, L2, out-of-vocabulary rate and seed.
        crew: the workers that train together, on TensorFlow only.

    Raises:
        ValueError: when Keras runs on another backend than TensorFlow or JAX, or for a crew on
            another one than TensorFlow.
        MemoryError: when the examples do not fit.
    """
    backend = keras.backend.backend()
    if crew.size > 1:
        return _shared(model, encoded, label, settings, crew)
    if backend == "tensorflow":
        from deepfm.training.steps_tensorflow import TensorFlowSteps

        return TensorFlowSteps(model, encoded, label, settings)
    if backend == "jax":
        from deepfm.training.steps_jax import JaxSteps

        return JaxSteps(model, encoded, label, settings)
    raise ValueError(f"no training steps for the Keras backend {backend!r}")


def _shared(
    model: DeepFM,
    encoded: Encoded,
    label: NDArray[np.float32],
    settings: TrainingSettings,
    crew: Crew,
) -> Steps:
    from deepfm.training.crew_tensorflow import TensorFlowCrew
    from deepfm.training.steps_shared import SharedSteps

    if not isinstance(crew, TensorFlowCrew):
        raise ValueError("several workers train on TensorFlow only")
    return SharedSteps(model, encoded, label, settings, crew)
