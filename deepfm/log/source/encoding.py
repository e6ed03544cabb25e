"""Bytes to text: which encoding a file has, and a clean UTF-8 copy where DuckDB needs one."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import chardet

from deepfm.errors import InputError

CHUNK = 1024 * 1024
LONGEST_LINE = 4 * 1024 * 1024
BLANK = "\x04"  # stands for a blank line, which DuckDB would skip and so shift the line numbers
# The longer marks first: that of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What else logs are written in; the rest of the detector's list is exotic.
# fmt: off
OTHERS = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "big5hkscs", "cp932", "euc-jp", "cp949", "koi8-r",
)
# fmt: on
WESTERN = "cp1252"
LAST_RESORT = "latin-1"
CONFIDENT = 0.05
_DETECTOR_BYTES = 64 * 1024
_FOREIGN_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")


@contextmanager
def open_bytes(path: Path, name: str | None = None) -> Iterator[BinaryIO]:
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
            name=name or path.name,
        ) from error


def is_gzip(path: Path) -> bool:
    """Whether the content is gzip, whatever the name says."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def detect_encoding(path: Path, name: str, wanted: str | None = None) -> str:
    """UTF-16 or UTF-32 by its mark, else UTF-8 or GB18030 if that decodes the whole file.

    What neither decodes is given to chardet.

    Args:
        path: the file.
        name: what its owner calls it.
        wanted: the encoding to use, if somebody chose it.

    Raises:
        InputError: there is no encoding ``wanted``, or the file is not in it.
    """
    if wanted is not None:
        return _checked(path, name, wanted)
    with open_bytes(path, name) as file:
        start = file.read(4)
    marked = next((encoding for mark, encoding in MARKS if start.startswith(mark)), None)
    if marked is not None:
        return marked
    return next((e for e in ("utf-8", "gb18030") if _decodes(path, e)), None) or _detected(path)


def _checked(path: Path, name: str, wanted: str) -> str:
    try:
        "a".encode(wanted)  # unlike the look-up, this refuses rot13 and the like
    except (LookupError, ValueError) as error:
        raise InputError(
            "There is no encoding {encoding}. Write it like utf-8 or gb18030.", encoding=wanted
        ) from error
    encoding = codecs.lookup(wanted).name
    if not _decodes(path, encoding):
        raise InputError(
            "The file {name} is not in the encoding {encoding}. Choose another one.",
            name=name,
            encoding=wanted,
        )
    return encoding


def _decodes(path: Path, encoding: str) -> bool:
    """Whether every byte decodes; a character cut at the very end of the file is let pass."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with open_bytes(path) as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
    except UnicodeError:
        return False
    return True


def _detected(path: Path) -> str:
    """What chardet says of the first lines that are not plain ASCII."""
    foreign = b""
    with open_bytes(path) as file:
        while len(foreign) < _DETECTOR_BYTES and (chunk := file.read(CHUNK)):
            foreign += b"\n".join(_FOREIGN_LINE.findall(chunk)) + b"\n"
    matches = chardet.detect_all(
        foreign[:_DETECTOR_BYTES], ignore_threshold=True, include_encodings=OTHERS
    )
    sure = {codecs.lookup(m["encoding"]).name: m["confidence"] for m in matches if m["encoding"]}
    best = max(sure, key=lambda encoding: sure[encoding], default=WESTERN)
    # A few accents fit many code pages about as well; then the most usual one is meant.
    if sure.get(best, 0.0) < max(CONFIDENT, 2 * sure.get(WESTERN, 0.0)):
        best = WESTERN
    return best if _decodes(path, best) else LAST_RESORT


def needs_copy(path: Path, encoding: str) -> bool:
    """Whether DuckDB cannot read the file as it is without losing a line or a character.

    Raises:
        InputError: a line is too long.
    """
    if encoding != "utf-8":
        return True
    lines = _Lines(path.name)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    before = b"\n"
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
            lines.feed(chunk.find(b"\n"), chunk.rfind(b"\n"), len(chunk))
            seam = before[-3:] + chunk
            if b"\n\n" in seam or b"\n\r\n" in seam or b"\x00" in chunk:
                return True
            # A return that ends a line by itself; one at the seam is judged with the next chunk.
            if b"\r" in seam and re.search(rb"\r[^\n]", seam):
                return True
            before = seam
    return bool(decoder.getstate()[0]) or before.endswith(b"\r")


class _Lines:
    """Watches that no line is too long for DuckDB, which may skip it or break.

    Args:
        name: of the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._length = 0

    def feed(self, first: int, last: int, size: int) -> None:
        """The next chunk: where its first and its last line end, -1 for none, and its size.

        Raises:
            InputError: a line is longer than ``LONGEST_LINE``.
        """
        self._length += size if first < 0 else first
        if self._length > LONGEST_LINE:
            raise InputError(
                "The file {name} has a line of more than {most:,.0f} MB. It has no line ends, or "
                "is no log; export it again.",
                name=self._name,
                most=LONGEST_LINE / 1024**2,
            )
        if first >= 0:
            self._length = size - last - 1


def write_copy(path: Path, encoding: str, copy: Path) -> None:
    """Write ``path`` as UTF-8 with plain line ends and a placeholder for each blank line."""
    decoding = "utf-8-sig" if encoding == "utf-8" else encoding
    before, lines = "\n", _Lines(path.name)
    with open_bytes(path) as file, copy.open("w", encoding="utf-8", newline="\n") as out:
        text = io.TextIOWrapper(file, encoding=decoding, errors="replace")
        while chunk := text.read(CHUNK):
            chunk = chunk.replace("\x00", "")
            lines.feed(chunk.find("\n"), chunk.rfind("\n"), len(chunk))
            if chunk.startswith("\n") and before == "\n":
                chunk = BLANK + chunk
            out.write(re.sub(r"\n(?=\n)", f"\n{BLANK}", chunk))
            before = chunk[-1:] or before


def head(path: Path, encoding: str, characters: int) -> str:
    """About the first ``characters`` of the text, without a byte order mark."""
    decoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with open_bytes(path) as file:
        return io.TextIOWrapper(file, encoding=decoding, errors="replace").read(characters)
