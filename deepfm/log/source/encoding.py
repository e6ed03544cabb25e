"""Bytes to text: which encoding a file has, and a clean UTF-8 copy where DuckDB needs one."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from deepfm.errors import InputError

CHUNK = 4 * 1024 * 1024
BLANK = "\x04"  # stands for a blank line, which DuckDB would skip and so shift the line numbers


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unzipped if it is gzip; InputError where the archive is damaged."""
    try:
        with path.open("rb") as file:
            if is_gzip(path):
                with gzip.open(file) as unzipped:
                    yield cast(BinaryIO, unzipped)
            else:
                yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            "The archive {name} is damaged or cut off. Compress the log again and upload it.",
            name=path.name,
        ) from error


def is_gzip(path: Path) -> bool:
    """Whether the content is gzip, whatever the name says."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def detect_encoding(path: Path) -> str:
    """utf-16 by its mark, else utf-8 or gb18030 if that decodes the whole file, else latin-1."""
    with open_bytes(path) as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    return next((e for e in ("utf-8", "gb18030") if _decodes(path, e)), "latin-1")


def _decodes(path: Path, encoding: str) -> bool:
    """Whether every byte decodes; a character cut at the very end of the file is let pass."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with open_bytes(path) as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def needs_copy(path: Path, encoding: str) -> bool:
    """Whether DuckDB cannot read the file as it is without losing a line or a character."""
    if encoding != "utf-8":
        return True
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    before = b"\n"
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
            seam = before[-3:] + chunk
            if b"\n\n" in seam or b"\n\r\n" in seam or b"\r\r" in seam or b"\x00" in chunk:
                return True
            before = seam
    return bool(decoder.getstate()[0])


def write_copy(path: Path, encoding: str, copy: Path) -> None:
    """Write ``path`` as UTF-8, line by line, with a placeholder for each blank line."""
    decoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with open_bytes(path) as file, copy.open("w", encoding="utf-8", newline="\n") as out:
        for line in io.TextIOWrapper(file, encoding=decoding, errors="replace"):
            text = line.rstrip("\n").replace("\x00", "")
            out.write((text if text else BLANK) + "\n")


def head(path: Path, encoding: str, characters: int) -> str:
    """About the first ``characters`` of the text, without a byte order mark."""
    decoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with open_bytes(path) as file:
        return io.TextIOWrapper(file, encoding=decoding, errors="replace").read(characters)
