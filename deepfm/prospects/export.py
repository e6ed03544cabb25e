"""The list as a file for other people: CSV, Excel or Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from numpy.typing import NDArray

from deepfm.document import Section
from deepfm.errors import InputError
from deepfm.language import Language, translate
from deepfm.prospects.handout import HOLD_OUT, Handout
from deepfm.prospects.people import PAIRED
from deepfm.prospects.ranking import REASONS, TOP_REASONS
from deepfm.prospects.words import FieldWords, reason_text
from deepfm.spreadsheet import BYTE_ORDER_MARK, neutral
from deepfm.whole import whole

Words = Mapping[str, FieldWords]
# Its title, and what it says.
Card = tuple[str, Sequence[Section]]

EVERYTHING = Handout()

_BATCH = 50_000
_EXCEL_ROWS = 1_048_575  # the sheet's 1,048,576 rows less the titles
_TITLES = {
    "rank": "Rank",
    "user": "User",
    PAIRED: "With",
    "probability": "Probability",
    "score": "Score",
    "percentile": "Percentile",
    "tier": "Tier",
    "last_seen": "Last seen",
    "logit": "Logit",
}
_REASON_TITLES = {"for": "Reason for, {place}", "against": "Reason against, {place}"}
_GROUP_TITLES = {"for": "Reasons for", "against": "Reasons against"}


def column_titles(language: Language) -> dict[str, str]:
    """What each choice of ``Handout.columns`` is called."""
    titles = {**_TITLES, **_GROUP_TITLES}
    return {
        name: translate(title, language)
        for name, title in titles.items()
        if name not in ("user", PAIRED)
    }


def export(
    prospects: Path,
    path: Path,
    language: Language,
    words: Words,
    handout: Handout = EVERYTHING,
    card: Card | None = None,
) -> int:
    """Write the list to ``path`` in the format of its suffix: .csv, .xlsx or .parquet.

    Args:
        prospects: prospects.parquet.
        path: written to.
        language: of titles and reasons.
        words: of the fields, by name.
        handout: what of the list.
        card: the model card, for a sheet of its own in a workbook.

    Returns:
        The number of people written.

    Raises:
        InputError: another suffix, a list too long for Excel, or a folder that is not there.
    """
    check_export_path(path)
    with whole(path) as draft:
        if path.suffix.lower() == ".xlsx":
            return write_xlsx(prospects, draft, language, words, handout, card)
        write = write_csv if path.suffix.lower() == ".csv" else write_parquet
        return write(prospects, draft, language, words, handout)


def check_export_path(path: Path) -> None:
    """Refuse a path that ``export`` could not write to.

    Raises:
        InputError: another suffix than .csv, .xlsx or .parquet, or a folder that is not there.
    """
    if path.suffix.lower() not in (".csv", ".xlsx", ".parquet"):
        raise InputError("{name} has no known suffix. Use .csv, .xlsx or .parquet.", name=path.name)
    if not path.absolute().parent.is_dir():
        raise InputError(
            "There is no folder {folder}. Make it, or choose another.", folder=str(path.parent)
        )
    if path.is_dir():
        raise InputError("{name} is a folder. Give the name of a file.", name=path.name)


def write_csv(
    prospects: Path,
    target: Path | IO[bytes],
    language: Language,
    words: Words,
    handout: Handout = EVERYTHING,
) -> int:
    """Write UTF-8 with byte order mark, so that Excel shows Chinese; rows stream in batches.

    Text cells that a spreadsheet would run as a formula get a leading apostrophe. Numbers have six
    digits. Ids are written digit for digit; Excel itself rounds ids of more than 15 digits when it
    opens a CSV, which the XLSX export prevents.

    Returns:
        The number of people written.
    """
    if isinstance(target, Path):
        with target.open("wb") as file:
            return write_csv(prospects, file, language, words, handout)
    target.write(BYTE_ORDER_MARK)
    written = 0
    for batch in _batches(prospects, handout):
        table = readable(batch, language, words)
        for title in table.select_dtypes(["object", "string"]):
            table[title] = neutral(table[title])
        text = table.to_csv(index=False, header=written == 0, float_format="%.6g")
        target.write(text.encode("utf-8"))
        written += len(table)
    return written


def write_xlsx(
    prospects: Path,
    target: Path | IO[bytes],
    language: Language,
    words: Words,
    handout: Handout = EVERYTHING,
    card: Card | None = None,
) -> int:
    """Write an Excel sheet; ids are text cells, so they keep all digits and are never formulas.

    The model card, where there is one, is a second sheet.

    Returns:
        The number of people written.

    Raises:
        InputError: the list has more people than a sheet has rows.
    """
    people = handout.people(pq.read_metadata(prospects).num_rows)
    if people > _EXCEL_ROWS:
        raise InputError(
            "An Excel sheet holds {most} people and this list has {people}. Export CSV instead.",
            most=_EXCEL_ROWS,
            people=people,
        )
    # In constant memory a row goes to disk as soon as the next one begins.
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(translate("Prospects", language))
        sheet.freeze_panes(1, 2)
        bold, row = book.add_format({"bold": True}), 0
        for batch in _batches(prospects, handout):
            table = readable(batch, language, words)
            if row == 0:
                for column, title in enumerate(table.columns):
                    sheet.write_string(0, column, title, bold)
            for cells in table.itertuples(index=False):
                row += 1
                _write_row(sheet, row, cells)
        if card is not None:
            _write_card(book, card, translate("Model card", language))
    return row


def write_parquet(
    prospects: Path,
    target: Path | IO[bytes],
    language: Language,
    words: Words,
    handout: Handout = EVERYTHING,
) -> int:
    """Write the list as it is, under its own column names, for programs.

    Returns:
        The number of people written.
    """
    file, written = pq.ParquetFile(prospects), 0
    schema = handout.schema(file.schema_arrow)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in _arrow_batches(file, handout):
            writer.write_batch(batch)
            written += len(batch)
    return written


def readable(prospects: pd.DataFrame, language: Language, words: Words) -> pd.DataFrame:
    """Rows of prospects.parquet with titles and reasons in ``language``.

    Returns:
        Rank, user, what they are paired with (question of pairs), probability, score, percentile,
        tier, last seen (text), logit, then the reasons for and against, None where there are none,
        and last, with a hold-out, whether to contact somebody or leave them alone; without those
        that ``prospects`` does not have.
    """
    columns: dict[str, Any] = {
        translate(title, language): prospects[name]
        for name, title in _TITLES.items()
        if name in prospects.columns
    }
    if "last_seen" in prospects.columns:
        seen = prospects["last_seen"].dt.strftime("%Y-%m-%d %H:%M:%S")
        columns[translate(_TITLES["last_seen"], language)] = seen
    for side in (side for side in REASONS if f"{side}_1" in prospects.columns):
        title = _REASON_TITLES[side]
        for place in range(1, TOP_REASONS + 1):
            column = _reason_column(prospects, f"{side}_{place}", language, words)
            columns[translate(title, language, place=place)] = column
    if HOLD_OUT in prospects.columns:
        held, contacted = translate("Leave alone", language), translate("Contact", language)
        columns[translate("Hold-out", language)] = np.where(prospects[HOLD_OUT], held, contacted)
    return pd.DataFrame(columns)


def _reason_column(
    prospects: pd.DataFrame, name: str, language: Language, words: Words
) -> NDArray[np.object_]:
    texts = np.full(len(prospects), None, dtype=object)
    here = np.flatnonzero(prospects[name].notna())
    parts = prospects.iloc[here][[name, f"{name}_seen", f"{name}_value"]]
    for place, (field, seen, value) in zip(here, parts.itertuples(index=False), strict=True):
        known = None if pd.isna(seen) else seen
        texts[place] = reason_text(words[field], known, value, language)
    return texts


def _write_row(sheet: Any, row: int, cells: tuple[Any, ...]) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(row, column, cell)
        elif not pd.isna(cell):
            sheet.write_number(row, column, cell)


def _write_card(book: xlsxwriter.Workbook, card: Card, name: str) -> None:
    sheet, bold = book.add_worksheet(name), book.add_format({"bold": True})
    title, sections = card
    sheet.write_string(0, 0, title, bold)
    row = 1
    for section in sections:
        row += 1
        sheet.write_string(row, 0, section.title, bold)
        for line in section.lines:
            row += 1
            sheet.write_string(row, 0, line)
        table = pd.DataFrame() if section.table is None else section.table
        # Its titles, then its rows.
        for cells in (tuple(table.columns), *table.itertuples(index=False, name=None)):
            row += 1
            _write_row(sheet, row, cells)
        row += 1


def _batches(prospects: Path, handout: Handout) -> Iterator[pd.DataFrame]:
    for batch in _arrow_batches(pq.ParquetFile(prospects), handout):
        yield batch.to_pandas()


def _arrow_batches(file: pq.ParquetFile, handout: Handout) -> Iterator[pa.RecordBatch]:
    left = handout.people(file.metadata.num_rows)
    for batch in file.iter_batches(_BATCH):
        if left <= 0:
            return
        found = handout.apply(batch).slice(0, left)
        yield found
        left -= len(found)
