"""Look for better hyperparameters for a given time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState

from deepfm.training.progress import Evaluation, FitResult, GoneAstrayError
from deepfm.training.settings import TrainingSettings

_STARTUP_TRIALS = 4


@dataclass(frozen=True)
class Trial:
    """One training of the search.

    Attributes:
        number: from 0; the first one has the settings that the search began with.
        values: those of the settings that are searched, by name.
        auc: the best validation AUC, or the last one of a pruned trial; None where there is none.
        state: ``done``; ``pruned``, as it fell behind the others; ``failed``, as its loss was no
            number from the beginning.
        seconds: how long it took.
    """

    number: int
    values: dict[str, Any]
    auc: float | None
    state: Literal["done", "pruned", "failed"]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


class Train(Protocol):
    """Trains with some settings; ``on_evaluation`` may raise to end it."""

    def __call__(
        self,
        settings: TrainingSettings,
        on_evaluation: Callable[[Evaluation], None],
        should_stop: Callable[[], bool],
    ) -> FitResult:
        """The result of the training."""


def search(
    train: Train,
    start: TrainingSettings,
    earlier: Sequence[Trial] = (),
    *,
    on_trial: Callable[[Trial], None] = lambda trial: None,
    on_time: Callable[[float], None] = lambda share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> TrainingSettings:
    """The settings with the best validation AUC that were found in ``start.search_minutes``.

    Tree-structured Parzen estimators (Bergstra et al. 2011) propose, the median rule prunes a
    training that falls behind at its looks, both by Optuna. The first trial has the settings of
    ``start``, so that the search never ends with worse ones.

    Args:
        train: makes one training.
        start: to begin with.
        earlier: trials of a search that was interrupted; their time counts.
        on_trial: told of every trial that has ended.
        on_time: told the share of the time that is gone, about twice a second.
        should_stop: asked as often; True ends the search.

    Raises:
        InputError: when the settings of ``start`` lead to no model at all.
    """
    space = _space(start)
    study = _study(start, earlier, space)
    found = list(earlier)
    budget = 60 * start.search_minutes
    began = time.monotonic() - sum(trial.seconds for trial in earlier)

    def over() -> bool:
        gone = time.monotonic() - began
        on_time(min(1.0, gone / budget) if budget else 1.0)
        return should_stop() or gone >= budget

    while not found or not over():
        asked = study.ask(space)
        trial = _tried(asked, train, start, over)
        if trial.state == "failed" and not found:
            raise GoneAstrayError(start.learning_rate)
        study.tell(asked, trial.auc if trial.state == "done" else None, _STATES[trial.state])
        found.append(trial)
        on_trial(trial)
    best = max((t for t in found if t.state == "done"), key=lambda trial: trial.auc or 0.0)
    return apply(start, best.values)


def _study(
    start: TrainingSettings, earlier: Sequence[Trial], space: dict[str, BaseDistribution]
) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=start.seed + len(earlier))
    pruner = optuna.pruners.MedianPruner(_STARTUP_TRIALS, n_warmup_steps=1)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    for trial in earlier:
        study.add_trial(_as_frozen(trial, space))
    if not earlier:
        study.enqueue_trial(_values_of(start))
    return study


def _tried(
    asked: optuna.Trial, train: Train, start: TrainingSettings, over: Callable[[], bool]
) -> Trial:
    """Train with what the study proposes, until it is done or falls behind."""
    since = time.monotonic()
    aucs: list[float] = []

    def look(evaluation: Evaluation) -> None:
        aucs.append(evaluation.valid_auc)
        asked.report(aucs[-1], len(aucs))
        if asked.should_prune():
            raise optuna.TrialPruned

    state: Literal["done", "pruned", "failed"] = "done"
    auc: float | None = None
    try:
        auc = train(apply(start, asked.params), look, over).best_auc
    except optuna.TrialPruned:
        state, auc = "pruned", aucs[-1]
    except GoneAstrayError:
        state = "failed"
    return Trial(asked.number, dict(asked.params), auc, state, time.monotonic() - since)


def apply(start: TrainingSettings, values: Mapping[str, Any]) -> TrainingSettings:
    """``start`` with what was searched."""
    model = replace(
        start.model,
        dim=int(values["dim"]),
        units=tuple(int(width) for width in str(values["units"]).split("-") if width),
        dropout=float(values["dropout"]),
        fusion=values["fusion"],
    )
    return replace(
        start,
        model=model,
        batch_size=int(values["batch_size"]),
        learning_rate=float(values["learning_rate"]),
        l2=float(values["l2"]),
    )


_STATES = {
    "done": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}


def _values_of(settings: TrainingSettings) -> dict[str, Any]:
    return {
        "dim": settings.model.dim,
        "units": "-".join(map(str, settings.model.units)),
        "dropout": settings.model.dropout,
        "fusion": settings.model.fusion,
        "batch_size": settings.batch_size,
        "learning_rate": settings.learning_rate,
        "l2": settings.l2,
    }


def _space(start: TrainingSettings) -> dict[str, BaseDistribution]:
    """Where to look; what the search begins with lies inside."""
    values = _values_of(start)

    def one_of(name: str, *choices: Any) -> CategoricalDistribution:
        return CategoricalDistribution(sorted({*choices, values[name]}))

    def between(name: str, low: float, high: float, log: bool) -> FloatDistribution:
        given = float(values[name])
        return FloatDistribution(min(low, given), max(high, given), log=log and given > 0)

    return {
        "dim": one_of("dim", 4, 8, 16, 32),
        "units": one_of("units", "", "32", "64-32", "128-64", "256-128"),
        "dropout": between("dropout", 0.0, 0.5, log=False),
        "fusion": one_of("fusion", "sum", "concat"),
        "batch_size": one_of("batch_size", 256, 1024, 4096),
        "learning_rate": between("learning_rate", 2e-4, 1e-2, log=True),
        "l2": between("l2", 1.0, 300.0, log=True),
    }


def _as_frozen(trial: Trial, space: dict[str, BaseDistribution]) -> optuna.trial.FrozenTrial:
    return optuna.trial.create_trial(
        state=_STATES[trial.state],
        params=trial.values,
        distributions=space,
        value=trial.auc if trial.state != "failed" else None,
    )
