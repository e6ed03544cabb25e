"""Times as they are written in logs → naive wall-clock timestamps, as SQL."""

from __future__ import annotations

from deepfm.log.sql import quoted

DAY_OR_MONTH_FIRST = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}"
_ZONE = r"\s*(?:Z|UTC|GMT|[+\-]\d{2}(?::?\d{2})?)$"
_CLOCK_THEN_ZONE = rf"\d:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?{_ZONE}"
_CLOCKS = (" %H:%M:%S.%f", " %H:%M:%S", " %H:%M", " %H", "")
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")


def time_sql(text: str, time_zone: str, *, day_first: bool = False) -> str:
    """SQL that reads the time in the VARCHAR expression ``text`` as a TIMESTAMP in ``time_zone``.

    Read are: ISO 8601 with ``T`` or a blank, with or without seconds and fraction, with a zone
    (``Z``, ``UTC``, ``+08:00``, ``+0800``, ``+08``) or none; dates alone; ``2014-12-06 02``;
    ``20110101``; ``12/31/2010 8:26`` or day-first; epoch seconds, milliseconds, microseconds.
    Anything else gives NULL. Going from an instant to a wall clock has one answer also where the
    clock is set forward or back; times without a zone are not converted.

    Args:
        text: SQL expression, trimmed, not empty.
        time_zone: IANA name.
        day_first: whether ``1/2/2010`` is the first of February.
    """
    epoch = f"try_cast({text} AS DECIMAL(38, 6))"
    micros = " ".join(
        f"WHEN regexp_full_match({text}, {quoted(pattern)}) "
        f"THEN make_timestamp(try_cast({epoch} * {factor} AS BIGINT))"
        for pattern, factor in (
            (r"\d{9,10}(\.\d{1,6})?", 1_000_000),
            (r"(\d{13}|9\d{11})(\.\d{1,6})?", 1_000),
            (r"\d{15,16}(\.0+)?", 1),
        )
    )
    ends_in_zone = f"regexp_matches({text}, {quoted(_CLOCK_THEN_ZONE)})"
    zoned = f"WHEN {ends_in_zone} THEN {_zoned_sql(text, day_first)}"
    local = f"timezone({quoted(time_zone)}, timezone('UTC', CASE {micros} {zoned} END))"
    return f"coalesce({local}, {_naive_sql(text, day_first)})"


def _zoned_sql(text: str, day_first: bool) -> str:
    """The instant, as a UTC timestamp, of a text that ends in a zone."""
    zone = f"trim(regexp_extract({text}, {quoted(_ZONE)}))"
    body = f"regexp_replace({text}, {quoted(_ZONE)}, '')"
    digits = f"regexp_replace({zone}, '[^0-9]', '', 'g')"
    minutes = (
        f"(try_cast(substr({digits}, 1, 2) AS INTEGER) * 60 "
        f"+ coalesce(try_cast(substr({digits}, 3, 2) AS INTEGER), 0))"
    )
    sign = f"CASE WHEN {zone} LIKE '-%' THEN -1 ELSE 1 END"
    offset = f"CASE WHEN {digits} = '' THEN 0 ELSE {sign} * {minutes} END"
    return f"({_naive_sql(body, day_first)} - to_minutes({offset}))"


def _naive_sql(text: str, day_first: bool) -> str:
    """A text without a zone as it stands; NULL where it is no time."""
    plain = f"replace(replace({text}, 'T', ' '), ',', '.')"
    day_month = "%d{0}%m{0}%Y" if day_first else "%m{0}%d{0}%Y"
    short = [day_month.format(mark) for mark in "/.-"]
    formats = [date + clock for date in (*_DATES, *short) for clock in _CLOCKS]
    tried = f"try_strptime({plain}, [{', '.join(map(quoted, [*formats, '%Y%m%d%H%M%S']))}])"
    iso = r"\d{4}-\d{1,2}-\d{1,2}( \d{1,2}:[\d:.]+)?"
    return (
        f"CASE WHEN regexp_full_match({plain}, {quoted(iso)}) THEN try_cast({plain} AS TIMESTAMP) "
        f"WHEN regexp_matches({text}, '^\\d') THEN {tried} END"
    )
