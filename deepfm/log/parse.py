"""The cells of a row → user, item, action, time and numbers, or the reason why it is set aside."""

from __future__ import annotations

import duckdb

from deepfm.errors import InputError
from deepfm.log.hashing import hmac_sql
from deepfm.log.mapping import Mapping
from deepfm.log.source.part import Source
from deepfm.log.source.source import sample
from deepfm.log.sql import quoted
from deepfm.log.times import likely_formats, short_date_sql, time_sql

NO_USER = "the user is missing"
NO_ACTION = "the action is missing"
NO_TIME = "the time is missing"
BAD_TIME = "the time cannot be read"
# "NA" can be a real value of an attribute (Namibia), but never a user, an action or a time.
MISSING = ("", "NULL", "NONE", "NAN", "NAT", "N/A", "\\N", "<NA>")
SAMPLED_TIMES = 10_000


def number_columns(mapping: Mapping) -> tuple[str, ...]:
    """The columns that are read as numbers, in the order of ``number_0`` and so on."""
    return (*((mapping.amount,) if mapping.amount else ()), *mapping.numbers)


def parse(
    connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping, key: bytes | None
) -> None:
    """Make the view ``parsed`` of the view ``source_rows``: one row for each of it.

    Columns: file, line, place; user, item, action and ``text_i``, VARCHAR; time TIMESTAMP;
    ``number_i`` DOUBLE and ``unread_i``, whether its cell holds something else; reason VARCHAR,
    NULL for an event; text VARCHAR, the row as it stands, where there is a reason.

    Args:
        connection: with the view; the zone of its session must be UTC.
        source: the files.
        mapping: their columns.
        key: for the hashes, where the mapping asks for them.

    Raises:
        InputError: dates whose day and month could be either, and the mapping does not say.
    """
    connection.execute(f"CREATE TABLE read_rows AS {_read_sql(source, mapping, key)}")
    time = f"coalesce(time, {_short_time(connection, mapping)})"
    connection.execute(
        "CREATE VIEW parsed AS SELECT * EXCLUDE (problem, time, month_first, day_first, short), "
        f"{time} AS time, "
        f"coalesce(problem, CASE WHEN {time} IS NULL THEN {quoted(BAD_TIME)} END) AS reason "
        "FROM read_rows"
    )


def _read_sql(source: Source, mapping: Mapping, key: bytes | None) -> str:
    """Each row with its parts, ``problem`` for what is wrong but the time, and its short date."""
    numbers = number_columns(mapping)
    parts = [
        f"{_cell(source, mapping.user)} AS user",
        f"{_time_text(source, mapping)} AS time_text",
    ]
    parts.append(f"{_cell(source, mapping.item) if mapping.item else 'NULL::VARCHAR'} AS item")
    parts.append(f"{_action(source, mapping)} AS action")
    parts += [
        f"{_cell(source, name, na=False)} AS text_{i}" for i, name in enumerate(mapping.categories)
    ]
    parts += [f"{_cell(source, name)} AS cell_{i}" for i, name in enumerate(numbers)]
    short = {
        first: short_date_sql("time_text", mapping.time_zone, day_first=first)
        for first in (False, True)
    }
    formats = likely_formats(_sampled_times(source, mapping))
    time = time_sql("time_text", mapping.time_zone, excel=mapping.excel_times, first=formats)
    read = [f"{_number_sql(f'cell_{i}')} AS number_{i}" for i in range(len(numbers))]
    read += [f"{time} AS time", f"{short[False]} AS month_first", f"{short[True]} AS day_first"]
    unread = [
        f"cell_{i} IS NOT NULL AND number_{i} IS NULL AS unread_{i}" for i in range(len(numbers))
    ]
    problem = (
        f"CASE WHEN misread IS NOT NULL THEN misread WHEN user IS NULL THEN {quoted(NO_USER)} "
        f"WHEN time_text IS NULL THEN {quoted(NO_TIME)} "
        f"WHEN action IS NULL THEN {quoted(NO_ACTION)} END"
    )
    kept = [
        f"{problem} AS problem",
        *unread,
        "CASE WHEN month_first IS DISTINCT FROM day_first THEN time_text END AS short",
        f"CASE WHEN time IS NULL OR {problem} IS NOT NULL THEN {_kept_text(mapping, key)} END "
        "AS text",
    ]
    dropped = ["misread", "row_text", "time_text", *(f"cell_{i}" for i in range(len(numbers)))]
    return (
        f"SELECT * EXCLUDE ({', '.join(dropped)}), {', '.join(kept)} "
        f"FROM (SELECT *, {', '.join(read)} FROM (SELECT file, line, place, "
        f"text AS row_text, problem AS misread, {', '.join(parts)} FROM source_rows))"
    )


def _cell(source: Source, column: str, *, na: bool = True) -> str:
    """The trimmed text of a cell; NULL where it says that nothing is there."""
    value = f"trim(cells[{source.columns.index(column) + 1}])"
    missing = ", ".join(map(quoted, (*MISSING, "NA") if na else MISSING))
    return f"CASE WHEN upper({value}) NOT IN ({missing}) THEN {value} END"


def _action(source: Source, mapping: Mapping) -> str:
    if mapping.action is None:
        return quoted(mapping.only_action)
    cell = _cell(source, mapping.action)
    if not mapping.action_names:
        return cell
    # 1 and 1.0 are the same code: a column with a gap comes out of many tools as floats.
    whole = f"regexp_replace({cell}, '^(\\d+)\\.0+$', '\\1')"
    named = " ".join(
        f"WHEN {quoted(code)} THEN {quoted(name.strip())}" for code, name in mapping.action_names
    )
    return f"CASE {whole} {named} ELSE {cell} END"


def _time_text(source: Source, mapping: Mapping) -> str:
    """The time's cell, and what goes on in other columns; NULL where one of them is missing."""
    return " || ' ' || ".join(_cell(source, name) for name in (mapping.time, *mapping.time_parts))


def _sampled_times(source: Source, mapping: Mapping) -> list[str]:
    table = sample(source, SAMPLED_TIMES)[[mapping.time, *mapping.time_parts]].dropna()
    return table.agg(" ".join, axis=1).tolist() if len(table) else []


def _kept_text(mapping: Mapping, key: bytes | None) -> str:
    """What set_aside.parquet keeps of a row: as it stands, or nothing that tells who it is."""
    if not mapping.hash_users or key is None:
        return "row_text"
    parts = [hmac_sql("user", key), "time_text", "action", *(["item"] if mapping.item else [])]
    parts += [f"text_{i}" for i in range(len(mapping.categories))]
    return f"CASE WHEN misread IS NULL THEN concat_ws(',', {', '.join(parts)}) ELSE '' END"


def _number_sql(text: str) -> str:
    """A finite number, without currency sign and thousands commas; NULL where it is none."""
    bare = f"regexp_replace({text}, '^([-+]?)\\s*[¥￥$€£]\\s*', '\\1')"
    grouped = f"regexp_full_match({bare}, '[-+]?\\d{{1,3}}(,\\d{{3}})+(\\.\\d+)?')"
    value = f"try_cast(CASE WHEN {grouped} THEN replace({bare}, ',', '') ELSE {bare} END AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _short_time(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> str:
    """Which reading of the dates that begin with a day or a month counts, as SQL.

    Where the mapping does not say, the dates that can be read in one way only decide for all;
    those that contradict the majority cannot be read.
    """
    if mapping.day_first is not None:
        return "day_first" if mapping.day_first else "month_first"
    row = connection.execute(
        "SELECT count(*) FILTER (day_first IS NULL AND month_first IS NOT NULL), "
        "count(*) FILTER (month_first IS NULL AND day_first IS NOT NULL), min(short) FROM read_rows"
    ).fetchone()
    assert row is not None
    months, days, example = row
    if months == days and example is not None:
        raise InputError(
            "Times such as {example} can mean a day and a month or a month and a day. "
            "Say which stands first.",
            example=example,
        )
    return "day_first" if days > months else "month_first"
