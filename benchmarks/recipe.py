"""What the three DeepFMs of a comparison have in common: size, regularisation and schedule."""

from __future__ import annotations

from dataclasses import dataclass

from deepfm.model.settings import ModelSettings
from deepfm.training.settings import TrainingSettings


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters, as far as all three libraries know them.

    Attributes:
        dim, units, dropout, batch_norm: as in ``ModelSettings``.
        l2: ``l2 / 2 * sum(table^2)`` over all embedding tables is added to the mean loss in every
            step; or, with ``prior``, the same divided by the number of training examples.
        prior: whether ``l2`` is divided by the number of training examples.
        batch_size, learning_rate, epochs, evaluations_per_epoch: as in ``TrainingSettings``.
        patience, lr_factor: after an evaluation without a better AUC the learning rate is
            multiplied by ``lr_factor``; ``patience`` of them in a row end the training.
        min_count: an id seen less often in training is out of vocabulary.
        knots: of our numbers, and of the peers' where these are binned.
        oov_rate: as in ``TrainingSettings``; the peers train that row on rare ids only.
    """

    dim: int = 8
    units: tuple[int, ...] = (64, 32)
    dropout: float = 0.2
    batch_norm: bool = False
    l2: float = 30.0
    prior: bool = True
    batch_size: int = 1024
    learning_rate: float = 1e-3
    epochs: int = 20
    evaluations_per_epoch: int = 2
    patience: int = 5
    lr_factor: float = 0.7
    min_count: int = 10
    knots: int = 16
    oov_rate: float = 0.01

    def step_l2(self, examples: int) -> float:
        """The ``l2`` of a step, for so many training examples."""
        return self.l2 / examples if self.prior else self.l2

    def settings(self, examples: int, seed: int) -> TrainingSettings:
        """The same as our own settings."""
        return TrainingSettings(
            model=ModelSettings(self.dim, self.units, self.dropout, self.batch_norm),
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            epochs=self.epochs,
            evaluations_per_epoch=self.evaluations_per_epoch,
            patience=self.patience,
            lr_factor=self.lr_factor,
            l2=self.step_l2(examples) * examples,
            oov_rate=self.oov_rate,
            min_count=self.min_count,
            knots=self.knots,
            seed=seed,
        )


# Our defaults, and where the training part has few examples, what did best on six earlier pairs of
# snapshots (README.md): fewer knots and ids, and more regularisation. For all three alike.
CHOSEN = {
    "retailrocket": Recipe(),
    "online_retail": Recipe(l2=100.0, min_count=50, knots=6),
}


def bars(l2: float, dropout: float) -> Recipe:
    """The recipe of the public leaderboard's x1 data sets (reczoo/BARS, DeepFM_<data>_x1).

    Two settings of theirs ours do not have: the gradient's norm is clipped at 10, and vectors and
    first-order weights start from N(0, 1e-4).

    Args:
        l2, dropout: Frappe 0.05 and 0.2, MovielensLatest 0.01 and 0.3, Criteo 1e-5 and 0.1.
    """
    return Recipe(
        dim=10,
        units=(400, 400, 400),
        dropout=dropout,
        batch_norm=True,
        l2=l2,
        prior=False,
        batch_size=4096,
        epochs=100,
        evaluations_per_epoch=1,
        patience=2,
        lr_factor=0.1,
        min_count=1,
        oov_rate=0.0,
    )
