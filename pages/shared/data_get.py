"""Where a log comes from: the reader's files, the server's, the demo, or an earlier time."""

from __future__ import annotations

import streamlit as st

from deepfm.errors import InputError
from deepfm.log.guess import guess_mapping
from deepfm.log.source.part import Dialect
from deepfm.runs.intake import start_intake
from deepfm.runs.served import served_databases, served_files, served_folders
from deepfm.runs.store import list_logs
from deepfm.runs.uploads import keep_answer, keep_demo, keep_upload, refer_to, source_of
from pages.shared.address import remember, t, value_of
from pages.shared.once import begin_once
from pages.shared.show import problem
from pages.shared.way import go_to
from pages.shared.who import workspace


def get_a_log() -> None:
    """All the ways side by side."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header(t("Use my log"))
        upload_files()
        if served_folders():
            choose_served()
        if served_databases():
            ask_database()
    with right:
        st.header(t("Try it with demo data"))
        st.write(t("A made-up shop: 20,000 users, 60 days, views, favorites, carts and purchases."))
        if st.button(t("Load the demo log"), icon=":material/play_arrow:", type="primary"):
            load_demo()
        open_earlier()


def upload_files() -> None:
    """One or several files, copied to disk at once."""
    uploads = st.session_state.setdefault("uploads", 0)
    files = st.file_uploader(
        t("Files of who did what and when"),
        accept_multiple_files=True,
        key=f"file-{uploads}",
        help=t(
            "CSV or any text with a delimiter, Excel, Parquet, JSON lines; also as .gz or .zip. "
            "Several files need the same columns."
        ),
    )
    if files:
        upload = keep_upload(workspace(), [(file, file.name) for file in files])
        # A new key lets go of the copy in memory.
        st.session_state["uploads"] = uploads + 1
        remember(upload=upload.id, log=None, run=None)
        st.rerun()


def choose_served() -> None:
    """A path or a pattern on the server."""
    folders = ", ".join(map(str, served_folders()))
    pattern = st.text_input(
        t("Or a file on the server"),
        placeholder="2024/*.csv.gz",
        key="served",
        help=t("A path or a pattern within: {folders}", folders=folders),
    )
    if pattern:
        try:
            upload = refer_to(workspace(), served_files(pattern, served_folders()))
        except InputError as error:
            problem(error)
            return
        remember(upload=upload.id, log=None, run=None)
        st.rerun()


def ask_database() -> None:
    """A table or a query of a database that the server knows."""
    databases = served_databases()
    with st.form("database", border=False):
        name = st.selectbox(t("Or a database"), list(databases))
        query = st.text_input(t("Table or query"), placeholder="SELECT * FROM events")
        asked = st.form_submit_button(t("Get the rows"), icon=":material/database:")
    if asked:
        try:
            with st.spinner(t("Asking the database"), show_time=True):
                upload = keep_answer(workspace(), name, databases[name], query)
        except InputError as error:
            problem(error)
            return
        remember(upload=upload.id, log=None, run=None)
        st.rerun()


def load_demo() -> None:
    """The demo log, whose columns need no questions."""

    def make() -> str:
        upload = keep_demo(workspace())
        return start_intake(workspace(), upload, Dialect(), guess_mapping(source_of(upload)))

    with st.spinner(t("Writing the demo log"), show_time=True):
        begin_once("intake", make)
    go_to("data")


def open_earlier() -> None:
    """A log that was loaded before."""
    earlier = {info.id: info for info in list_logs(workspace()) if info.log is not None}
    if not earlier:
        return
    id = st.selectbox(
        t("Or open a log that was loaded before"),
        list(earlier),
        index=None,
        format_func=lambda id: f"{earlier[id].name} · {earlier[id].created:%Y-%m-%d %H:%M}",
        placeholder=t("Choose a log"),
        key="earlier-log",
    )
    if id is not None and id != value_of("log"):
        remember(log=id, run=None, upload=None)
        st.rerun()
