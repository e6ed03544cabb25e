"""Files that were opened: what each is, and how its rows are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal


@dataclass(frozen=True)
class Dialect:
    """How a file is to be read where its content is not to decide; None leaves it to the content.

    Attributes:
        encoding: a name that Python knows, such as gb18030.
        delimiter: between the cells of a line; a blank stands for one or more of them.
        header: whether the first row holds the names of the columns.
        sheet: of a workbook.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Part:
    """One file of a log.

    Attributes:
        name: what its owner calls it, such as ``logs.zip/january.csv``.
        path: where it is read.
        format: text with a delimiter, one JSON object a line, or Parquet.
        columns: names, in the order of the file.
        encoding: of a text, as Python calls it.
        delimiter: of a csv.
        header: whether the first row of a csv holds the names of the columns.
        line_column: the column of a Parquet file that we wrote in which the line numbers of the
            original stand; without it the rows count from 1.
        sheet: of a workbook, which one it was.
        sheets: of a workbook, all that have rows.
    """

    name: str
    path: Path
    format: Literal["csv", "jsonl", "parquet"]
    columns: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    header: bool = True
    line_column: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A log that can be read: one or several files with the same columns.

    Attributes:
        parts: at least one.
        columns: names, in the order of the first part.
        scratch: holds what was unpacked, where nobody else keeps it, as long as the source lives.
    """

    parts: tuple[Part, ...]
    columns: tuple[str, ...]
    scratch: TemporaryDirectory[str] | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return ", ".join(part.name for part in self.parts)

    @property
    def header(self) -> bool:
        """Whether the columns have names of their own."""
        return all(part.header for part in self.parts)
