"""Take a file in: parse, check, and write the canonical log, with DuckDB straight from disk."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import duckdb

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.closed import close, limit
from deepfm.log.hashing import hmac_sql
from deepfm.log.log import Log, LogFile, attribute_names
from deepfm.log.mapping import Mapping
from deepfm.log.parse import NO_USER, number_columns, parse
from deepfm.log.report import make_report
from deepfm.log.source.part import Source
from deepfm.log.source.rows import Rows, make_rows
from deepfm.log.sql import identifier, quoted
from deepfm.log.watch import Progress, Watch
from deepfm.whole import settle

LOG_FILES = ("log.parquet", "set_aside.parquet", "log.json")


def take_in(
    source: Source,
    mapping: Mapping,
    folder: Path | str,
    on_progress: Progress | None = None,
    *,
    key: bytes | None = None,
) -> Log:
    """Read ``source`` through ``mapping`` and write the log to ``folder``.

    Every row of the files is either an event of the log or stands in set_aside.parquet with its
    file, line number and the reason. Line numbers count the file's lines from 1; a row whose quoted
    cells hold line breaks has the number of its first line; the rows of a Parquet file are numbered
    from 1. Ids that are floats throughout a column (17850.0) lose their ".0". The source is left as
    it is. An earlier log in ``folder`` stays as it was unless the new one is complete.

    Args:
        source: from `open_source`.
        mapping: which column is what.
        folder: made if it is missing.
        on_progress: called with a share from 0 to 1 and what is being done, also from another
            thread.
        key: for the hashes of the users, where the mapping asks for them.

    Raises:
        InputError: an unknown column or zone, a line that is too long, dates that can be read in
            two ways, no usable row, one user only, all events at one instant.
        ValueError: the mapping asks for hashes, and there is no key.
    """
    mapping.check(source.columns)
    if mapping.hash_users and key is None:
        raise ValueError("no key to hash the users with")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tell = on_progress or silent
    with tempfile.TemporaryDirectory(prefix=".taking-in-", dir=folder) as scratch_name:
        scratch = Path(scratch_name)
        with duckdb.connect(str(scratch / "scratch.duckdb")) as connection:
            limited(connection, scratch)
            watch = Watch(connection, tell)
            close(connection, *(part.path for part in source.parts), folder=scratch)
            rows = _parse(connection, source, mapping, scratch, watch, key)
            log = _write(connection, source, mapping, scratch, watch, rows, key)
        log.save(scratch / "log.json")
        put_in_place(scratch, folder)
    tell(1.0, Sentence("The log is ready"))
    return Log.open(folder)


def put_in_place(scratch: Path, folder: Path) -> None:
    """Move a log that is complete to its folder; log.json, which makes it one, comes last."""
    for name in LOG_FILES:
        settle(scratch / name)
    for name in LOG_FILES:
        (scratch / name).replace(folder / name)
    settle(folder)


def limited(connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """Keep DuckDB to its limits, and to the order of the file."""
    limit(connection, scratch)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = true")


def silent(share: float, doing: Sentence) -> None:
    """For callers who do not listen to the progress."""


def _parse(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    scratch: Path,
    watch: Watch,
    key: bytes | None,
) -> Rows:
    """Make the view ``parsed``."""
    try:
        with watch.over(0.0, 0.3, Sentence("Reading the rows")):
            rows = make_rows(connection, source, scratch)
        with watch.over(0.3, 0.65, Sentence("Reading times, ids and numbers")):
            parse(connection, source, mapping, key)
    except (duckdb.InvalidInputException, duckdb.OutOfRangeException) as error:
        raise InputError(
            "{name} cannot be read to its end. Export it again as UTF-8 CSV.", name=source.name
        ) from error
    return rows


def _write(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    scratch: Path,
    watch: Watch,
    rows: Rows,
    key: bytes | None,
) -> Log:
    """Write both Parquet files to ``scratch``; the log that they make."""
    reasons = _reasons(connection)
    _check_usable(connection, reasons)
    parquet = scratch / "log.parquet"
    with watch.over(0.65, 0.9, Sentence("Sorting and writing the log")):
        _copy(connection, _log_sql(connection, mapping, key), parquet)
        _copy(connection, _set_aside_sql(source), scratch / "set_aside.parquet")
    with watch.over(0.9, 0.99, Sentence("Counting what is in it")):
        report = make_report(
            connection,
            parquet,
            rows_read=rows.count,
            reasons=reasons,
            unreadable_numbers=_unreadable(connection, mapping),
            time_zone=mapping.time_zone,
        )
    assert report.rows_read == report.rows_used + report.rows_set_aside
    names = attribute_names((*mapping.categories, *mapping.numbers))
    with parquet.open("rb") as file:
        fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    return Log(
        folder=scratch,
        mapping=mapping,
        report=report,
        files=tuple(
            LogFile(part.name, lines) for part, lines in zip(source.parts, rows.lines, strict=True)
        ),
        categories=names[: len(mapping.categories)],
        numbers=names[len(mapping.categories) :],
        has_item=mapping.item is not None,
        has_amount=mapping.amount is not None,
        fingerprint=fingerprint,
    )


def _reasons(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Number of rows set aside for each reason, the most frequent first."""
    return dict(
        connection.execute(
            "SELECT reason, count(*) FROM parsed WHERE reason IS NOT NULL "
            "GROUP BY reason ORDER BY count(*) DESC, reason"
        ).fetchall()
    )


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


def _log_sql(connection: duckdb.DuckDBPyConnection, mapping: Mapping, key: bytes | None) -> str:
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
    if mapping.hash_users and key is not None:
        value["user"] = hmac_sql(value["user"], key)
    columns = [f"{value[name]} AS {name}" for name in texts if not name.startswith("text_")]
    columns.append("time")
    amounts = 1 if mapping.amount else 0
    if amounts:
        columns.append("number_0 AS amount")
    columns.append("place AS line")
    names = attribute_names((*mapping.categories, *mapping.numbers))
    kept = [value[f"text_{i}"] for i in range(len(mapping.categories))]
    kept += [f"number_{i + amounts}" for i in range(len(mapping.numbers))]
    columns += [f"{v} AS {identifier(name)}" for v, name in zip(kept, names, strict=True)]
    return f"SELECT {', '.join(columns)} FROM parsed WHERE reason IS NULL ORDER BY time, place"


def _set_aside_sql(source: Source) -> str:
    """The query that gives the rows of set_aside.parquet."""
    names = ", ".join(quoted(part.name) for part in source.parts)
    return (
        f"SELECT ([{names}])[file + 1] AS file, line, reason, text "
        "FROM parsed WHERE reason IS NOT NULL ORDER BY place"
    )


def _unreadable(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> dict[str, int]:
    names = number_columns(mapping)
    if not names:
        return {}
    counts = ", ".join(f"count(*) FILTER (unread_{i})" for i in range(len(names)))
    row = connection.execute(f"SELECT {counts} FROM parsed WHERE reason IS NULL").fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)")
