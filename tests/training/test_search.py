"""The search finds what is best, prunes what is not, keeps to its time, and can go on."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from deepfm.errors import InputError
from deepfm.model.settings import ModelSettings
from deepfm.training import search as module
from deepfm.training.progress import Evaluation, FitResult, GoneAstrayError
from deepfm.training.search import Trial, search
from deepfm.training.settings import TrainingSettings, preset

START = TrainingSettings(search_minutes=1.0)


def look(step: int, auc: float) -> Evaluation:
    return Evaluation(step, step / 10, 0.3, auc, 0.3, auc, 1e-3, True, 1.0)


def quality(settings: TrainingSettings) -> float:
    """Best at a learning rate of 0.004, vectors of 16, and little dropout."""
    rate = -((math.log10(settings.learning_rate / 4e-3)) ** 2)
    return 0.8 + 0.1 * rate - 0.03 * (settings.model.dim != 16) - 0.05 * settings.model.dropout


class Trainer:
    """Trains in no time: a minute of the clock a training, and AUCs from a known function."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self.clock = 0.0
        self.asked: list[TrainingSettings] = []
        monkeypatch.setattr(module.time, "monotonic", lambda: self.clock)

    def __call__(
        self,
        settings: TrainingSettings,
        on_evaluation: Callable[[Evaluation], None],
        should_stop: Callable[[], bool],
    ) -> FitResult:
        self.asked.append(settings)
        best = quality(settings)
        for step in range(1, 5):
            self.clock += self.seconds / 4
            on_evaluation(look(step, best - 0.1 / step))
            if should_stop():
                break
        return FitResult(4, best, 4, "done", self.seconds)


def test_it_finds_better_settings_than_it_began_with(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(monkeypatch)
    trials: list[Trial] = []
    shares: list[float] = []
    chosen = search(trainer, START, on_trial=trials.append, on_time=shares.append)
    assert trainer.asked[0] == START
    assert quality(chosen) > quality(START) + 0.02
    done = [trial for trial in trials if trial.state == "done"]
    assert max(trial.auc or 0 for trial in done) == pytest.approx(quality(chosen))
    # What fell behind was ended early, and so more was tried than the time of whole trainings.
    pruned = [trial for trial in trials if trial.state == "pruned"]
    assert pruned
    assert all(trial.seconds < 1 for trial in pruned)
    assert len(trials) > 60
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert shares[-1] == 1.0
    assert all(a <= b for a, b in itertools.pairwise(shares))
    # Only what is searched differs.
    assert replace(chosen, model=START.model, batch_size=1024, learning_rate=1e-3, l2=30.0) == START


def test_it_keeps_to_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(monkeypatch, seconds=50.0)
    search(trainer, START)
    assert trainer.clock <= 60 + 50 / 4
    # A first training that takes longer than all of it is stopped, and is what there is.
    slow = Trainer(monkeypatch, seconds=400.0)
    assert search(slow, START) == START
    assert len(slow.asked) == 1


def test_an_interrupted_search_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(monkeypatch)
    trials: list[Trial] = []

    class KilledError(Exception):
        pass

    def until_the_tenth(trial: Trial) -> None:
        trials.append(Trial(**trial.to_json()))
        if len(trials) == 10:
            raise KilledError

    with pytest.raises(KilledError):
        search(trainer, START, on_trial=until_the_tenth)
    spent = sum(trial.seconds for trial in trials)
    again = Trainer(monkeypatch)
    later: list[Trial] = []
    chosen = search(again, START, trials, on_trial=later.append)
    assert again.clock == pytest.approx(60 - spent, abs=1.0)
    assert later[0].number == 10
    assert START not in again.asked
    best = max((t for t in [*trials, *later] if t.state == "done"), key=lambda t: t.auc or 0)
    assert quality(chosen) == pytest.approx(best.auc)


def test_it_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(monkeypatch)
    chosen = search(trainer, START, should_stop=lambda: len(trainer.asked) >= 3)
    assert len(trainer.asked) == 3
    assert quality(chosen) >= quality(START) - 1e-12


def test_a_training_that_goes_astray_is_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(monkeypatch)
    trials: list[Trial] = []

    def wild(settings: TrainingSettings, *hooks: Callable[..., object]) -> FitResult:
        result = trainer(settings, *hooks)
        if settings.learning_rate > 3e-3:
            raise GoneAstrayError(settings.learning_rate)
        return result

    chosen = search(wild, START, on_trial=trials.append)
    assert {"failed", "done"} <= {trial.state for trial in trials}
    assert chosen.learning_rate <= 3e-3
    with pytest.raises(InputError, match=r"Try a learning rate of 0\.01"):
        search(wild, replace(START, learning_rate=0.1))


def test_settings_outside_of_the_usual_ones_are_begun_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odd = replace(
        START,
        model=ModelSettings(dim=5, units=(7, 7, 7), dropout=0.7),
        batch_size=333,
        learning_rate=0.05,
        l2=0.0,
    )
    trainer = Trainer(monkeypatch)
    search(trainer, odd)
    assert trainer.asked[0] == odd


def test_thorough_is_the_preset_that_searches() -> None:
    assert preset("thorough").search_minutes == 10
    assert preset("standard").search_minutes == preset("quick").search_minutes == 0
