"""Files that mean harm, or come from systems that do not care: each as bytes on the disk."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

HEADER = "user,action,time\n"
GOOD = "u1,view,2024-01-01\nu2,buy,2024-01-02\n"


class Hostile(NamedTuple):
    """A file and what becomes of it.

    Attributes:
        write: makes the file.
        used: events of the log; None where there is none.
        aside: rows set aside.
        said: part of the sentence where there is no log.
    """

    write: Callable[[Path], object]
    used: int | None = None
    aside: int = 0
    said: str = ""


def _text(text: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(text.encode(encoding))


def _truncated_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress((HEADER + GOOD * 5_000).encode())[:-400])


def _zip(members: dict[str, bytes]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in members.items():
                packed.writestr(name, content)

    return write


def _bomb(path: Path) -> None:
    """Some 2 GB of zeros in 2 MB, by one compressed stretch that is repeated."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for place in range(8):
            with packed.open(f"{place}.csv", "w", force_zip64=True) as member:
                for _ in range(16):
                    member.write(bytes(16 * 1024 * 1024))


def _one_line(path: Path) -> None:
    """A header, two rows, and one line of a gigabyte."""
    with path.open("wb") as file:
        file.write(HEADER.encode() + GOOD.encode() + b"u3,")
        for _ in range(64):
            file.write(b"x" * (16 * 1024 * 1024))
        file.write(b",2024-01-01\n")


def _wide() -> str:
    names = ",".join(f"c{i}" for i in range(4_997))
    row = ",".join("x" * 4_997)
    return f"user,action,time,{names}\nu1,view,2024-01-01,{row}\nu2,buy,2024-01-02,{row}\n"


def _ids(ids: list[str]) -> str:
    return HEADER + "".join(f'"{id}",view,2024-01-0{i % 9 + 1}\n' for i, id in enumerate(ids))


LONG = ["a" * 200, "b" * 200]
FORMULAS = ["=1+1", "+SUM(A1)", "-2", "@cmd", "=HYPERLINK(0)"]
DIGITS = ["12345678901234567890", "99999999999999999999", "00000000000000000001"]
SCRIPTS = ["\u202eabc", "🛒🛍️", "مستخدم", "<script>alert(1)</script>", "'; DROP TABLE lines; --"]
TIMES = ["-0001-01-01", "9999-12-31 23:59:59", "-62135596800", "99999999999999999999", "0"]

FILES = {
    "truncated gzip": Hostile(_truncated_gzip, said="damaged or cut off"),
    "zip bomb": Hostile(_bomb, said="far more than a log of its size"),
    "zip with names that lead out": Hostile(
        _zip({"../../a.csv": (HEADER + GOOD).encode(), "/etc/b.csv": (HEADER + GOOD).encode()}), 4
    ),
    "one line of a gigabyte": Hostile(_one_line, said="a line of more than 4 MB"),
    "lines of four megabytes": Hostile(
        _text(HEADER + (GOOD + f"u3,{'x' * (4 * 1024 * 1024 - 20)},2024-01-01\n") * 3), 9
    ),
    "NUL bytes": Hostile(_text(HEADER + GOOD * 20 + "u\0003,view\0,2024-01-03\n\0\n"), 41),
    "mixed line ends": Hostile(
        _text("user,action,time\r\nu1,view,2024-01-01\ru2,buy,2024-01-02\nu3,buy,2024-01-03\r\r\n"),
        3,
    ),
    "ragged rows": Hostile(
        _text(HEADER + GOOD + "u3\nu4,view\nu5,view,2024-01-01,x,y\n,,\n"), 2, 4
    ),
    "quoted newlines": Hostile(
        _text(HEADER + '"u\n1","a\r\nb",2024-01-01\n' + GOOD + 'u9,"open,2024-01-01\n'), 4
    ),
    "duplicate and empty headers": Hostile(
        _text("user,action,time,,user,\nu1,view,2024-01-01,a,b,c\nu2,view,2024-01-02,,,\n"), 2
    ),
    "5,000 columns": Hostile(_text(_wide()), 2),
    "header only": Hostile(_text(HEADER), said="column names but no rows"),
    "wrong extension": Hostile(_zip({"log.parquet": (HEADER + GOOD).encode()}), 2),
    "formula cells": Hostile(_text(_ids(FORMULAS)), len(FORMULAS)),
    "scripts of the world": Hostile(_text(_ids(SCRIPTS)), len(SCRIPTS)),
    "ids of 200 characters": Hostile(_text(_ids(LONG)), len(LONG)),
    "20-digit integers": Hostile(_text(_ids(DIGITS)), len(DIGITS)),
    "times out of range": Hostile(
        _text(HEADER + GOOD + "".join(f"u3,view,{time}\n" for time in TIMES)), 3, len(TIMES) - 1
    ),
    "half a character at the end": Hostile(
        lambda path: path.write_bytes((HEADER + GOOD + "u3,看").encode()[:-1]), 2, 1
    ),
}
