"""The canonical log: one Parquet file of events, the rows set aside, and what was found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from deepfm.errors import InputError
from deepfm.log.mapping import Mapping
from deepfm.log.mends import Mends
from deepfm.log.report import Report

# Beside the columns of the Parquet file: the place of an event in it.
POSITION = "log_position"
RESERVED = ("user", "item", "action", "time", "amount", "line", POSITION)
VERSION = 2


@dataclass(frozen=True)
class LogFile:
    """A file that a log was made of: its name, and how many lines it has."""

    name: str
    lines: int


@dataclass(frozen=True)
class Log:
    """A log that was taken in.

    Attributes:
        folder: holds log.parquet, set_aside.parquet and log.json.
        mapping: how the file's columns were read.
        report: what was found in it.
        files: what it was made of, in the order in which their lines are counted.
        categories: names of the text attributes in the Parquet file.
        numbers: names of the number attributes in the Parquet file.
        has_item: whether the Parquet file has an item column.
        has_amount: whether the Parquet file has an amount column.
        fingerprint: SHA-256 of log.parquet.
        mends: what was changed after it was read.
    """

    folder: Path
    mapping: Mapping
    report: Report
    files: tuple[LogFile, ...]
    categories: tuple[str, ...]
    numbers: tuple[str, ...]
    has_item: bool
    has_amount: bool
    fingerprint: str
    mends: Mends = field(default_factory=Mends)

    @property
    def parquet(self) -> Path:
        """The events, sorted by time, then line.

        Columns: user VARCHAR, [item VARCHAR], action VARCHAR, time TIMESTAMP (naive, in the
        mapping's zone), [amount DOUBLE], line BIGINT (from 1, counted on over all ``files``),
        then each of ``categories`` (VARCHAR) and ``numbers`` (DOUBLE).
        """
        return self.folder / "log.parquet"

    @property
    def set_aside(self) -> Path:
        """The rows not used.

        Columns: file VARCHAR (its name), line BIGINT (from 1, in it), reason VARCHAR (an English
        template), text VARCHAR.
        """
        return self.folder / "set_aside.parquet"

    @property
    def id_columns(self) -> tuple[str, ...]:
        """``item``, if there is one, and the categories."""
        return (("item",) if self.has_item else ()) + self.categories

    @property
    def number_columns(self) -> tuple[str, ...]:
        """``amount``, if there is one, and the numbers."""
        return (("amount",) if self.has_amount else ()) + self.numbers

    @property
    def profile(self) -> tuple[str, ...]:
        """The categories and numbers that are properties of the user, not of the event."""
        return tuple(
            column
            for column in (*self.categories, *self.numbers)
            if column in self.report.columns and self.report.columns[column].is_profile
        )

    @property
    def identifying(self) -> tuple[str, ...]:
        """The id columns nearly every value of which belongs to one user."""
        return tuple(
            column
            for column in self.id_columns
            if column in self.report.columns and self.report.columns[column].is_identifying
        )

    @property
    def actions(self) -> dict[str, int]:
        """Number of events of each action, most frequent first."""
        return self.report.actions

    @property
    def first_time(self) -> datetime:
        """Time of the first event, naive."""
        return self.report.first_time

    @property
    def last_time(self) -> datetime:
        """Time of the last event, naive."""
        return self.report.last_time

    @property
    def users(self) -> int:
        """Number of different users."""
        return self.report.users

    @property
    def rows(self) -> int:
        """Number of events."""
        return self.report.rows_used

    def save(self, path: Path) -> None:
        """Write everything but the events as JSON."""
        data = {
            "version": VERSION,
            "mapping": self.mapping.to_json(),
            "report": self.report.to_json(),
            "files": [asdict(file) for file in self.files],
            "categories": self.categories,
            "numbers": self.numbers,
            "has_item": self.has_item,
            "has_amount": self.has_amount,
            "fingerprint": self.fingerprint,
            "mends": self.mends.to_json(),
        }
        path.write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path | str) -> Log:
        """The log that was taken in to ``folder``.

        Raises:
            InputError: the folder holds no log, or one of another version.
        """
        folder = Path(folder)
        try:
            data = json.loads((folder / "log.json").read_text(encoding="utf-8"))
            version = data["version"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise _no_log(folder) from error
        if version != VERSION:
            raise InputError(
                "The log in {name} was written by another version. Take the file in again.",
                name=folder.name,
            )
        try:
            log = cls(
                folder=folder,
                mapping=Mapping.from_json(data["mapping"]),
                report=Report.from_json(data["report"]),
                files=tuple(LogFile(**file) for file in data["files"]),
                categories=tuple(data["categories"]),
                numbers=tuple(data["numbers"]),
                has_item=data["has_item"],
                has_amount=data["has_amount"],
                fingerprint=data["fingerprint"],
                mends=Mends.from_json(data["mends"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise _no_log(folder) from error
        if not log.parquet.is_file():
            raise _no_log(folder)
        return log


def _no_log(folder: Path) -> InputError:
    return InputError("The folder {name} holds no log. Take a file in first.", name=folder.name)


def attribute_names(names: Sequence[str]) -> tuple[str, ...]:
    """Column names for attributes; "_" is appended until a name is free, whatever its case."""
    taken = set(RESERVED)
    free: list[str] = []
    for name in names:
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        free.append(name)
    return tuple(free)
