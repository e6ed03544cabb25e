"""Times as they are written in logs → naive wall-clock timestamps, as SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from deepfm.log.closed import closed
from deepfm.log.sql import quoted

DAY_OR_MONTH_FIRST = r"^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}"
EXCEL_DAY = r"\d{5}(\.\d+)?"
_EXCEL_START = "1899-12-30"  # so that the day of the leap year that Excel made up does not count
_PLAIN = r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)?"
_ZONE = r"\s*(?:Z|UTC|GMT|[+\-]\d{2}(?::?\d{2})?)$"
_CLOCK_THEN_ZONE = rf"\d:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?{_ZONE}"
_CLOCKS = (
    *(" %H:%M:%S", " %H:%M", "", " %H", " %H:%M:%S.%f"),
    *(" %I:%M:%S %p", " %I:%M %p", " %I:%M:%S%p", " %I:%M%p"),
)
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
_FORMATS = (*(date + clock for date in _DATES for clock in _CLOCKS), "%Y%m%d%H%M%S")


def time_sql(text: str, time_zone: str, *, excel: bool = False, first: Sequence[str] = ()) -> str:
    """SQL that reads the time in the VARCHAR expression ``text`` as a TIMESTAMP in ``time_zone``.

    Read are: ISO 8601 with ``T`` or a blank, with or without seconds and fraction, with a zone
    (``Z``, ``UTC``, ``+08:00``, ``+0800``, ``+08``) or none; dates alone; ``2014-12-06 02``;
    ``20110101``; clocks with AM and PM; epoch seconds, milliseconds, microseconds. Anything else
    gives NULL, and so do dates that begin with a day or a month: see ``short_date_sql``. Going from
    an instant to a wall clock has one answer also where the clock is set forward or back; times
    without a zone are not converted.

    Args:
        text: SQL expression, trimmed, not empty.
        time_zone: IANA name.
        excel: whether numbers of five digits are days since 1899-12-30, as Excel keeps them.
        first: formats to try before the others, as from ``likely_formats``.
    """
    epoch = f"timezone({quoted(time_zone)}, timezone('UTC', CASE {_epoch_sql(text)} END))"
    zoned = _zoned_sql(text, time_zone, lambda body: _naive_sql(body, first))
    days = f"try_cast({text} AS DOUBLE)"
    serial = (
        f"WHEN regexp_full_match({text}, {quoted(EXCEL_DAY)}) THEN TIMESTAMP '{_EXCEL_START}' "
        # Excel's days know a millisecond at best; the rest is noise of the fraction.
        f"+ to_milliseconds(round({days} * 86400000)::BIGINT) "
    )
    return (
        f"CASE WHEN regexp_full_match({text}, {quoted(_PLAIN)}) "
        f"THEN try_cast(replace({text}, ',', '.') AS TIMESTAMP) {serial if excel else ''}"
        f"ELSE coalesce({epoch}, {zoned}, {_naive_sql(text, first)}) END"
    )


def short_date_sql(text: str, time_zone: str, *, day_first: bool) -> str:
    """SQL that reads ``12/31/2010 8:26`` or, day first, ``31.12.2010``; NULL for all else.

    The rest is as for ``time_sql``.
    """

    def naive(body: str) -> str:
        return _strptime(body, _short_formats(day_first))

    return (
        f"CASE WHEN regexp_matches({text}, {quoted(DAY_OR_MONTH_FIRST)}) "
        f"THEN coalesce({_zoned_sql(text, time_zone, naive)}, {naive(text)}) END"
    )


def likely_formats(texts: Sequence[str]) -> list[str]:
    """The formats in which some of ``texts`` are written, the most frequent first."""
    with closed() as connection:
        counts = ", ".join(
            f"count(try_strptime(replace(text, 'T', ' '), {quoted(form)}))" for form in _FORMATS
        )
        row = connection.execute(
            f"SELECT {counts} FROM (SELECT unnest(?::VARCHAR[]) AS text)", [list(texts)]
        ).fetchone()
    assert row is not None
    found = sorted(zip(row, _FORMATS, strict=True), key=lambda pair: -pair[0])
    return [form for count, form in found if count]


def _epoch_sql(text: str) -> str:
    number = f"try_cast({text} AS DECIMAL(38, 6))"
    return " ".join(
        f"WHEN regexp_full_match({text}, {quoted(pattern)}) "
        f"THEN make_timestamp(try_cast({number} * {factor} AS BIGINT))"
        for pattern, factor in (
            (r"\d{9,10}(\.\d{1,6})?", 1_000_000),
            (r"(\d{13}|9\d{11})(\.\d{1,6})?", 1_000),
            (r"\d{15,16}(\.0+)?", 1),
        )
    )


def _zoned_sql(text: str, time_zone: str, naive: Callable[[str], str]) -> str:
    """The wall clock in ``time_zone`` at a text that ends in a zone, else NULL.

    Args:
        text: SQL expression.
        time_zone: IANA name.
        naive: gives the SQL that reads a text without a zone.
    """
    zone = f"trim(regexp_extract({text}, {quoted(_ZONE)}))"
    body = f"regexp_replace({text}, {quoted(_ZONE)}, '')"
    digits = f"regexp_replace({zone}, '[^0-9]', '', 'g')"
    minutes = (
        f"(try_cast(substr({digits}, 1, 2) AS INTEGER) * 60 "
        f"+ coalesce(try_cast(substr({digits}, 3, 2) AS INTEGER), 0))"
    )
    sign = f"CASE WHEN {zone} LIKE '-%' THEN -1 ELSE 1 END"
    offset = f"CASE WHEN {digits} = '' THEN 0 ELSE {sign} * {minutes} END"
    return (
        f"CASE WHEN regexp_matches({text}, {quoted(_CLOCK_THEN_ZONE)}) THEN "
        f"timezone({quoted(time_zone)}, timezone('UTC', {naive(body)} - to_minutes({offset}))) END"
    )


def _naive_sql(text: str, first: Sequence[str]) -> str:
    """A text without a zone as it stands; NULL where it is no time."""
    formats = [*first, *(form for form in _FORMATS if form not in first)]
    return (
        f"CASE WHEN regexp_full_match({text}, {quoted(_PLAIN)}) "
        f"THEN try_cast(replace({text}, ',', '.') AS TIMESTAMP) "
        f"WHEN regexp_matches({text}, '^\\d{{4}}') THEN {_strptime(text, formats)} END"
    )


def _short_formats(day_first: bool) -> list[str]:
    date = "%d{0}%m{0}%Y" if day_first else "%m{0}%d{0}%Y"
    return [date.format(mark) + clock for mark in "/.-" for clock in _CLOCKS]


def _strptime(text: str, formats: Sequence[str]) -> str:
    plain = f"replace(replace({text}, 'T', ' '), ',', '.')"
    return f"try_strptime({plain}, [{', '.join(map(quoted, formats))}])"
