"""What an analyst is about to ask of a log, kept beside it until a run is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.log.log import Log
from deepfm.runs.files import read_json, write_json
from deepfm.task.question import Question, default_question
from deepfm.training.settings import TrainingSettings

_FILE = "draft.json"


@dataclass(frozen=True)
class Draft:
    """A question and the features that are to answer it.

    Attributes:
        question: what is asked.
        left_out: names of the features that were switched off; all other ones that are on by
            default are used, also after a change of the question.
        added: names of the features that were switched on.
        reason: why a feature that tells the outcome by itself is kept.
        settings: of an earlier run that is to be changed; None for those of a preset.
    """

    question: Question
    left_out: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    reason: str | None = None
    settings: TrainingSettings | None = None

    def features(self, log: Log) -> list[str]:
        """Names of the features to use, in the order of the catalogue."""
        return [
            feature.name
            for feature in feature_catalogue(log, self.question)
            if (feature.default or feature.name in self.added) and feature.name not in self.left_out
        ]

    def with_features(self, log: Log, names: set[str]) -> Draft:
        """The draft that uses ``names``; what it says of other questions' features stays."""
        catalogue = feature_catalogue(log, self.question)
        on = {feature.name for feature in catalogue if feature.default}
        known = {feature.name for feature in catalogue}
        return replace(
            self,
            left_out=(self.left_out - known) | (on - names),
            added=(self.added - known) | (names - on),
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {
            "question": self.question.to_json(),
            "left_out": sorted(self.left_out),
            "added": sorted(self.added),
            "reason": self.reason,
            "settings": self.settings.to_json() if self.settings else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Draft:
        """The draft that ``to_json`` wrote."""
        question = Question.from_json(data["question"])
        settings = data.get("settings")
        return cls(
            question,
            frozenset(data["left_out"]),
            frozenset(data["added"]),
            data.get("reason"),
            TrainingSettings.from_json(settings) if settings else None,
        )


def open_draft(log: Log) -> Draft:
    """The draft of a log; the default question where there is none, or none that can be read."""
    if not (log.folder / _FILE).is_file():
        return Draft(default_question(log))
    try:
        draft = Draft.from_json(read_json(log.folder / _FILE))
    except (InputError, KeyError, TypeError, ValueError):
        return Draft(default_question(log))
    return draft


def save_draft(log: Log, draft: Draft) -> None:
    """Keep ``draft`` with its log."""
    write_json(log.folder / _FILE, draft.to_json())
