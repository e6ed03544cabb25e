"""The training of a run: a search if that is wished, the fit, and what is kept of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.explanation.contributions import typical_rows
from deepfm.features.stored import StoredPart
from deepfm.fields.encoded import Examples
from deepfm.fields.fields import FieldSet
from deepfm.language import Sentence
from deepfm.model.scoring import ScoringModel
from deepfm.prospects import names as files
from deepfm.prospects.scorer import save_typical
from deepfm.runs import progress as stages
from deepfm.runs.crew import Hooks, fit_on_workers
from deepfm.runs.files import write_json
from deepfm.runs.places import Places
from deepfm.runs.process import stop_requested
from deepfm.runs.progress import Progress
from deepfm.runs.run import CHOSEN, MODEL, Run
from deepfm.training.checkpoint import CheckpointError, last_step
from deepfm.training.device import find_device, share_gpu
from deepfm.training.progress import Evaluation, FitResult, StepReport
from deepfm.training.settings import TrainingSettings
from deepfm.whole import whole

if TYPE_CHECKING:
    from deepfm.model.deepfm import DeepFM

# Of the time of the training, where there is a search before it.
_SEARCH_SHARE = 0.8


@dataclass(frozen=True)
class Data:
    """The examples.

    Attributes:
        parts: each part of the example frame.
        fields: fitted on the training part.
        encoded: each part with a known outcome, encoded.
    """

    parts: dict[str, StoredPart]
    fields: FieldSet
    encoded: dict[str, Examples]

    def label(self, part: str) -> NDArray[np.int64]:
        """Labels ``[n]`` of a part."""
        return self.parts[part]["label"].to_numpy(np.int64)


def train(run: Run, data: Data, progress: Progress, where: Places) -> ScoringModel:
    """Train, after a search for better settings if that is wished, and write the model down.

    Args:
        run: its fields are written down.
        data: its examples.
        progress: told of every step.
        where: the workers that train; the search is made by this process alone.

    Raises:
        InputError: the training went astray, or not all workers can train.
    """
    share_gpu()
    # Imported here, so that pages and scoring can use this package without TensorFlow.
    from deepfm.model.export import to_scoring

    progress.enter(stages.TRAINING)
    device = find_device()
    _check_backend(where)
    name = device.name if where.count == 1 else f"{where.count} × {device.name}"
    progress.change(device=name, gpu_memory_mb=device.memory_mb, why_not_gpu=device.why_not_gpu)
    _choose(run, data, progress)
    try:
        progress.forget_after(last_step(run.checkpoint) or 0)
        model, result = _fit(run, data, progress, where)
    except CheckpointError:
        shutil.rmtree(run.checkpoint)
        progress.note(
            Sentence("What was trained before could not be read, so the training began anew.")
        )
        progress.forget_after(0)
        model, result = _fit(run, data, progress, where)
    progress.change(stopped=result.stopped, optimizer_step=result.steps)
    if result.stopped == "astray":
        progress.note(
            Sentence(
                "After step {step:,} the loss was no longer a number. The best model before that "
                "is kept. Try a learning rate of {rate:g}.",
                step=result.steps,
                rate=run.chosen.learning_rate / 10,
            )
        )
    with whole(run.folder / MODEL) as draft:
        model.save(draft)
    scoring = to_scoring(model)
    scoring.save(run.folder / files.WEIGHTS)
    save_typical(typical_rows(scoring, data.encoded["train"]), run.folder)
    return scoring


def _choose(run: Run, data: Data, progress: Progress) -> None:
    """Look for better settings, if that is wished, and write down what was chosen."""
    settings = run.settings
    if not settings.search_minutes or (run.folder / CHOSEN).is_file():
        return
    # Imported here, as it takes a moment to load.
    from deepfm.training.search import Trial, search

    progress.mend_trials()
    trials = [Trial(**trial) for trial in run.trials()]

    def on_trial(trial: Trial) -> None:
        trials.append(trial)
        progress.record_trial(trial.to_json())

    def on_time(share: float) -> None:
        words = Sentence("Looking for better settings: trial {number}", number=len(trials) + 1)
        progress.within(_SEARCH_SHARE * share, step=words)

    def train(
        settings: TrainingSettings,
        on_evaluation: Callable[[Evaluation], None],
        should_stop: Callable[[], bool],
    ) -> FitResult:
        return _fit_with(data, settings, on_evaluation=on_evaluation, should_stop=should_stop)[1]

    chosen = search(
        train,
        settings,
        trials[:],
        on_trial=on_trial,
        on_time=on_time,
        should_stop=lambda: stop_requested(run.folder),
    )
    write_json(run.folder / CHOSEN, chosen.to_json())
    progress.change(step=stages.TRAINING.words)


def _fit(run: Run, data: Data, progress: Progress, where: Places) -> tuple[DeepFM, FitResult]:
    settings = run.chosen
    before = _SEARCH_SHARE if settings.search_minutes else 0.0

    def on_step(report: StepReport) -> None:
        progress.record("step", **asdict(report))
        share = before + (1 - before) * report.step / report.steps
        progress.within(share, optimizer_step=report.step, optimizer_steps=report.steps)

    def on_evaluation(evaluation: Evaluation) -> None:
        progress.record("evaluation", **asdict(evaluation))

    def on_smaller_batch(size: int) -> None:
        before = run.chosen
        write_json(run.folder / CHOSEN, replace(before, batch_size=size).to_json())
        # What is trained since the last checkpoint is trained again.
        progress.forget_after(last_step(run.checkpoint) or 0)
        progress.note(
            Sentence(
                "The memory is too small for {before:,} examples a step, so {size:,} are taken.",
                before=before.batch_size,
                size=size,
            )
        )

    if where.count > 1:
        lost = partial(_say_lost, run, progress)
        hooks = Hooks(on_step, on_evaluation, on_smaller_batch, lost)
        result = fit_on_workers(run, where, hooks)
        return _load(run), result
    return _fit_with(
        data,
        settings,
        on_evaluation=on_evaluation,
        on_step=on_step,
        on_smaller_batch=on_smaller_batch,
        should_stop=lambda: stop_requested(run.folder),
        checkpoint=run.checkpoint,
    )


def _check_backend(where: Places) -> None:
    import keras

    if where.count > 1 and keras.backend.backend() != "tensorflow":
        raise InputError(
            "Several workers train on TensorFlow only. Set {variable} to tensorflow, or train "
            "with one worker.",
            variable="KERAS_BACKEND",
        )


def _say_lost(run: Run, progress: Progress, number: int) -> None:
    step = last_step(run.checkpoint) or 0
    progress.forget_after(step)
    text = Sentence(
        "Worker {number} was lost. All went on from step {step:,}.", number=number, step=step
    )
    progress.note(text)


def _load(run: Run) -> DeepFM:
    import keras

    # To load them makes their classes known.
    import deepfm.model.deepfm
    import deepfm.training.adam  # noqa: F401

    return keras.saving.load_model(run.folder / MODEL)  # type: ignore[no-any-return]


def _fit_with(data: Data, settings: TrainingSettings, **hooks: Any) -> tuple[DeepFM, FitResult]:
    from deepfm.model.deepfm import build_deepfm
    from deepfm.training.fit import fit

    model = build_deepfm(data.fields.sizes, len(data.fields.dense), settings.model, settings.seed)
    parts = [(data.encoded[part], data.label(part)) for part in ("train", "valid")]
    return model, fit(model, *parts[0], *parts[1], settings, **hooks)
