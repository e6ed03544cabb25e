"""Whom to show: a question to the list, in the reader's terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deepfm.log.sql import identifier
from deepfm.prospects.ranking import TIERS
from deepfm.shape import Between, Maybe, MisfitError, OneOf, check

_CONDITION = {"field": str, "values": [Maybe(str)], "low": Maybe(float), "high": Maybe(float)}
_FILTER = {
    "user": str,
    "tiers": [OneOf(TIERS)],
    "least_probability": Between(0, 1),
    "reason": Maybe(str),
    "conditions": [_CONDITION],
}


@dataclass(frozen=True)
class Condition:
    """What a field must be; a missing value fits no border.

    Attributes:
        field: its name.
        values: one of these, None for a missing one; empty for any.
        low: at least so much; None for no border.
        high: at most so much.
    """

    field: str
    values: tuple[str | None, ...] = ()
    low: float | None = None
    high: float | None = None

    def sql(self) -> tuple[str, list[object]]:
        """The condition on the examples, and its values."""
        column, parts, values = identifier(self.field), ["true"], list[object]()
        if self.values:
            known = [value for value in self.values if value is not None]
            missing = f" OR {column} IS NULL" if None in self.values else ""
            parts.append(f"(list_contains(?::VARCHAR[], {column}::VARCHAR){missing})")
            values.append(known)
        for border, sign in ((self.low, ">="), (self.high, "<=")):
            if border is not None:
                parts.append(f"{column} {sign} ?")
                values.append(border)
        return " AND ".join(parts), values


@dataclass(frozen=True)
class Filter:
    """Whom to show.

    Attributes:
        user: part of the user's id; empty for everyone.
        tiers: of these tiers; empty for all.
        least_probability: calibrated probability from 0 to 1.
        reason: name of a field that is among the reasons for; None for any.
        conditions: on fields; a person with several rows fits where one row fits them all.
    """

    user: str = ""
    tiers: Sequence[str] = ()
    least_probability: float = 0.0
    reason: str | None = None
    conditions: tuple[Condition, ...] = ()

    def sql(self, examples: Path | None, keys: Sequence[str]) -> tuple[str, list[object]]:
        """The condition on the list and its values; ``keys`` say who somebody is."""
        conditions = ["probability >= ?"]
        values: list[object] = [self.least_probability]
        if self.user:
            # contains, not LIKE: an id may hold % and _.
            conditions.append('contains(lower("user"), lower(?))')
            values.append(self.user)
        if self.tiers:
            conditions.append("list_contains(?, tier)")
            values.append(list(self.tiers))
        if self.reason is not None:
            conditions.append("? IN (for_1, for_2, for_3)")
            values.append(self.reason)
        if self.conditions:
            if examples is None:
                raise ValueError("conditions on fields need the examples")
            who = ", ".join(map(identifier, keys))
            found = [one.sql() for one in self.conditions]
            inside = " AND ".join(text for text, _ in found)
            conditions.append(
                f"({who}) IN (SELECT ({who}) FROM read_parquet(?) WHERE part = 'now' AND {inside})"
            )
            values += [str(examples), *(value for _, some in found for value in some)]
        return " AND ".join(conditions), values

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Filter:
        """The filter that ``to_json`` wrote, once it went through JSON.

        Raises:
            MisfitError: nothing that it wrote.
        """
        check(_FILTER, data)
        conditions = tuple(
            Condition(one["field"], tuple(one["values"]), one.get("low"), one.get("high"))
            for one in data["conditions"]
        )
        tiers, least = tuple(data["tiers"]), data["least_probability"]
        return cls(data["user"], tiers, least, data.get("reason"), conditions)

    def check_fits(self, kinds: Mapping[str, str]) -> None:
        """Whether a list can be asked for it whose fields have these kinds, sparse or dense.

        Raises:
            MisfitError: a field is unknown, of the other kind, or has two conditions.
        """
        check(Maybe(OneOf(kinds)), self.reason, "reason")
        seen: set[str] = set()
        for place, one in enumerate(self.conditions):
            part = f"conditions[{place}].field"
            check(OneOf(kinds.keys() - seen), one.field, part)
            borders = one.low is not None or one.high is not None
            if one.values if kinds[one.field] == "dense" else borders:
                raise MisfitError(part)
            seen.add(one.field)
