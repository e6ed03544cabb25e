"""What the command line does with a log before anything is asked of it."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deepfm.errors import InputError
from deepfm.language import Language, translate
from deepfm.log.findings import findings
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.mend import mend
from deepfm.log.mends import Mends
from deepfm.log.source.database import open_database
from deepfm.log.source.part import Dialect, Source
from deepfm.log.source.source import open_source
from deepfm.log.watch import Progress
from deepfm.runs.keys import hashing_key
from deepfm.runs.run import Run
from deepfm.runs.workspace import common_workspace


def take_log(options: Namespace, folder: Path, tell: Progress, like: Run | None = None) -> Log:
    """Take the files of the options in to ``folder``, with the mends that were asked for.

    With ``like``, the columns are read and the log is mended as for that run.

    Raises:
        InputError: as ``open_source``, ``take_in`` and ``mend``.
    """
    with TemporaryDirectory(prefix="deepfm-") as scratch:
        source = _source(options, Path(scratch))
        mapping = _mapping(options, source, like)
        key = hashing_key(common_workspace()) if mapping.hash_users else None
        log = take_in(source, mapping, folder, tell, key=key)
    mends = _mends(options, log) | (Mends() if like is None else like.mends)
    if not mends:
        return log
    # The log as it was read stays in place until the mended one is complete.
    with TemporaryDirectory(prefix=".mended-", dir=folder) as scratch:
        mended = mend(log, mends, scratch, tell)
        for path in sorted(mended.folder.iterdir()):
            path.replace(folder / path.name)
    return Log.open(folder)


def _source(options: Namespace, scratch: Path) -> Source:
    if options.database is not None:
        if options.query is None:
            raise InputError("Give --query with --database: the name of a table, or a SELECT.")
        return open_database(options.database, options.query, "database", scratch)
    if not options.log:
        raise InputError("No file and no database is given. Name one or several files.")
    dialect = Dialect(options.encoding, options.delimiter, None, options.sheet)
    return open_source(*options.log, scratch=scratch, dialect=dialect)


def print_report(log: Log, language: Language) -> None:
    """Print what a log holds and what was found in it."""
    report = log.report
    text = (
        "{rows:,} rows were read: {used:,} events of {users:,} users from "
        "{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}; {aside:,} rows were set aside."
    )
    said = translate(
        text,
        language,
        rows=report.rows_read,
        used=report.rows_used,
        users=report.users,
        start=report.likely_start,
        end=report.likely_now,
        aside=report.rows_set_aside,
    )
    print(said)
    for action, events in report.actions.items():
        print(f"  {events:>12,}  {action}")
    print_findings(log, language)


def print_findings(log: Log, language: Language) -> None:
    """Print what an analyst should know before asking anything of a log."""
    for sentence in log.mends.sentences():
        print(sentence.text(language))
    for finding in findings(log):
        print(finding.what.text(language), finding.meaning.text(language))


def _mapping(options: Namespace, source: Source, like: Run | None) -> Mapping:
    """The mapping of the earlier run or the guessed one, with what was said of the columns."""
    try:
        mapping = guess_mapping(source) if like is None else like.mapping
    except InputError:
        if options.user is None or options.time is None:
            raise
        mapping = Mapping(options.user, options.time)
    named: dict[str, Any] = {
        part: getattr(options, part)
        for part in ("user", "time", "item", "action", "amount", "time_zone", "day_first")
        if getattr(options, part) is not None
    }
    named |= {
        plural: tuple(columns)
        for plural, columns in (
            ("categories", options.category),
            ("numbers", options.number),
            ("time_parts", options.time_part),
        )
        if columns
    }
    if options.time is not None:
        named.setdefault("time_parts", ())
    taken = {
        c
        for v in named.values()
        if isinstance(v, str | tuple)
        for c in ((v,) if isinstance(v, str) else v)
    }
    free: dict[str, Any] = {
        part: None for part in ("item", "action", "amount") if getattr(mapping, part) in taken
    }
    for plural in ("categories", "numbers"):
        free[plural] = tuple(c for c in getattr(mapping, plural) if c not in taken)
    if options.action_name:
        named["action_names"] = tuple(options.action_name)
    named["hash_users"] = options.hash_users or mapping.hash_users
    return replace(mapping, **{**free, **named})


def _mends(options: Namespace, log: Log) -> Mends:
    """What the options want changed, of that which was found."""
    mends = Mends(
        drop_duplicates=options.drop_duplicates,
        leave_out=tuple(log.report.bots) if options.leave_out_bots else (),
        random_actions=options.random_actions,
    )
    if options.leave_out_stray and log.report.stray:
        mends |= Mends(since=log.report.likely_start, until=log.report.likely_now)
    return mends
