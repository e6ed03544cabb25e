"""How a file was read, and how else it can be."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from deepfm.log.source.part import Dialect, Source
from deepfm.runs.uploads import Upload
from pages.shared.address import t
from pages.shared.plain import plain

ENCODINGS = ("utf-8", "gb18030", "utf-16", "big5", "cp932", "cp949", "cp1252", "cp1251", "latin-1")
DELIMITERS = (",", ";", "\t", "|", " ", "\x01")
SHOWN_AS = {"\t": "TAB", " ": "␠", "\x01": "^A"}


def choose_dialect(upload: Upload, source: Source, dialect: Dialect) -> None:
    """How the file was read, and controls to read it otherwise."""
    part = source.parts[0]
    found = [t("{n:,} columns", n=len(source.columns))]
    if len(source.parts) > 1:
        found.insert(0, t("{n:,} files", n=len(source.parts)))
    if part.format != "parquet":
        found.append(t("encoding {encoding}", encoding=part.encoding))
    if part.format == "csv":
        found.append(t("delimiter “{delimiter}”", delimiter=_delimiter(part.delimiter)))
    if part.sheet is not None:
        found.append(t("sheet {sheet}", sheet=part.sheet))
    found.append(t("with a header") if source.header else t("without a header"))
    st.caption(plain(t("Found: {found}.", found=", ".join(found))))
    if part.format == "parquet" and part.sheet is None:
        return
    with st.popover(t("Read it otherwise"), icon=":material/tune:"):
        chosen = dialect
        if part.format != "parquet":
            encoding = st.selectbox(
                t("Encoding"),
                list(dict.fromkeys((part.encoding, *ENCODINGS))),
                key=f"encoding-{upload.id}",
                help=t("How the letters are kept. Chinese Excel often writes GB18030."),
            )
            chosen = replace(chosen, encoding=_if_other(encoding, part.encoding, dialect.encoding))
        if part.format == "csv":
            delimiter = st.selectbox(
                t("Delimiter"),
                list(dict.fromkeys((part.delimiter, *DELIMITERS))),
                format_func=_delimiter,
                key=f"delimiter-{upload.id}",
                help=t("The mark between the cells of a line."),
            )
            other = _if_other(delimiter, part.delimiter, dialect.delimiter)
            chosen = replace(chosen, delimiter=other)
        if len(part.sheets) > 1:
            sheet = st.selectbox(
                t("Sheet"),
                part.sheets,
                part.sheets.index(str(part.sheet)),
                key=f"sheet-{upload.id}",
                help=t("Which table of the workbook is the log."),
            )
            chosen = replace(chosen, sheet=sheet)
        if part.format != "jsonl":
            header = st.toggle(
                t("The first row holds the names of the columns"),
                source.header,
                key=f"header-{upload.id}",
            )
            chosen = replace(chosen, header=header if header != source.header else dialect.header)
        if chosen != dialect and st.button(t("Read it so"), type="primary"):
            st.session_state[f"dialect-{upload.id}"] = chosen
            st.rerun()


def _if_other(chosen: str, found: str, before: str | None) -> str | None:
    return chosen if chosen != found else before


def _delimiter(mark: str) -> str:
    return SHOWN_AS.get(mark, mark)
