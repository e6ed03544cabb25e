"""The analyst's question, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.task.history import history_days

Kind = Literal["user", "event"]

_TARGET_WORDS = ("purchase", "buy", "order", "pay", "transaction", "购买", "下单", "支付", "成交")
_SHORTEST_USER_HISTORY_DAYS = 5


@dataclass(frozen=True)
class Question:
    """Of the users active in the last ``active_days``, who does ``target`` in the horizon?

    At a snapshot ``t`` the features know the events in ``[t - lookback, t)`` and the label looks at
    ``(t + gap, t + gap + horizon]``.

    Attributes:
        target: the action to predict.
        kind: ``"user"`` asks once a user and snapshot; ``"event"`` asks of each row of the log
            whether its action is the target (the windows below then play no part).
        horizon_days: length of the label window, in days.
        lookback_days: length of the feature window, in days.
        every_days: distance between two training snapshots, in days.
        gap_days: days between a snapshot and its label window.
        active_days: a user is asked about when seen in the last so many days; at most the lookback.
        first_time_only: leave out users who did the target action before the snapshot.
        as_of: the first moment that counts as unknown; None means just after the log's last event.

    Raises:
        InputError: when a length is out of range.
    """

    target: str
    kind: Kind = "user"
    horizon_days: int = 7
    lookback_days: int = 28
    every_days: int = 7
    gap_days: int = 0
    active_days: int = 28
    first_time_only: bool = False
    as_of: datetime | None = None

    def __post_init__(self) -> None:
        lengths = {
            "horizon": self.horizon_days,
            "lookback": self.lookback_days,
            "step between snapshots": self.every_days,
            "activity window": self.active_days,
        }
        for name, days in lengths.items():
            if days < 1:
                raise InputError(
                    "The {name} is {days} days. Choose at least one day.",
                    name=Sentence(name),
                    days=days,
                )
        if self.gap_days < 0:
            raise InputError("The gap is {days} days. Choose zero or more.", days=self.gap_days)
        if self.active_days > self.lookback_days:
            raise InputError(
                "Users active in the last {active} days cannot be described by a lookback of "
                "{lookback} days. Lengthen the lookback or shorten the activity window.",
                active=self.active_days,
                lookback=self.lookback_days,
            )

    def sentence(self) -> Sentence:
        """The question in words."""
        if self.kind == "event":
            return Sentence("For each row of the log: is its action {target}?", target=self.target)
        eligible = (
            "Of the users active in the last {active} days who have not done it before, "
            "who will do {target} within the next {horizon} days?"
            if self.first_time_only
            else "Of the users active in the last {active} days, "
            "who will do {target} within the next {horizon} days?"
        )
        return Sentence(
            eligible, active=self.active_days, target=self.target, horizon=self.horizon_days
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dict of the attributes; ``as_of`` as ISO text."""
        return asdict(self) | {"as_of": self.as_of.isoformat() if self.as_of else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Question:
        """The question that ``to_json`` wrote."""
        values = dict(data)
        as_of = values.get("as_of")
        return cls(**{**values, "as_of": datetime.fromisoformat(as_of) if as_of else None})


def default_target(log: Log) -> str:
    """The action that sounds most like a purchase, else the rarest one."""
    for word in _TARGET_WORDS:
        for action in log.actions:
            if word in action.lower():
                return action
    return min(log.actions, key=lambda action: (log.actions[action], action))


def default_question(log: Log, target: str | None = None) -> Question:
    """A question that the span of the log can answer; the analyst changes it freely.

    Long logs are asked about months, usual ones about the next 7 days from the last 28, short ones
    about the next day or two, and logs of a few hours row by row.
    """
    days = history_days(log)
    target = target or default_target(log)
    if days < _SHORTEST_USER_HISTORY_DAYS and len(log.actions) > 1:
        return Question(target=target, kind="event")
    if days >= 270:
        horizon, lookback, every = 30, 90, 15
    elif days >= 56:
        horizon, lookback, every = 7, 28, 7
    else:
        horizon = max(1, days // 8)
        every = 1
        lookback = max(1, days - 3 * horizon - every)
    return Question(
        target=target,
        horizon_days=horizon,
        lookback_days=lookback,
        every_days=every,
        active_days=lookback,
    )
