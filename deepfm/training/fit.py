"""Fit a DeepFM: check the parts, train, and leave it with its best weights."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.fields.encoded import Examples
from deepfm.language import Sentence
from deepfm.model.deepfm import DeepFM
from deepfm.training.checkpoint import Checkpoint
from deepfm.training.crew import ALONE, Crew
from deepfm.training.judge import AstrayError
from deepfm.training.loop import BatchTooLargeError, Training
from deepfm.training.progress import Ending, Evaluation, FitResult, GoneAstrayError, StepReport
from deepfm.training.settings import TrainingSettings

_LOGGER = logging.getLogger(__name__)

Labels = NDArray[Any]


def _say_smaller_batch(size: int) -> None:
    _LOGGER.warning("The memory is too small for the batch. It is halved to %d examples.", size)


def fit(
    model: DeepFM,
    train: Examples,
    train_label: Labels,
    valid: Examples,
    valid_label: Labels,
    settings: TrainingSettings,
    *,
    on_evaluation: Callable[[Evaluation], None] = lambda evaluation: None,
    on_step: Callable[[StepReport], None] = lambda report: None,
    on_smaller_batch: Callable[[int], None] = _say_smaller_batch,
    should_stop: Callable[[], bool] = lambda: False,
    checkpoint: Path | None = None,
    crew: Crew = ALONE,
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
        on_smaller_batch: told of the new batch size where the memory is too small for a step. The
            batch is halved then, and the training goes on from the checkpoint, or without one
            begins anew. By default it is logged.
        should_stop: asked after every few steps, so about twice a second; True ends the training
            after one last look.
        checkpoint: a folder. Every few seconds the training writes there where it stands, and a
            training that finds something there goes on from it, to the same weights bit by bit
            as if it had never been interrupted (on a CPU). ``epochs`` and ``patience`` may be
            greater than before, and ``batch_size`` another one.
        crew: the workers that train together; all of them call this at the same time. The first
            one writes the checkpoint.

    Raises:
        BatchTooLargeError: the memory of a worker of several is too small for a step. Whoever
            started them must start them again with a smaller batch.
        InputError: when a part has examples of one kind only, or when the loss is no longer a
            number before there is a model to keep.
        CheckpointError: when the checkpoint is broken or of another training.
        MemoryError: when the examples themselves do not fit.
    """
    for name, label in (("training", train_label), ("validation", valid_label)):
        if len(np.unique(label)) < 2:
            raise InputError(
                "All examples of the {part} part are of one kind, so nothing can be learned. "
                "Change the question.",
                part=Sentence(name),
            )
    kept = Checkpoint(checkpoint) if checkpoint is not None else None
    # Copies: a backend may lend its own memory.
    begun = [np.array(keras.ops.convert_to_numpy(value)) for value in model.variables]
    started = time.perf_counter()
    stopped: Ending | None = None
    while stopped is None:
        training = Training(model, train, np.asarray(train_label), settings, kept, crew)
        try:
            stopped = training.run(
                valid, np.asarray(valid_label), on_evaluation, on_step, should_stop
            )
        except AstrayError as error:
            if not training.best_step:
                raise GoneAstrayError(settings.learning_rate) from error
            stopped = "astray"
        except BatchTooLargeError as error:
            if crew.size > 1:
                raise
            if settings.batch_size == 1:
                raise MemoryError from error
            settings = replace(settings, batch_size=ceil(settings.batch_size / 2))
            on_smaller_batch(settings.batch_size)
            # A step that was broken off may have left anything behind.
            for variable, value in zip(model.variables, begun, strict=True):
                variable.assign(value)
            del training
        if stopped is None:
            # The examples must leave the device before they are put there again.
            gc.collect()
    training.restore_best()
    seconds = time.perf_counter() - started
    return FitResult(training.best_step, training.best_auc, training.step, stopped, seconds)
