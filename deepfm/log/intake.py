"""Take a file in: parse, check, and write the canonical log, with DuckDB straight from disk."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.log import Log, attribute_names
from deepfm.log.mapping import Mapping
from deepfm.log.report import make_report
from deepfm.log.source.lines import make_rows
from deepfm.log.source.source import Source, sample
from deepfm.log.sql import identifier, quoted
from deepfm.log.times import DAY_OR_MONTH_FIRST, time_sql

Progress = Callable[[float, Sentence], None]

RAGGED = "the row has more or fewer cells than there are columns"
NO_USER = "the user is missing"
NO_ACTION = "the action is missing"
NO_TIME = "the time is missing"
BAD_TIME = "the time cannot be read"
# "NA" can be a real value of an attribute (Namibia), but never a user, an action or a time.
MISSING = ("", "NULL", "NONE", "NAN", "NAT", "N/A", "\\N", "<NA>")
LOG_FILES = ("log.parquet", "set_aside.parquet", "log.json")


def take_in(
    source: Source, mapping: Mapping, folder: Path | str, on_progress: Progress | None = None
) -> Log:
    """Read ``source`` through ``mapping`` and write the log to ``folder``.

    Every row of the file is either an event of the log or stands in set_aside.parquet with its line
    number and the reason. Line numbers count the file's lines from 1; a row whose quoted cells hold
    line breaks has the number of its first line; the rows of a Parquet file are numbered from 1.
    Ids that are floats throughout a column (17850.0) lose their ".0". The source is left as it is.
    An earlier log in ``folder`` stays as it was unless the new one is complete.

    Args:
        source: from `open_source`.
        mapping: which column is what.
        folder: made if it is missing.
        on_progress: called with a share from 0 to 1 and what is being done.

    Raises:
        InputError: an unknown column or zone, a line that is too long, no usable row, one user
            only, all events at one instant.
    """
    mapping.check(source.columns)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tell = on_progress or _silent
    with tempfile.TemporaryDirectory(prefix=".taking-in-", dir=folder) as scratch_name:
        scratch = Path(scratch_name)
        with duckdb.connect(str(scratch / "scratch.duckdb")) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET preserve_insertion_order = true")
            log = _write(connection, source, mapping, scratch, tell)
        log.save(scratch / "log.json")
        for name in LOG_FILES:
            (scratch / name).replace(folder / name)
    tell(1.0, Sentence("The log is ready"))
    return Log.open(folder)


def _silent(share: float, doing: Sentence) -> None:
    """For callers who do not listen."""


def _write(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    scratch: Path,
    tell: Progress,
) -> Log:
    """Write both Parquet files to ``scratch``; the log that they make."""
    rows_read = _parse(connection, source, mapping, scratch, tell)
    reasons = _reasons(connection)
    _check_usable(connection, reasons)
    tell(0.6, Sentence("Sorting and writing the log"))
    parquet = scratch / "log.parquet"
    _copy(connection, _log_sql(connection, mapping), parquet)
    aside = "SELECT line, reason, text FROM parsed WHERE reason IS NOT NULL ORDER BY line"
    _copy(connection, aside, scratch / "set_aside.parquet")
    tell(0.85, Sentence("Counting what is in it"))
    report = make_report(
        connection,
        parquet,
        rows_read=rows_read,
        reasons=reasons,
        unreadable_numbers=_unreadable(connection, mapping),
    )
    assert report.rows_read == report.rows_used + report.rows_set_aside
    names = attribute_names((*mapping.categories, *mapping.numbers))
    with parquet.open("rb") as file:
        fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    return Log(
        folder=scratch,
        mapping=mapping,
        report=report,
        categories=names[: len(mapping.categories)],
        numbers=names[len(mapping.categories) :],
        has_item=mapping.item is not None,
        has_amount=mapping.amount is not None,
        fingerprint=fingerprint,
    )


def _parse(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    scratch: Path,
    tell: Progress,
) -> int:
    """Make the table ``parsed``; the number of rows in the file."""
    tell(0.0, Sentence("Reading the rows"))
    try:
        rows_read = make_rows(connection, source, scratch)
        tell(0.3, Sentence("Reading times, ids and numbers"))
        connection.execute(f"CREATE TABLE parsed AS {_parsed_sql(source, mapping)}")
    except (duckdb.InvalidInputException, duckdb.OutOfRangeException) as error:
        raise InputError(
            "{name} cannot be read to its end. Export it again as UTF-8 CSV.", name=source.path.name
        ) from error
    return rows_read


def _reasons(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Number of rows set aside for each reason, the most frequent first."""
    return dict(
        connection.execute(
            "SELECT reason, count(*) FROM parsed WHERE reason IS NOT NULL "
            "GROUP BY reason ORDER BY count(*) DESC, reason"
        ).fetchall()
    )


def _parsed_sql(source: Source, mapping: Mapping) -> str:
    """One row a row of the file: line, text, reason, and the parts (text_i and number_i)."""
    missing = ", ".join(map(quoted, MISSING))

    def cell(column: str, *, na: bool = True) -> str:
        value = f"trim(cells[{source.columns.index(column) + 1}])"
        none = missing + (", 'NA'" if na else "")
        return f"CASE WHEN upper({value}) NOT IN ({none}) THEN {value} END"

    parts = [f"{cell(mapping.user)} AS user", f"{cell(mapping.time)} AS time_text"]
    parts.append(f"{cell(mapping.item) if mapping.item else 'NULL::VARCHAR'} AS item")
    action = cell(mapping.action) if mapping.action else quoted(mapping.only_action)
    parts.append(f"{action} AS action")
    parts += [f"{cell(name, na=False)} AS text_{i}" for i, name in enumerate(mapping.categories)]
    numbers = _number_columns(mapping)
    parts += [f"{cell(name)} AS cell_{i}" for i, name in enumerate(numbers)]
    time = time_sql("time_text", mapping.time_zone, day_first=_day_first(source, mapping.time))
    read = [f"{_number_sql(f'cell_{i}')} AS number_{i}" for i in range(len(numbers))]
    unread = [
        f"cell_{i} IS NOT NULL AND number_{i} IS NULL AS unread_{i}" for i in range(len(numbers))
    ]
    reason = (
        f"CASE WHEN NOT whole THEN {quoted(RAGGED)} WHEN user IS NULL THEN {quoted(NO_USER)} "
        f"WHEN time_text IS NULL THEN {quoted(NO_TIME)} WHEN time IS NULL THEN {quoted(BAD_TIME)} "
        f"WHEN action IS NULL THEN {quoted(NO_ACTION)} END"
    )
    dropped = ["whole", "text", "time_text", *(f"cell_{i}" for i in range(len(numbers)))]
    columns = ", ".join(["*", f"{time} AS time", *read])
    return (
        f"SELECT * EXCLUDE ({', '.join(dropped)}), {', '.join([f'{reason} AS reason', *unread])}, "
        "CASE WHEN reason IS NOT NULL THEN text END AS text "
        f"FROM (SELECT {columns} FROM (SELECT line, text, "
        f"len(cells) = {len(source.columns)} AS whole, {', '.join(parts)} FROM source_rows))"
    )


def _number_columns(mapping: Mapping) -> tuple[str, ...]:
    return (*((mapping.amount,) if mapping.amount else ()), *mapping.numbers)


def _number_sql(text: str) -> str:
    """A finite number, without currency sign and thousands commas; NULL where it is none."""
    bare = f"regexp_replace({text}, '^([-+]?)\\s*[¥￥$€£]\\s*', '\\1')"
    grouped = f"regexp_full_match({bare}, '[-+]?\\d{{1,3}}(,\\d{{3}})+(\\.\\d+)?')"
    value = f"try_cast(CASE WHEN {grouped} THEN replace({bare}, ',', '') ELSE {bare} END AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _day_first(source: Source, column: str) -> bool:
    """Whether the column's dates put the day before the month; the first 10,000 rows decide."""
    dates = sample(source, 10_000)[column].astype("string").str.extract(DAY_OR_MONTH_FIRST)
    return bool((dates[0].dropna().astype(int) > 12).any())


def _check_usable(connection: duckdb.DuckDBPyConnection, reasons: dict[str, int]) -> None:
    found = connection.execute(
        "SELECT count(*), min(user), max(user), min(time) = max(time) "
        "FROM parsed WHERE reason IS NULL"
    ).fetchone()
    assert found is not None
    rows, first_user, last_user, one_instant = found
    if rows == 0:
        raise InputError(
            "No row can be used; mostly, {reason}. Check which columns are the user and the time.",
            reason=Sentence(next(iter(reasons), NO_USER)),
        )
    if first_user == last_user:
        raise InputError(
            "All rows belong to one user, {user}. Choose the column that holds the user ids.",
            user=first_user,
        )
    if one_instant:
        raise InputError(
            "All events stand at one instant. Choose the column that holds the time of each event."
        )


def _log_sql(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> str:
    """The query that gives the rows of log.parquet."""
    texts = ["user", *(["item"] if mapping.item else []), "action"]
    texts += [f"text_{i}" for i in range(len(mapping.categories))]
    floats = connection.execute(
        "SELECT "
        + ", ".join(f"bool_and(regexp_full_match({name}, '\\d+\\.0+'))" for name in texts)
        + " FROM parsed WHERE reason IS NULL"
    ).fetchone()
    assert floats is not None
    value = {
        name: f"regexp_replace({name}, '\\.0+$', '')" if is_float else name
        for name, is_float in zip(texts, floats, strict=True)
    }
    columns = [f"{value[name]} AS {name}" for name in texts if not name.startswith("text_")]
    columns.append("time")
    amounts = 1 if mapping.amount else 0
    if amounts:
        columns.append("number_0 AS amount")
    columns.append("line")
    names = attribute_names((*mapping.categories, *mapping.numbers))
    kept = [value[f"text_{i}"] for i in range(len(mapping.categories))]
    kept += [f"number_{i + amounts}" for i in range(len(mapping.numbers))]
    columns += [f"{v} AS {identifier(name)}" for v, name in zip(kept, names, strict=True)]
    return f"SELECT {', '.join(columns)} FROM parsed WHERE reason IS NULL ORDER BY time, line"


def _unreadable(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> dict[str, int]:
    names = _number_columns(mapping)
    if not names:
        return {}
    counts = ", ".join(f"count(*) FILTER (unread_{i})" for i in range(len(names)))
    row = connection.execute(f"SELECT {counts} FROM parsed WHERE reason IS NULL").fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)")
