"""What is counted over days and looked back to: actions, and what the question asks for."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.task.question import Question

_MOST_ACTIONS = 8


@dataclass(frozen=True)
class Counted:
    """An action, or the goal of a question where that is more or less than one action.

    Attributes:
        name: the action; empty for such a goal.
        label: in words.
        question: whose goal it is.
    """

    name: str
    label: Sentence | str
    question: Question

    @property
    def is_goal(self) -> bool:
        """Whether it is not an action by itself."""
        return not self.name

    def feature(self, kind: str, days: int | None = None) -> str:
        """The name of a feature of it; no action can clash with the goal, which has no colon."""
        window = "" if days is None else f"{days}d"
        if self.is_goal:
            return "_".join(part for part in ("goal", kind, window) if part)
        return ":".join(part for part in (kind, self.name, window) if part)

    def rows(self, events: pd.DataFrame) -> pd.Series[bool]:
        """Which rows of the canonical log it is."""
        if not self.is_goal:
            return events["action"] == self.name
        asked = events["action"].isin(self.question.targets)
        if self.question.only_column is not None:
            asked &= events[self.question.only_column].isin(self.question.only)
        return asked


def counted(log: Log, question: Question) -> tuple[Counted, ...]:
    """The goal of the question and the most frequent actions, at most 8 of them."""
    if question.plain_target is not None:
        first = Counted(question.plain_target, question.plain_target, question)
    else:
        what = Question(question.targets, only_column=question.only_column, only=question.only)
        first = Counted("", what.goal(), question)
    others = [action for action in log.actions if action != first.name]
    actions = tuple(Counted(action, action, question) for action in others[: _MOST_ACTIONS - 1])
    return (first, *actions)
