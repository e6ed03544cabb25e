"""A first mapping, from the columns' names (English and Chinese) and from what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.closed import closed
from deepfm.log.column_names import (
    ACTION,
    AMOUNT,
    CATEGORIES,
    CLOCK,
    ITEM,
    LEFT_OUT,
    NUMBERS,
    TIME,
    USER,
    plain,
)
from deepfm.log.mapping import Mapping
from deepfm.log.parse import MISSING
from deepfm.log.source.part import Source
from deepfm.log.source.source import sample
from deepfm.log.times import EXCEL_DAY, short_date_sql, time_sql

SAMPLED_ROWS = 5_000
MOST_ACTIONS = 30
MOST_CATEGORIES = 0.5  # distinct values a row; above that a text is an id or free text
FEW_CODES = 30
SHOWN_VALUES = 3

_DATE = r"\d{4}\D?\d{1,2}\D?\d{1,2}\D?|\d{1,2}\D\d{1,2}\D\d{4}"

Basis = Literal["name", "content", "place"]
BASES: dict[Basis, Sentence] = {
    "name": Sentence("sure, by its name"),
    "content": Sentence("likely, by its content"),
    "place": Sentence("only a guess"),
}


@dataclass(frozen=True)
class Guess:
    """A mapping, and what speaks for it.

    Attributes:
        mapping: of every column that seems of use.
        basis: why a column was chosen, for each part of the mapping that has one.
        values: the first different values of each column, at most three.
    """

    mapping: Mapping
    basis: dict[str, Basis]
    values: dict[str, tuple[str, ...]]


def guess_mapping(source: Source) -> Mapping:
    """The mapping of ``guess``."""
    return guess(source).mapping


def guess(source: Source) -> Guess:
    """The mapping an analyst would most likely choose, from the first rows.

    Ids of sessions and orders, free text and texts that hardly repeat are left out. Times are left
    in UTC; the zone is the analyst's to choose.

    Raises:
        InputError: no column looks like a time, or none like a user.
    """
    columns = _Columns(first_rows(source), source.header)
    time, time_parts = columns.take_time()
    user = columns.take("user", USER)
    action = columns.take_action()
    item = columns.take("item", ITEM)
    if user is None:
        user, item = columns.take_ids(item)
    amount = columns.take("amount", AMOUNT, [c for c in columns.left if columns.is_number(c)])
    categories, numbers = columns.attributes()
    times = columns.rows[time].dropna()
    mapping = Mapping(
        user,
        time,
        item,
        action,
        amount,
        categories,
        numbers,
        time_parts=time_parts,
        excel_times=_share(times.str.fullmatch(EXCEL_DAY)) > 0.5,
    )
    return Guess(mapping, columns.basis, values_of(columns.rows))


def values_of(rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The first different values of each column of a sample, at most three."""
    return {
        str(c): tuple(rows[c].dropna().drop_duplicates().head(SHOWN_VALUES)) for c in rows.columns
    }


def two_readings(times: pd.Series[str]) -> bool:
    """Whether no date shows which of its first two numbers is the day, and some could be either.

    Args:
        times: values of a column, as far as they are known.
    """
    found = times.str.extract(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}").dropna().astype(int)
    day_first, month_first = (found[0] > 12).sum(), (found[1] > 12).sum()
    return bool(day_first == month_first and (found[0] != found[1]).any())


@dataclass
class _Columns:
    """The columns of a sample that have no part yet.

    Attributes:
        rows: the sample.
        named: whether the columns have names of their own.
        left: what has no part yet, in the order of the file.
        basis: as in ``Guess``.
    """

    rows: pd.DataFrame
    named: bool
    left: list[str] = field(init=False)
    basis: dict[str, Basis] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.left = [str(column) for column in self.rows.columns]

    def take(
        self, part: str, names: tuple[str, ...], fitting: list[str] | None = None
    ) -> str | None:
        """The column, one of ``fitting`` if given, whose name comes first in ``names``."""
        among = self.left if fitting is None else fitting
        known = {plain(column): column for column in reversed(among)}
        found = _first(known[name] for name in names if name in known)
        return None if found is None else self._taken(part, found, "name")

    def take_time(self) -> tuple[str, tuple[str, ...]]:
        """The time, and the columns that go on where it ends."""
        named = [c for c in self.left if plain(c) in TIME]
        time = self.take("time", TIME, [c for c in named if _is_time(self.rows[c], by_name=True)])
        if time is None:
            time = _first(c for c in self.left if _is_time(self.rows[c], by_name=False))
            if time is None:
                raise InputError(
                    "No column looks like a time. The columns are: {columns}. "
                    "Add the time of each event.",
                    columns=self._shown(),
                )
            self._taken("time", time, "content")
        clock = None
        if _share(self.rows[time].dropna().str.fullmatch(_DATE)) > 0.9:
            clocks = [c for c in self.left if _is_clock(self.rows[c])]
            clock = self.take("time_parts", CLOCK, clocks)
        return time, (clock,) if clock else ()

    def take_action(self) -> str | None:
        """The action; where no column is named, the words with the fewest different values."""
        few = {c: self.rows[c].nunique() for c in self.left}
        found = self.take("action", ACTION, [c for c in few if 0 < few[c] <= MOST_ACTIONS])
        if found is None and not self.named:
            words = [c for c in few if 2 <= few[c] <= MOST_ACTIONS and not self.is_number(c)]
            if words:
                found = self._taken("action", min(words, key=lambda c: few[c]), "content")
        return found

    def take_ids(self, item: str | None) -> tuple[str, str | None]:
        """User and item of a log whose names say nothing.

        By custom the user stands first; the item is the id with the most different values after it.
        """
        rows = self.rows
        ids = [c for c in self.left if rows[c].nunique() > 1 and not _has_fractions(rows[c])]
        if self.named:
            like = r"user|member|customer|visitor|用户|会员|客户|顾客"
            ids = [c for c in ids if re.search(like, c.lower())]
        if not ids:
            raise InputError(
                "No column looks like a user. The columns are: {columns}. Add who did each event.",
                columns=self._shown(),
            )
        user = self._taken("user", ids[0], "content" if self.named else "place")
        if item is None and not self.named and ids[1:]:
            item = self._taken("item", max(ids[1:], key=lambda c: rows[c].nunique()), "place")
        return user, item

    def attributes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Which of the columns that are left are categories and which are numbers."""
        kinds = {column: self._kind(column) for column in self.left}
        return (
            tuple(column for column, kind in kinds.items() if kind == "category"),
            tuple(column for column, kind in kinds.items() if kind == "number"),
        )

    def is_number(self, column: str) -> bool:
        """Whether nearly all of its values are numbers."""
        return _is_number(self.rows[column])

    def _kind(self, column: str) -> Literal["category", "number", "neither"]:
        name, known = plain(column), self.rows[column].dropna()
        if known.empty or (LEFT_OUT.search(name) and not CATEGORIES.search(name)):
            return "neither"
        if CATEGORIES.search(name):
            return "category"
        if _is_number(known):
            few = not _has_fractions(known) and known.nunique() <= FEW_CODES
            code = few or re.search(r"id$|code|type|编号|编码|类型", name) or not self.named
            return "category" if code and name not in NUMBERS else "number"
        repeated = known.nunique() <= max(FEW_CODES, len(known) * MOST_CATEGORIES)
        return "category" if repeated and not _is_time(known, by_name=False) else "neither"

    def _taken(self, part: str, column: str, basis: Basis) -> str:
        self.left.remove(column)
        self.basis[part] = basis
        return column

    def _shown(self) -> str:
        """The columns, each with its first value."""
        return ", ".join(
            f"{column} ({found[0]})" if found else column
            for column, found in values_of(self.rows).items()
        )


def first_rows(source: Source, rows: int = SAMPLED_ROWS) -> pd.DataFrame:
    """As ``sample``; a cell that says that nothing is there is None."""
    table = sample(source, rows)
    return table.where(~table.apply(lambda column: column.str.upper().isin(MISSING)), None)


def _first(names: Iterable[str]) -> str | None:
    return next(iter(names), None)


def _share(flags: pd.Series[bool]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _is_time(values: pd.Series[str], *, by_name: bool) -> bool:
    """Whether nine in ten values are times; a name may vouch for digits like 20110101."""
    known = values.dropna()
    digits = _share(known.str.fullmatch(r"\d+(\.\d+)?")) > 0.5
    if digits and not by_name and not _share(known.str.fullmatch(r"1\d{9}|1\d{12}")) > 0.9:
        return False
    return _readable(known, excel=by_name) >= 0.9


def _readable(values: pd.Series[str], *, excel: bool) -> float:
    """The share of values that can be read as a time."""
    tried = [time_sql("text", "UTC", excel=excel)]
    tried += [short_date_sql("text", "UTC", day_first=first) for first in (False, True)]
    either = " OR ".join(f"{sql} IS NOT NULL" for sql in tried)
    with closed(TimeZone="UTC") as connection:
        row = connection.execute(
            f"SELECT avg(({either})::INTEGER) FROM (SELECT unnest(?::VARCHAR[]) AS text)",
            [values.tolist()],
        ).fetchone()
    return float(row[0]) if row is not None and row[0] is not None else 0.0


def _is_clock(values: pd.Series[str]) -> bool:
    """Hours from 0 to 23, or times of day."""
    known = values.dropna()
    return _share(known.str.fullmatch(r"([01]?\d|2[0-3])(:[0-5]\d){0,2}(\.\d+)?")) > 0.9


def _is_number(values: pd.Series[str]) -> bool:
    known = values.dropna()
    return len(known) > 0 and bool(pd.to_numeric(known, errors="coerce").notna().mean() > 0.95)


def _has_fractions(values: pd.Series[str]) -> bool:
    known = values.dropna()
    return _is_number(known) and bool(known.str.contains(r"\.0*[1-9]").any())
