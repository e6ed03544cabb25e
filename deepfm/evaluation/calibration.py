"""From logits to probabilities that can be counted on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from deepfm.evaluation.metrics import Labels, sigmoid
from deepfm.model.scoring import Floats

_LEAST_SLOPE = 1e-3


@dataclass(frozen=True)
class Calibration:
    """``probability = sigmoid(a * logit + b)`` (Platt 1999).

    ``a`` is positive, so people keep their order on the list.
    """

    a: float
    b: float

    def probability(self, logit: Floats) -> Floats:
        """Calibrated probabilities ``[n]`` of logits ``[n]``."""
        return sigmoid(self.a * logit + self.b)

    @classmethod
    def fit(cls, label: Labels, logit: Floats) -> Calibration:
        """The most likely ``a`` and ``b`` on the validation part.

        Labels are softened as Platt does, to ``(N1 + 1) / (N1 + 2)`` and ``1 / (N0 + 2)``: without
        it a perfect ranking would ask for an infinite ``a``. A ranking worse than chance would ask
        for a negative ``a``; it gets the smallest one allowed, 0.001, which puts everyone near the
        base rate and still keeps the order.

        Args:
            label: 0 or 1 ``[n]``.
            logit: of the model ``[n]``.
        """
        did = int(label.sum())
        goal = np.where(label == 1, (did + 1) / (did + 2), 1 / (len(label) - did + 2))
        # A unit spread makes the two parameters alike in size for the optimiser.
        center, spread = float(logit.mean()), float(logit.std()) or 1.0
        unit = (logit - center) / spread

        def loss(parameters: Floats) -> tuple[float, Floats]:
            raw = parameters[0] * unit + parameters[1]
            error = sigmoid(raw) - goal
            value = float(np.mean(np.logaddexp(0.0, raw) - goal * raw))
            return value, np.array([(error * unit).mean(), error.mean()])

        start = np.array([spread, center])
        bounds = [(_LEAST_SLOPE * spread, None), (None, None)]
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-12)
        a = float(found.x[0]) / spread
        return cls(a, float(found.x[1]) - a * center)

    def to_json(self) -> dict[str, Any]:
        """A plain dict: ``{"a": …, "b": …}``."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Calibration:
        """The calibration that ``to_json`` wrote; further keys are ignored."""
        return cls(float(data["a"]), float(data["b"]))


def reliability(label: Labels, probability: Floats, bins: int = 10) -> list[dict[str, Any]]:
    """Predicted against observed rate in ``bins`` groups of equal size, the least likely first."""
    order = np.argsort(probability, kind="stable")
    return [
        {
            "predicted": float(probability[group].mean()),
            "observed": float(label[group].mean()),
            "people": len(group),
        }
        for group in np.array_split(order, min(bins, len(order)))
    ]
