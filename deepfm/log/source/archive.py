"""ZIP archives: their files unpacked, each under a name of ours."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from deepfm.errors import InputError

MOST_FILES = 1_000
MOST_BYTES = 64 * 1024**3
# Logs shrink to a twentieth or so. What shrinks much further and is large only fills the disk.
LARGEST_RATIO = 200
SMALL = 1024**3
_CHUNK = 4 * 1024 * 1024
_ENCRYPTED = 0x1


def unpack(path: Path, name: str, scratch: Path) -> list[tuple[Path, str]]:
    """Unpack the files of an archive to ``scratch``.

    Returns:
        Path and name of each, in the order of their names: ``("…/0", "logs.zip/january.csv")``.

    Raises:
        InputError: damaged, empty, locked with a password, or too much to unpack.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _files(archive)
            _check_size(members, name)
            return [
                (_extract(archive, member, scratch / str(place), name), f"{name}/{member.filename}")
                for place, member in enumerate(members)
            ]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(
            "The archive {name} is damaged or cut off. Compress the log again and upload it.",
            name=name,
        ) from error


def check_unpacked_size(path: Path, name: str) -> None:
    """Refuse a ZIP-based file, such as a workbook, that a reader would unpack without end.

    Raises:
        InputError: it says of itself that it holds too much, or it is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive.infolist(), name)
    except zipfile.BadZipFile as error:
        raise InputError(
            "The workbook {name} is damaged or cut off. Save it again and upload it.", name=name
        ) from error


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """What is a file of the owner's: no folder, and none of those that computers add."""
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not member.filename.startswith("__MACOSX/")
        and not Path(member.filename).name.startswith(".")
    ]
    return sorted(members, key=lambda member: member.filename)


def _check_size(members: Sequence[zipfile.ZipInfo], name: str) -> None:
    if not members:
        raise InputError("The archive {name} holds no file. Put the log into it.", name=name)
    if len(members) > MOST_FILES:
        raise InputError(
            "The archive {name} holds {count:,} files; {most:,} can be read at once.",
            name=name,
            count=len(members),
            most=MOST_FILES,
        )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise InputError(
            "The archive {name} is locked with a password. Compress the log without one.", name=name
        )
    full = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if full > MOST_BYTES or (full > SMALL and full > LARGEST_RATIO * max(packed, 1)):
        raise InputError(
            "The archive {name} would unpack to {size:,.0f} MB, far more than a log of its size. "
            "Unpack it and check what is in it.",
            name=name,
            size=full / 1e6,
        )


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, to: Path, name: str) -> Path:
    """One file; never more bytes of it than the archive says that it has."""
    left = member.file_size
    with archive.open(member) as packed, to.open("wb") as out:
        while chunk := packed.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile(f"{name}: more bytes than said")
            out.write(chunk)
    return to
