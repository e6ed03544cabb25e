"""How much one may bring and keep: settings of the server, which no page can exceed."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deepfm.environment import whole_number
from deepfm.errors import InputError
from deepfm.runs.workspace import Workspace

_GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """What a server takes where nothing else is set.

    Attributes:
        upload_gib: size of the files of one upload, GiB.
        columns: of a log.
        values: size of the vocabulary of one field; rarer values are out of vocabulary.
        examples: users times snapshots of a question.
        runs: that a workspace keeps.
        disk_gib: that a workspace takes, GiB; nothing new is begun beyond.
    """

    upload_gib: int = 8
    columns: int = 1_000
    values: int = 50_000
    examples: int = 200_000_000
    runs: int = 5_000
    disk_gib: int = 500


def limits() -> Limits:
    """The limits of this server.

    Raises:
        InputError: a variable is no whole number from 1 on.
    """
    usual = Limits()
    return Limits(
        upload_gib=whole_number("DEEPFM_MOST_UPLOAD_GIB", usual.upload_gib),
        columns=whole_number("DEEPFM_MOST_COLUMNS", usual.columns),
        values=whole_number("DEEPFM_MOST_VALUES", usual.values),
        examples=whole_number("DEEPFM_MOST_EXAMPLES", usual.examples),
        runs=whole_number("DEEPFM_MOST_RUNS", usual.runs),
        disk_gib=whole_number("DEEPFM_MOST_DISK_GIB", usual.disk_gib),
    )


def check_columns(columns: int) -> None:
    """Refuse a log with more columns than are allowed.

    Raises:
        InputError: there are more.
    """
    most = limits().columns
    if columns > most:
        raise InputError(
            "The log has {count:,} columns; this server takes {most:,}. Keep those that say who, "
            "what and when, and what describes them.",
            count=columns,
            most=most,
        )


def check_examples(users: int, snapshots: int) -> None:
    """Refuse a question with more examples than are allowed.

    Raises:
        InputError: users times snapshots is more.
    """
    most = limits().examples
    if users * snapshots > most:
        raise InputError(
            "{users:,} users at {snapshots} moments would be {count:,} examples; this server takes "
            "{most:,}. Learn from fewer moments, or from a shorter log.",
            users=users,
            snapshots=snapshots,
            count=users * snapshots,
            most=most,
        )


def check_upload(size: int) -> None:
    """Refuse an upload that has grown beyond what is allowed.

    Args:
        size: of all its files so far, bytes.

    Raises:
        InputError: it is larger.
    """
    most = limits().upload_gib
    if size > most * _GIB:
        raise InputError(
            "The files are larger than the {most} GiB that this server takes at once. Compress "
            "them, leave columns out, or ask for a place on the server.",
            most=most,
        )


def check_room(workspace: Workspace) -> None:
    """Refuse to begin something new where nothing may be, or too much is there already.

    Raises:
        InputError: the workspace is only read, or full.
    """
    workspace.check_writable()
    most = limits().disk_gib
    size = disk_use(workspace.folder)
    if size > most * _GIB:
        raise InputError(
            "Your logs and runs take {size:.1f} GiB, and {most} GiB are allowed. Delete some that "
            "are no longer needed.",
            size=size / _GIB,
            most=most,
        )


def check_runs(workspace: Workspace) -> None:
    """As ``check_room``, for one more run.

    Raises:
        InputError: the workspace is only read, or full, or keeps as many runs as are allowed.
    """
    check_room(workspace)
    most = limits().runs
    count = sum(1 for _ in workspace.runs.iterdir()) if workspace.runs.is_dir() else 0
    if count >= most:
        raise InputError(
            "There are {count:,} runs, and {most:,} are allowed. Delete some that are no longer "
            "needed.",
            count=count,
            most=most,
        )


def disk_use(folder: Path) -> int:
    """Bytes of all files in ``folder`` and below, where they are still there; 0 without one."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # it went meanwhile
                size += (Path(parent) / name).lstat().st_size
    return size
