"""How to train. Kept apart from the training, so that pages need no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from deepfm.errors import InputError
from deepfm.model.settings import ModelSettings, check_range


@dataclass(frozen=True)
class TrainingSettings:
    """Hyperparameters of a training.

    Attributes:
        model: the model's own.
        batch_size: examples a step.
        learning_rate: of Adam, at the start.
        epochs: passes over the training examples, at most.
        evaluations_per_epoch: how often the validation AUC is measured in a pass.
        patience: stop after so many evaluations without a better validation AUC.
        lr_factor: the learning rate is multiplied by it after an evaluation without a better AUC.
        l2: ``l2 / (2 n) * sum(table^2)`` is added to the mean loss over the n training examples:
            a normal prior with variance ``1 / l2`` on each number of the embedding table, so the
            same value serves few examples and many. Tables so large that their updates are lazy
            (``RowSumAdam``) are shrunk in the rows of the batch only.
        oov_rate: share of ids that become out-of-vocabulary at random, so that its row is trained.
        min_count: an id seen less often in training is out of vocabulary.
        knots: places between which a number is interpolated, at most.
        mixed_precision: compute the hidden layers in bfloat16 while training; weights, embeddings,
            the last layer and all looks stay float32.
        seed: of initial weights, order, dropout and out-of-vocabulary.
        search_minutes: how long to look for better settings first; 0 for not at all.

    Raises:
        InputError: when a value is out of range.
    """

    model: ModelSettings = field(default_factory=ModelSettings)
    batch_size: int = 1024
    learning_rate: float = 1e-3
    epochs: int = 20
    evaluations_per_epoch: int = 2
    patience: int = 5
    lr_factor: float = 0.7
    l2: float = 30.0
    oov_rate: float = 0.01
    min_count: int = 10
    knots: int = 16
    mixed_precision: bool = False
    seed: int = 0
    search_minutes: float = 0.0

    def __post_init__(self) -> None:
        checks = (
            ("batch size", self.batch_size, 1, 1_048_576),
            ("learning rate", self.learning_rate, 1e-7, 1.0),
            ("number of epochs", self.epochs, 1, 1000),
            ("number of evaluations per epoch", self.evaluations_per_epoch, 1, 100),
            ("patience", self.patience, 1, 1000),
            ("learning-rate factor", self.lr_factor, 0.01, 1.0),
            ("L2 weight", self.l2, 0.0, 1e6),
            ("out-of-vocabulary rate", self.oov_rate, 0.0, 0.5),
            ("minimum count of a value", self.min_count, 1, 1_000_000),
            ("number of knots", self.knots, 2, 256),
            ("seed", self.seed, 0, 2**31 - 1),
            ("time of the search", self.search_minutes, 0.0, 1440.0),
        )
        for name, value, least, most in checks:
            check_range(name, value, least, most)

    def to_json(self) -> dict[str, Any]:
        """A plain dict of the attributes."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TrainingSettings:
        """The settings that ``to_json`` wrote.

        Raises:
            InputError: when a setting is unknown.
        """
        unknown = sorted(set(data) - {f.name for f in fields(cls)})
        if unknown:
            raise InputError("The setting {name} is unknown.", name=", ".join(unknown))
        return cls(**{**data, "model": ModelSettings.from_json(data["model"])})


def preset(name: str) -> TrainingSettings:
    """Settings by name: ``"quick"`` for a first look, ``"standard"``, ``"thorough"``.

    Raises:
        InputError: when the name is unknown.
    """
    presets = {
        "quick": TrainingSettings(epochs=5, patience=3, lr_factor=0.3),
        "standard": TrainingSettings(),
        "thorough": TrainingSettings(
            model=ModelSettings(dim=16, units=(128, 64), dropout=0.3),
            learning_rate=5e-4,
            epochs=60,
            evaluations_per_epoch=4,
            patience=12,
            search_minutes=10.0,
        ),
    }
    if name not in presets:
        raise InputError(
            "The preset {name} is unknown. Use one of: {names}.",
            name=name,
            names=", ".join(presets),
        )
    return presets[name]
