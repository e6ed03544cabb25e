"""A log without what does not belong in it, as a log of its own."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.closed import close
from deepfm.log.intake import limited, put_in_place, silent
from deepfm.log.log import Log
from deepfm.log.mends import Mends
from deepfm.log.report import make_report
from deepfm.log.sql import identifier, quoted
from deepfm.log.watch import Progress, Watch

REPEATED = "the event repeats an earlier one exactly"
USER_LEFT_OUT = "the user was left out"
TOO_EARLY = "the event is before the time from which events count"
TOO_LATE = "the event is after the time up to which events count"
RANDOM_ACTIONS = 5


def mend(log: Log, mends: Mends, folder: Path | str, on_progress: Progress | None = None) -> Log:
    """Write ``log`` with ``mends`` to ``folder``; ``log`` stays as it is.

    Events that are left out join the rows set aside, with their reason and their values as text.

    Args:
        log: from ``take_in`` or from here; then the mends of both are recorded.
        mends: what to change.
        folder: made if it is missing.
        on_progress: as in ``take_in``.

    Raises:
        InputError: no event would be left.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".mending-", dir=folder) as scratch_name:
        scratch = Path(scratch_name)
        with duckdb.connect(str(scratch / "scratch.duckdb")) as connection:
            limited(connection, scratch)
            watch = Watch(connection, on_progress or silent)
            close(connection, log.parquet, log.set_aside, folder=scratch)
            mended = _write(connection, log, mends, scratch, watch)
        mended.save(scratch / "log.json")
        put_in_place(scratch, folder)
    return Log.open(folder)


def _write(
    connection: duckdb.DuckDBPyConnection, log: Log, mends: Mends, scratch: Path, watch: Watch
) -> Log:
    columns = [
        row[0] for row in connection.execute(f"DESCRIBE FROM {_file(log.parquet)}").fetchall()
    ]
    with watch.over(0.0, 0.5, Sentence("Looking for what is left out")):
        connection.execute(
            f"CREATE TABLE judged AS SELECT line, {_reason(mends, columns)} AS left_out "
            f"FROM {_file(log.parquet)}"
        )
        fresh = dict(
            connection.execute(
                "SELECT left_out, count(*) FROM judged WHERE left_out IS NOT NULL "
                "GROUP BY ALL ORDER BY count(*) DESC, left_out"
            ).fetchall()
        )
    if sum(fresh.values()) == log.rows:
        raise InputError("No event would be left. Leave out less.")
    parquet = scratch / "log.parquet"
    with watch.over(0.5, 0.9, Sentence("Writing the log")):
        connection.execute(
            f"COPY (SELECT {_kept(mends, columns)} FROM {_file(log.parquet)} JOIN judged "
            "USING (line) WHERE left_out IS NULL ORDER BY time, line) "
            f"TO {quoted(str(parquet))} (FORMAT parquet, COMPRESSION zstd)"
        )
        connection.execute(
            f"COPY (FROM {_file(log.set_aside)} UNION ALL ({_aside(log, columns)})) "
            f"TO {quoted(str(scratch / 'set_aside.parquet'))} (FORMAT parquet, COMPRESSION zstd)"
        )
    with watch.over(0.9, 1.0, Sentence("Counting what is in it")):
        report = make_report(
            connection,
            parquet,
            rows_read=log.report.rows_read,
            reasons={**log.report.reasons, **fresh},
            unreadable_numbers=log.report.unreadable_numbers,
            time_zone=log.mapping.time_zone,
        )
    assert report.rows_read == report.rows_used + report.rows_set_aside
    with parquet.open("rb") as file:
        fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    return replace(
        log, folder=scratch, report=report, mends=log.mends | mends, fingerprint=fingerprint
    )


def _reason(mends: Mends, columns: list[str]) -> str:
    """Why an event is left out, as SQL; NULL where it stays."""
    cases = []
    if mends.leave_out:
        users = ", ".join(map(quoted, mends.leave_out))
        cases.append(f"WHEN user IN ({users}) THEN {quoted(USER_LEFT_OUT)}")
    if mends.since is not None:
        start = quoted(mends.since.isoformat())
        cases.append(f"WHEN time < {start}::TIMESTAMP THEN {quoted(TOO_EARLY)}")
    if mends.until is not None:
        end = quoted(mends.until.isoformat())
        cases.append(f"WHEN time > {end}::TIMESTAMP THEN {quoted(TOO_LATE)}")
    if mends.drop_duplicates:
        same = ", ".join(identifier(name) for name in columns if name != "line")
        place = f"row_number() OVER (PARTITION BY {same} ORDER BY line)"
        cases.append(f"WHEN {place} > 1 THEN {quoted(REPEATED)}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def _kept(mends: Mends, columns: list[str]) -> str:
    """The columns of the new log, as SQL."""
    if mends.random_actions is None:
        return ", ".join(map(identifier, columns))
    # The same number for the same seed and line, whatever the threads and the version of DuckDB.
    digits = f"substr(sha256('{int(mends.random_actions)}:' || line), 1, 8)"
    action = f"(1 + ('0x' || {digits})::UINTEGER % {RANDOM_ACTIONS})::VARCHAR AS action"
    return ", ".join(action if name == "action" else identifier(name) for name in columns)


def _aside(log: Log, columns: list[str]) -> str:
    """The rows for set_aside.parquet of the events that are left out, as SQL."""
    names, lines, before = [], [], 0
    for file in log.files:
        names.append(f"WHEN line <= {before + file.lines} THEN {quoted(file.name)}")
        lines.append(f"WHEN line <= {before + file.lines} THEN line - {before}")
        before += file.lines
    text = ", ".join(f"{identifier(name)}::VARCHAR" for name in columns if name != "line")
    return (
        f"SELECT CASE {' '.join(names)} END AS file, CASE {' '.join(lines)} END AS line, "
        f"left_out AS reason, concat_ws(',', {text}) AS text "
        f"FROM {_file(log.parquet)} JOIN judged USING (line) "
        "WHERE left_out IS NOT NULL ORDER BY line"
    )


def _file(path: Path) -> str:
    return f"read_parquet({quoted(str(path))})"
