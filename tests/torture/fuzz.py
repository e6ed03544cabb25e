"""Files for the readers of logs, changed again and again towards code that no file has reached yet.

A program of its own, as the fuzzer ends its process. What it finds goes to a file, a line each:

    python -m tests.torture.fuzz FOUND CORPUS [options of libFuzzer]
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import traceback
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris
import duckdb

with atheris.instrument_imports(include=["deepfm.log"]):
    from deepfm.errors import InputError
    from deepfm.log.closed import closed
    from deepfm.log.guess import guess_mapping
    from deepfm.log.intake import take_in
    from deepfm.log.mapping import Mapping
    from deepfm.log.source.part import Dialect
    from deepfm.log.source.rows import make_rows
    from deepfm.log.source.source import open_source, sample
from tests.torture.seeds import SHEET, workbook

# To guess the columns and to write the log takes thirty times as long as to read a file.
_SELDOM = 12
_CHOSEN = Dialect(encoding="latin-1", delimiter=";", header=True)


def as_file(data: bytes) -> bytes:
    """A file: as it is, or packed, as no fuzzer hits upon a checksum; the first byte says how."""
    kind, rest = data[:1], data[1:]
    if kind == b"g":
        return gzip.compress(rest, 1)
    if kind == b"z":
        packed = io.BytesIO()
        first, _, second = rest.partition(b"\0\0")
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.csv", first)
            archive.writestr("b/c", second or first)
        return packed.getvalue()
    return workbook({SHEET: rest}) if kind == b"x" else rest


def read(path: Path, folder: Path, dialect: Dialect) -> None:
    """All that the readers do with a file: they look at it, and cut it into rows and cells."""
    scratch = folder / "scratch"
    scratch.mkdir()
    source = open_source(path, scratch=scratch, dialect=dialect)
    sample(source, 20)
    whole = path.stat().st_size % _SELDOM == 0
    try:
        with closed(*(part.path for part in source.parts), folder=scratch) as connection:
            rows = make_rows(connection, source, scratch)
            found = connection.execute("SELECT cells, problem FROM source_rows").fetchall()
        assert len(found) == rows.count
    except duckdb.Error:
        whole = True  # who takes it in says it in words
    if whole:
        guess_mapping(source)
        take_in(source, Mapping(*source.columns[:2], categories=source.columns[2:4]), folder / "to")


def main() -> None:
    """Fuzz until the options say that it is enough."""
    found, known = Path(sys.argv[1]), set[str]()

    def one(data: bytes) -> None:
        with TemporaryDirectory(prefix="deepfm-fuzz-") as name:
            path = Path(name) / "log.csv"
            path.write_bytes(as_file(data))
            try:
                read(path, Path(name), _CHOSEN if data[:1] == b";" else Dialect())
            except InputError as error:
                assert error.text("zh")
            # Whatever comes out is what is looked for.
            except Exception as error:  # noqa: BLE001
                where = traceback.extract_tb(error.__traceback__)[-1]
                place = f"{type(error).__name__} {Path(where.filename).name}:{where.lineno}"
                if place not in known:
                    known.add(place)
                    with found.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(f"{place} {error!r:.200} by {data!r:.400}") + "\n")

    atheris.Setup([sys.argv[0], *sys.argv[2:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
