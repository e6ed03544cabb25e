"""What should make one distrust a result before it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from deepfm.features.feature import Feature
from deepfm.language import Sentence

# The thresholds of DataRobot's target leakage check, on the normalised Gini of one feature.
SUSPECT, LEAK = 0.85, 0.975
# A classifier that tells two like halves apart has an AUC of 0.5; from 0.7 on they differ plainly.
SHIFTED = 0.7
_MEASURES = ("auc", "gini", "missing")


@dataclass(frozen=True)
class Leak:
    """A feature that tells the outcome nearly by itself.

    Attributes:
        feature: which.
        gini: its normalised Gini coefficient on the validation part.
    """

    feature: Feature
    gini: float

    @property
    def blocks(self) -> bool:
        """Whether it must be left out, or kept for a reason."""
        return self.gini >= LEAK

    def sentence(self) -> Sentence:
        """What is wrong, and what to do."""
        text = (
            "The feature {name} tells the outcome by itself (Gini {gini:.3f}): it most likely "
            "holds the answer. Leave it out on the page Features, or give a reason to keep it."
            if self.blocks
            else "The feature {name} tells the outcome nearly by itself (Gini {gini:.3f}). Make "
            "sure that it is known before the outcome."
        )
        return Sentence(text, name=self.feature.label, gini=self.gini)


def leaks(strengths: pd.DataFrame, features: Sequence[Feature]) -> list[Leak]:
    """The features of ``feature_strengths`` that are suspect, the strongest first."""
    by_name = {feature.name: feature for feature in features}
    suspect = strengths[strengths["gini"] >= SUSPECT].sort_values("gini", ascending=False)
    return [
        Leak(by_name[str(name)], float(gini))
        for name, gini in zip(suspect["name"], suspect["gini"], strict=True)
    ]


def leak_rule() -> Sentence:
    """The rule by which a feature is said to hold the answer."""
    return Sentence(
        "Each feature is tried alone on the validation part. From a Gini of {suspect} on it is "
        "named, and from {leak} on it stops the run unless you give a reason: what is known before "
        "the outcome rarely tells so much.",
        suspect=SUSPECT,
        leak=LEAK,
    )


@dataclass(frozen=True)
class Shift:
    """How the people of now differ from those of the training part.

    Attributes:
        auc: of a classifier that tells one from the other, on people it has not seen.
        fields: the features that give it away, the strongest first: a sentence each.
    """

    auc: float
    fields: tuple[Sentence, ...]

    def sentence(self) -> Sentence:
        """That they differ, and what it means."""
        return Sentence(
            "The people of now differ from those that the model learns from (a classifier tells "
            "them apart with an AUC of {auc:.2f}): the end of the log may be a promotion, a "
            "holiday or a change in what is recorded. Take the probabilities with care.",
            auc=self.auc,
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {"auc": self.auc, "fields": [field.to_json() for field in self.fields]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Shift:
        """The shift that ``to_json`` wrote."""
        return cls(data["auc"], tuple(Sentence.from_json(field) for field in data["fields"]))


def shift_rule() -> Sentence:
    """The rule by which the present is said to be unlike the past."""
    return Sentence(
        "Boosted trees try to tell the people of now from those of training. Where both are alike "
        "they reach an AUC of 0.5; from {shifted} on they are said to differ.",
        shifted=SHIFTED,
    )


class Guards(NamedTuple):
    """What should make one careful about a question and its features.

    Attributes:
        strengths: how much each feature tells, as ``feature_strengths`` returns it.
        shift: how now differs from then; None where it does not.
    """

    strengths: pd.DataFrame
    shift: Shift | None

    def to_json(self) -> dict[str, Any]:
        """A plain dict; what is no number is None."""
        table = self.strengths.astype(object)
        return {
            "strengths": table.where(table.notna(), None).to_dict("records"),
            "shift": self.shift and self.shift.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Guards:
        """The guards that ``to_json`` wrote."""
        table = pd.DataFrame(data["strengths"], columns=["name", *_MEASURES])
        strengths = table.astype(dict.fromkeys(_MEASURES, "float64"))
        return cls(strengths, data["shift"] and Shift.from_json(data["shift"]))
