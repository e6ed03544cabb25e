"""A reason in words: the field, the user's own value, and how much it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deepfm.features.feature import Feature
from deepfm.language import Language, Sentence, translate

# These values are made by the features themselves; all others are the log's own words.
_OWN_WORDS = ("yes", "no", "night", "morning", "afternoon", "evening")


@dataclass(frozen=True)
class FieldWords:
    """What a run keeps of a feature, so that its reasons can be read without the log.

    Attributes:
        name: the column's name.
        label: what an analyst calls it.
        kind: ``"sparse"`` or ``"dense"``.
        family: the group that it belongs to.
        unit: of a number, or empty.
    """

    name: str
    label: Sentence
    kind: str
    family: str
    unit: str

    @classmethod
    def of(cls, feature: Feature) -> FieldWords:
        """The words of ``feature``."""
        return cls(feature.name, feature.label, feature.kind, feature.family, feature.unit)

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**self.__dict__, "label": self.label.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FieldWords:
        """The words that ``to_json`` wrote."""
        return cls(**{**data, "label": Sentence.from_json(data["label"])})

    def value_text(self, value: str | None, language: Language) -> str:
        """A value of this field for reading; a missing one is "none"."""
        if value is None:
            return translate("none", language)
        own = self.kind == "sparse" and self.family in ("calendar", "rhythm")
        return translate(value, language) if own and value in _OWN_WORDS else value


def number_text(number: float) -> str:
    """A number without more digits than a reason needs: 0.42, 3.1, 128."""
    digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 1 else 2
    text = f"{number:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def reason_text(
    field: FieldWords, value: str | None, contribution: float, language: Language
) -> str:
    """One reason, such as "Days since the last cart: 0.4 (+0.82)".

    Args:
        field: the field's words.
        value: the user's own value as text; None where it is missing.
        contribution: what it adds to the logit.
        language: of the text.
    """
    return translate(
        "{label}: {value} ({contribution:+.2f})",
        language,
        label=field.label,
        value=field.value_text(value, language),
        contribution=contribution,
    )


def group_text(
    group: Mapping[str, Any], words: Mapping[str, FieldWords], language: Language
) -> str:
    """The name of one of the groups of people in ``slices`` of evaluation.json."""
    if group.get("field") is None:
        name = "New users" if group.get("value") == "new" else "Users of the training part"
        return translate(name, language)
    field = words[group["field"]]
    return translate(
        "{label}: {value}",
        language,
        label=field.label,
        value=field.value_text(group.get("value"), language),
    )
