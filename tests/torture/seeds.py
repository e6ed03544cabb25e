"""Small logs in every form that is read: what a fuzzer begins with."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

SHEET = "xl/worksheets/sheet1.xml"
_ROWS = "user,time,action\nu1,2024-01-01,view\nu2,2024-01-02 10:00,buy\nu1,2024-01-03,buy\n"
_OBJECTS = (
    '{"user": "u1", "time": "2024-01-01", "n": 1}\n{"user": "u2", "time": 1704153600, "n": null}\n'
)


def workbook(changed: Mapping[str, bytes]) -> bytes:
    """A workbook with a small log in it, some of its members replaced."""
    content = io.BytesIO()
    frame = pd.DataFrame([["u1", "2024-01-01", 1], ["u2", "2024-01-02", 2.5]])
    frame.columns = ["user", "time", "n"]
    frame.to_excel(content, index=False, engine="openpyxl")
    packed = io.BytesIO()
    with zipfile.ZipFile(content) as plain, zipfile.ZipFile(packed, "w") as archive:
        for name in plain.namelist():
            archive.writestr(name, changed.get(name, plain.read(name)))
    return packed.getvalue()


def seeds() -> list[bytes]:
    """Files as ``tests.torture.fuzz.as_file`` makes them: a byte for the form, then the content."""
    table = io.BytesIO()
    pd.DataFrame({"user": ["u1", "u2"], "time": ["2024-01-01", "2024-01-02"]}).to_parquet(table)
    with zipfile.ZipFile(io.BytesIO(workbook({}))) as archive:
        sheet = archive.read(SHEET)
    rows = _ROWS.encode()
    return [
        b" " + rows,
        b" " + rows.replace(b",", b"\t"),
        b" " + rows.replace(b",", b" "),
        b" " + rows.replace(b",", b"::"),
        b";" + rows.replace(b",", b";"),
        b' "user";"time"\n"u;1";"2024-01-01"\n"u\n2";"2024-01-02"\n',
        b" \xef\xbb\xbf" + rows.replace(b"\n", b"\r\n"),
        b" " + _ROWS.encode("utf-16"),
        b" " + _ROWS.replace("u1", "用户").encode("gb18030"),
        b" " + _ROWS.replace("u1", "é").encode("latin-1"),
        b" " + _OBJECTS.encode(),
        b" [" + _OBJECTS.strip().replace("\n", ",").encode() + b"]",
        b"g" + rows,
        b"z" + rows + b"\0\0" + rows,
        b"x" + sheet,
        b" " + workbook({}),
        b" " + table.getvalue(),
    ]


def write_seeds(folder: Path) -> None:
    """A file each, as libFuzzer reads them."""
    for place, seed in enumerate(seeds()):
        (folder / f"{place:02d}").write_bytes(seed)
