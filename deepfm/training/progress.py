"""What a training tells about itself while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deepfm.errors import InputError
from deepfm.language import Sentence

_ASTRAY = Sentence(
    "The training went astray: the loss is no longer a number. Try a learning rate of {rate:g}."
)

Ending = Literal["early", "user", "done", "astray"]


@dataclass(frozen=True)
class StepReport:
    """The mean training loss of the steps since the last report.

    Attributes:
        step: optimizer steps done.
        steps: steps that all epochs would take.
        loss: binary cross-entropy in nats, without the L2 term.
        samples_per_second: over the steps since the last report.
    """

    step: int
    steps: int
    loss: float
    samples_per_second: float


@dataclass(frozen=True)
class Evaluation:
    """One look at the validation part.

    Attributes:
        step: optimizer steps done.
        epoch: passes over the training examples done, a fraction.
        train_loss, train_auc: log loss and exact AUC on a fixed sample of training examples.
        valid_loss, valid_auc: the same on all validation examples.
        learning_rate: of the steps before this look.
        best: whether the validation AUC is the best so far.
        samples_per_second: training examples stepped through since the last look, without the
            time of the look itself.
    """

    step: int
    epoch: float
    train_loss: float
    train_auc: float
    valid_loss: float
    valid_auc: float
    learning_rate: float
    best: bool
    samples_per_second: float


@dataclass(frozen=True)
class FitResult:
    """How a training ended; the model has its best weights.

    Attributes:
        stopped: ``"early"`` (no better AUC for long enough), ``"user"``, ``"done"``, or
            ``"astray"`` (the loss was no longer a number; the best model before that is kept).
    """

    best_step: int
    best_auc: float
    steps: int
    stopped: Ending
    seconds: float


class GoneAstrayError(InputError):
    """The loss is no number before there is a model to keep."""

    def __init__(self, learning_rate: float) -> None:
        super().__init__(_ASTRAY.template, rate=learning_rate / 10)
