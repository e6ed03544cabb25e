"""A list of a later log, with a model that is there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from deepfm.charts.calibration import calibration_curve
from deepfm.charts.ranking import lift_by_decile
from deepfm.errors import InputError
from deepfm.evaluation.backtest import backtest_sentences
from deepfm.evaluation.drift import MODERATE
from deepfm.evaluation.tables import calibration_table, deciles_table
from deepfm.log.log import Log
from deepfm.runs.later import later_run, read_backtest, read_drift
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run
from deepfm.runs.store import list_logs
from deepfm.runs.uploads import Upload, keep_upload
from pages.shared.address import language, remember, t
from pages.shared.once import begin_once
from pages.shared.show import chart, problem
from pages.shared.way import go_to
from pages.shared.who import workspace


def offer_later_list(run: Run) -> None:
    """Choose a later log, or bring one; the list is made without training."""
    st.header(t("List the people of a later log"))
    st.caption(
        t(
            "The model stays as it is. The columns are read as before, and what changed since the "
            "training is shown."
        )
    )
    used = str(run.log_folder.name)
    logs = {i.id: i for i in list_logs(workspace()) if i.log is not None and i.id != used}
    left, right = st.columns(2, gap="large")
    with left:
        files = st.file_uploader(
            t("A file with the same columns"), accept_multiple_files=True, key="later-file"
        )
        if files and st.button(t("Make the list"), key="list-upload", type="primary"):
            _begin(run, keep_upload(workspace(), [(file, file.name) for file in files]))
    if not logs:
        return
    with right:
        id = st.selectbox(
            t("Or a log that is loaded already"),
            list(logs),
            format_func=lambda id: f"{logs[id].name} · {logs[id].created:%Y-%m-%d %H:%M}",
            key="later-log",
        )
        log = logs[id].log
        if log is not None and st.button(t("Make the list from it"), key="list-log"):
            _begin(run, log)


def _begin(run: Run, later: Log | Upload) -> None:
    def make() -> str:
        made = later_run(run, later)
        start_worker(made.folder)
        return made.id

    try:
        begin_once("run", make)
    except InputError as error:
        problem(error)
        return
    remember(log=None if isinstance(later, Upload) else later.folder.name)
    go_to("training")


def show_later(run: Run) -> None:
    """What a later log changed; nothing for a run with a model of its own."""
    if run.parent is None:
        return
    st.info(
        t(
            "This list was made for a later log with the model of the run {parent}. The quality "
            "below was measured when that was trained.",
            parent=run.parent,
        ),
        icon=":material/history:",
    )
    found = read_backtest(run)
    if found is not None:
        show_backtest(found)
    show_drift(run)


def show_backtest(found: Mapping[str, Any]) -> None:
    st.header(t("What became of the earlier list"))
    lines = [sentence.text(language()) for sentence in backtest_sentences(found)]
    st.markdown("\n".join(f"- {line}" for line in lines))
    left, right = st.columns(2)
    with left:
        figure = calibration_curve(found, language())
        chart(figure, "backtest", calibration_table(found, language()))
    with right:
        if found["deciles"]:
            figure = lift_by_decile(found, language())
            chart(figure, "backtest-lift", deciles_table(found, language()))


def show_drift(run: Run) -> None:
    found = read_drift(run)
    moved = sum(field["psi"] >= MODERATE for field in found)
    words = run.words
    with st.expander(
        t("What changed since the training: {n} of {all} features", n=moved, all=len(found))
    ):
        st.caption(
            t(
                "PSI, the population stability index: below 0.1 nothing to speak of, above 0.25 a "
                "lot. Unseen: values that the training saw seldom or never."
            )
        )
        table = pd.DataFrame(
            {
                t("Feature"): [words[field["field"]].label.text(language()) for field in found],
                t("PSI"): [round(field["psi"], 3) for field in found],
                t("Unseen now"): [field["unseen"] for field in found],
                t("Unseen in training"): [field["unseen_before"] for field in found],
                t("Missing now"): [field["missing"] for field in found],
                t("Missing in training"): [field["missing_before"] for field in found],
            }
        )
        percent = st.column_config.NumberColumn(format="percent")
        st.dataframe(
            table,
            hide_index=True,
            key="drift",
            column_config={
                t(title): percent
                for title in (
                    "Unseen now",
                    "Unseen in training",
                    "Missing now",
                    "Missing in training",
                )
            },
            alt=t("What changed since the training"),
        )
