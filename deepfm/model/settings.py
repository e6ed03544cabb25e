"""The shape of a DeepFM. Kept apart from the model, so that pages need no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from deepfm.errors import InputError
from deepfm.language import Sentence

Fusion = Literal["sum", "concat"]


@dataclass(frozen=True)
class ModelSettings:
    """Hyperparameters of the model.

    Attributes:
        dim: length k of a field vector.
        units: widths of the hidden layers.
        dropout: share of hidden units left out while training.
        batch_norm: normalise before each activation. Off, as in the DeepFM paper: what makes the
            deep part blind to the scale of the vectors also takes their L2 weight's effect away.
        fusion: ``"sum"`` adds first-order, interaction and deep parts; ``"concat"`` learns a
            weight for each of the three.

    Raises:
        InputError: when a value is out of range.
    """

    dim: int = 8
    units: tuple[int, ...] = (64, 32)
    dropout: float = 0.2
    batch_norm: bool = False
    fusion: Fusion = "sum"

    def __post_init__(self) -> None:
        checks = (
            ("vector length", self.dim, 1, 256),
            ("number of hidden layers", len(self.units), 0, 8),
            ("dropout", self.dropout, 0.0, 0.9),
            *(("width of a hidden layer", width, 1, 4096) for width in self.units),
        )
        for name, value, least, most in checks:
            check_range(name, value, least, most)
        if self.fusion not in ("sum", "concat"):
            raise InputError(
                "The fusion {fusion} is unknown. Use sum or concat.", fusion=self.fusion
            )

    def to_json(self) -> dict[str, Any]:
        """A plain dict of the attributes."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelSettings:
        """The settings that ``to_json`` wrote."""
        return cls(**{**data, "units": tuple(data["units"])})


def check_range(name: str, value: float, least: float, most: float) -> None:
    """Refuse a setting that is out of range; where ``least`` is an int, also one that is no int.

    Raises:
        InputError: naming the setting, its value and the range.
    """
    whole = isinstance(least, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise InputError(
            "The {name} is {value}. It must be a whole number."
            if whole
            else "The {name} is {value}. It must be a number.",
            name=Sentence(name),
            value=str(value),
        )
    if not least <= value <= most:
        raise InputError(
            "The {name} is {value}. It must lie between {least} and {most}.",
            name=Sentence(name),
            value=value,
            least=least,
            most=most,
        )
