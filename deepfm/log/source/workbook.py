"""Workbooks of Excel and its like: a sheet written as Parquet of text cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine

from deepfm.errors import InputError
from deepfm.log.source import refusals
from deepfm.log.source.names import numbered_names, unique_names
from deepfm.log.source.part import Dialect, Part

LINE = "\x00line"  # no sheet can have a column of this name
_BATCH = 20_000
_WHOLE = 2**53  # a float beyond it stands for several integers

Cell = int | float | str | bool | time | date | datetime | timedelta


def open_workbook(path: Path, name: str, scratch: Path, dialect: Dialect) -> Part:
    """A sheet as a part: the one that the dialect names, else the first that has rows.

    The lines are the rows of the sheet. Dates come as ISO 8601, whole numbers without a fraction.

    Args:
        path: the workbook (xlsx, xlsm, xlsb, xls, ods).
        name: what its owner calls it.
        scratch: where the sheet's Parquet file is written.
        dialect: header and sheet.

    Raises:
        InputError: damaged, locked, no such sheet, no rows, or one column only.
    """
    try:
        book = calamine.load_workbook(str(path))
        sheets = tuple(sheet for sheet in book.sheet_names if book.get_sheet_by_name(sheet).height)
        if not sheets:
            raise refusals.empty(name)
        chosen = dialect.sheet or sheets[0]
        if chosen not in sheets:
            raise InputError(
                "The workbook {name} has no rows in a sheet {sheet}. Choose one of: {sheets}.",
                name=name,
                sheet=chosen,
                sheets=", ".join(sheets),
            )
        sheet = book.get_sheet_by_name(chosen)
        columns, header, rows = _table(sheet, name, dialect.header)
        _write(rows, columns, path := scratch / "sheet.parquet")
    except calamine.PasswordError as error:
        raise InputError(
            "The workbook {name} is locked with a password. Save it without one.", name=name
        ) from error
    except calamine.CalamineError as error:
        raise InputError(
            "The workbook {name} is damaged or cut off. Save it again and upload it.", name=name
        ) from error
    return Part(
        f"{name}/{chosen}" if len(sheets) > 1 else name,
        path,
        "parquet",
        columns,
        header=header,
        line_column=LINE,
        sheet=chosen,
        sheets=sheets,
    )


def _table(
    sheet: calamine.CalamineSheet, name: str, header: bool | None
) -> tuple[tuple[str, ...], bool, Iterator[tuple[int, list[str]]]]:
    """Names of the columns, whether the sheet has them, and the rows below with their numbers."""
    rows: Iterator[tuple[int, list[str]]] = (
        (line, [_text(cell) for cell in row]) for line, row in enumerate(sheet.iter_rows(), start=1)
    )
    filled: Iterator[tuple[int, list[str]]] = (row for row in rows if any(row[1]))
    first = next(filled, None)
    if first is None:
        raise refusals.empty(name)
    if header is None:
        # A header's cells are texts; those of a row of a log never all are.
        raw = next(row for row in sheet.iter_rows() if any(map(_text, row)))
        header = all(isinstance(cell, str) for cell in raw) and bool(first[1][0])
    if header:
        second = next(filled, None)
        if second is None:
            raise refusals.header_only(name)
        columns, filled = unique_names(first[1]), chain([second], filled)
    else:
        columns, filled = numbered_names(len(first[1])), chain([first], filled)
    if len(columns) < 2:
        raise refusals.one_column(name)
    return columns, header, filled


def _write(rows: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], path: Path) -> None:
    texts = [(column, pa.string()) for column in columns]
    schema = pa.schema([(LINE, pa.int64()), *texts])
    with pq.ParquetWriter(path, schema) as writer:
        while batch := list(islice(rows, _BATCH)):
            lines, cells = zip(*batch, strict=True)
            arrays = [pa.array(lines, pa.int64())]
            arrays += [pa.array(column, pa.string()) for column in zip(*cells, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _text(cell: Cell) -> str:
    """A cell as a person sees it; "" for an empty one."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _WHOLE:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return str(cell).strip()
