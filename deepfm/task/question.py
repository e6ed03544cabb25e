"""The analyst's question, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

from deepfm.errors import InputError
from deepfm.language import Sentence, listed
from deepfm.log.log import Log
from deepfm.task.history import history_days

Kind = Literal["user", "pair", "event"]

_TARGET_WORDS = ("purchase", "buy", "order", "pay", "transaction", "购买", "下单", "支付", "成交")
_SHORTEST_USER_HISTORY_DAYS = 5


class QuestionError(InputError):
    """A part of the question makes no sense.

    Attributes:
        part: the attribute of ``Question`` that is to be changed.
    """

    def __init__(self, part: str, template: str, /, **values: object) -> None:
        super().__init__(template, **values)
        self.part = part


@dataclass(frozen=True)
class Question:
    """Of the users active in the last ``active_days``, who does a target in the horizon?

    At a snapshot ``t`` the features know the events in ``[t - lookback, t)`` and the label looks at
    ``(t + gap, t + gap + horizon]``.

    Attributes:
        targets: the action to predict; of several ones each counts.
        kind: ``"user"`` asks once a user and snapshot; ``"pair"`` asks of a user and each value of
            the column ``by``: who does it with which; ``"event"`` asks of each row of the log
            whether its action is a target (the windows below then play no part).
        by: for ``"pair"``, ``item`` or one of the log's categories.
        only_column: only target events count that have one of ``only`` in this column.
        only: those values; empty where every target event counts.
        least_amount: the amounts of the target events in the horizon must add up to this; in the
            row-by-row question the amount of the row must reach it.
        horizon_days: length of the label window, in days.
        lookback_days: length of the feature window, in days.
        every_days: distance between two training snapshots, in days.
        gap_days: days between a snapshot and its label window.
        active_days: a user is asked about when seen in the last so many days; at most the lookback.
        first_time_only: leave out users who did a target before the snapshot.
        as_of: the first moment that counts as unknown; None means just after the log's last event.
        holidays: ISO 3166 code of the country whose public holidays are a feature.

    Raises:
        QuestionError: when a part is out of range or does not fit another one.
    """

    targets: tuple[str, ...]
    kind: Kind = "user"
    by: str | None = None
    only_column: str | None = None
    only: tuple[str, ...] = ()
    least_amount: float | None = None
    horizon_days: int = 7
    lookback_days: int = 28
    every_days: int = 7
    gap_days: int = 0
    active_days: int = 28
    first_time_only: bool = False
    as_of: datetime | None = None
    holidays: str | None = None

    def __post_init__(self) -> None:
        if not self.targets:
            raise QuestionError("targets", "No action is chosen. Choose what is to be predicted.")
        if self.kind not in ("user", "pair", "event"):
            raise QuestionError("kind", "There is no question of the kind {kind}.", kind=self.kind)
        self._check_days()
        if (self.kind == "pair") != (self.by is not None):
            raise QuestionError("by", "Say for which column the pairs are: item or a category.")
        if bool(self.only) != (self.only_column is not None):
            raise QuestionError("only", "Choose both a column and its values, or none.")
        if self.least_amount is not None and not self.least_amount > 0:
            raise QuestionError(
                "least_amount",
                "The least amount is {amount}. Choose more than zero, or none.",
                amount=self.least_amount,
            )

    def _check_days(self) -> None:
        lengths = {
            "horizon_days": "horizon",
            "lookback_days": "lookback",
            "every_days": "step between snapshots",
            "active_days": "activity window",
        }
        for part, name in lengths.items():
            days = getattr(self, part)
            if days < 1:
                raise QuestionError(
                    part,
                    "The {name} is {days} days. Choose at least one day.",
                    name=Sentence(name),
                    days=days,
                )
        if self.gap_days < 0:
            raise QuestionError(
                "gap_days", "The gap is {days} days. Choose zero or more.", days=self.gap_days
            )
        if self.active_days > self.lookback_days:
            raise QuestionError(
                "lookback_days",
                "Users active in the last {active} days cannot be described by a lookback of "
                "{lookback} days. Lengthen the lookback or shorten the activity window.",
                active=self.active_days,
                lookback=self.lookback_days,
            )

    @property
    def plain_target(self) -> str | None:
        """The action, where nothing but that action is asked for; the amount may be limited."""
        return self.targets[0] if len(self.targets) == 1 and not self.only else None

    def goal(self) -> Sentence | str:
        """What is to be done, in words: actions, where, and for how much."""
        words: Sentence | str = listed(self.targets)
        if self.only:
            words = Sentence(
                "{what} ({column}: {values})",
                what=words,
                column=column_words(self.only_column or ""),
                values=listed(self.only),
            )
        if self.least_amount is not None:
            words = Sentence("{what} for at least {amount:g}", what=words, amount=self.least_amount)
        return words

    def sentence(self) -> Sentence:
        """The question in words."""
        target = self.goal()
        if self.kind == "event":
            return Sentence("For each row of the log: is its action {target}?", target=target)
        if self.by is not None:
            target = Sentence("{what} of which {column}", what=target, column=column_words(self.by))
        eligible = (
            "Of the users active in the last {active} days who have not done it before, "
            "who will do {target} within the next {horizon} days?"
            if self.first_time_only
            else "Of the users active in the last {active} days, "
            "who will do {target} within the next {horizon} days?"
        )
        asked = Sentence(
            eligible, active=self.active_days, target=target, horizon=self.horizon_days
        )
        if not self.gap_days:
            return asked
        return Sentence(
            "{question} (Counted from {gap} days later.)", question=asked, gap=self.gap_days
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dict of the attributes; ``as_of`` as ISO text."""
        return asdict(self) | {"as_of": self.as_of.isoformat() if self.as_of else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Question:
        """The question that ``to_json`` wrote, or an earlier version with one ``target``.

        Raises:
            QuestionError: when a part is unknown, missing or of another kind of value.
        """
        values = dict(data)
        if "target" in values:
            values["targets"] = [values.pop("target")]
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise QuestionError(
                unknown[0], "A question has no part called {part}.", part=unknown[0]
            )
        if "targets" not in values:
            raise QuestionError("targets", "The question does not say what is to be predicted.")
        for part, value in values.items():
            values[part] = _read(part, value)
        return cls(**values)


def _read(part: str, value: Any) -> Any:
    """One part as JSON holds it, checked."""
    if part in ("targets", "only"):
        fits = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        value = tuple(value) if fits else value
    elif part == "as_of" and isinstance(value, str):
        try:
            value, fits = datetime.fromisoformat(value), True
        except ValueError:
            fits = False
    elif part.endswith("_days"):
        fits = type(value) is int
    elif part == "first_time_only":
        fits = isinstance(value, bool)
    elif part == "least_amount":
        fits = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    else:
        fits = value is None or isinstance(value, str)
    if not fits:
        raise QuestionError(
            part,
            "{value} makes no sense as {part} of a question.",
            value=repr(value),
            part=part,
        )
    return value


def check_question(log: Log, question: Question) -> None:
    """Refuse a question about what the log does not have.

    Raises:
        QuestionError: an action, a column or a value is not in the log.
    """
    for target in question.targets:
        if target not in log.actions:
            raise QuestionError(
                "targets",
                "The action {target} never occurs in this log. Choose one of: {actions}.",
                target=target,
                actions=", ".join(list(log.actions)[:10]),
            )
    for part in ("by", "only_column"):
        column = getattr(question, part)
        if column is not None and column not in log.id_columns:
            raise QuestionError(
                part,
                "This log has no column {column}. Choose one of: {columns}.",
                column=column,
                columns=", ".join(log.id_columns) or "–",
            )
    if question.least_amount is not None and not log.has_amount:
        raise QuestionError(
            "least_amount", "This log has no amounts, so none can be asked for. Take it out."
        )


def column_words(column: str) -> Sentence | str:
    """What a column of the canonical log is called; its own columns keep their names."""
    return Sentence(column) if column in ("item", "action", "amount") else column


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
    targets = (target or default_target(log),)
    if days < _SHORTEST_USER_HISTORY_DAYS and len(log.actions) > 1:
        return Question(targets, kind="event")
    if days >= 270:
        horizon, lookback, every = 30, 90, 15
    elif days >= 56:
        horizon, lookback, every = 7, 28, 7
    else:
        horizon = max(1, days // 8)
        every = 1
        lookback = max(1, days - 3 * horizon - every)
    return Question(
        targets,
        horizon_days=horizon,
        lookback_days=lookback,
        every_days=every,
        active_days=lookback,
    )
