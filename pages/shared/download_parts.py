"""The list as a file: of whom, in which form, and what of it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from deepfm.prospects.export import column_titles, write_csv, write_parquet, write_xlsx
from deepfm.prospects.filter import Filter
from deepfm.prospects.handout import Handout
from deepfm.runs.card import model_card
from deepfm.runs.handouts import record_handout
from deepfm.runs.run import Run
from pages.shared.address import language, t

WRITERS = {
    "CSV": (write_csv, "prospects.csv", "text/csv"),
    "Excel": (
        write_xlsx,
        "prospects.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "Parquet": (write_parquet, "prospects.parquet", "application/vnd.apache.parquet"),
}


def show_download(
    run: Run, prospects: Path, chosen: Filter, ranks: NDArray[np.int64], simulated: bool
) -> None:
    """Offer a file of the people at ``ranks``, who fit ``chosen``."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        top = st.number_input(
            t("How many of the first"),
            1,
            value=None,
            placeholder=t("all"),
            key="top",
            width=180,
            help=t("The first so many of those who fit the filter."),
        )
        kind = (
            st.segmented_control(
                t("Format"),
                list(WRITERS),
                default="CSV",
                key="format",
                required=True,
                help=t("CSV and Excel are for people, Parquet is for programs."),
            )
            or "CSV"
        )
        titles = column_titles(language())
        columns = st.multiselect(
            t("Columns"),
            list(titles),
            format_func=titles.__getitem__,
            placeholder=t("all"),
            key="columns",
            width=260,
            help=t("Of the list; the user is always there."),
        )
        held = st.number_input(
            t("Hold out at random, in %"),
            0,
            50,
            0,
            5,
            key="held",
            width=200,
            help=t("They are left alone, so that the campaign can be measured. The file says who."),
        )
        hashed = st.checkbox(
            t("Ids as hashes"),
            key="hashed",
            help=t("SHA-256 of the id in small letters, as ad platforms take it."),
        )
        write, name, mime = WRITERS[kind]
        # In the thread that makes the file there is no session to ask.
        words, tongue = run.words, language()
        handout = Handout(ranks, top, tuple(columns) or None, hashed, held / 100, run.settings.seed)

        def content() -> bytes:
            file = BytesIO()
            card = {"card": model_card(run, tongue)} if kind == "Excel" else {}
            write(prospects, file, tongue, words, handout, **card)
            record_handout(run, prospects.name, chosen, handout)
            return file.getvalue()

        st.download_button(
            t("Download the list"),
            content,
            # Nobody should take such a list for a real one later.
            f"simulated-{name}" if simulated else name,
            mime,
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )
