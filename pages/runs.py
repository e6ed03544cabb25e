"""Runs: everything that was trained; open, compare, delete."""

import shlex

import pandas as pd
import streamlit as st

from deepfm.errors import InputError
from deepfm.evaluation.verdict import MODEL_NAMES
from deepfm.runs.compare import compare_runs, comparison_sentences
from deepfm.runs.home import is_id
from deepfm.runs.run import Run
from deepfm.runs.status import STATE_NAMES
from deepfm.runs.store import RunInfo, delete_run, list_runs, open_run
from deepfm.training.settings import TrainingSettings
from pages.shared.address import language, remember, t, value_of
from pages.shared.later_parts import offer_later_list
from pages.shared.plain import said
from pages.shared.show import problem
from pages.shared.way import empty, go_to, heading
from pages.shared.who import workspace

TIME = "%Y-%m-%d %H:%M"


def overview(runs: list[RunInfo]) -> list[RunInfo]:
    """A table of all runs; those that are chosen."""
    table = pd.DataFrame(
        {
            t("Started"): [f"{run.created:{TIME}}" for run in runs],
            t("Question"): [question_of(run) for run in runs],
            t("State"): [state_of(run) for run in runs],
            t("AUC"): [run.status.auc if run.status else None for run in runs],
            t("People"): [run.status.people if run.status else None for run in runs],
        }
    )
    if any(run.parent for run in runs):
        table[t("Model of")] = [run.parent[-4:] if run.parent else "" for run in runs]
    st.caption(t("Choose one to open or delete it, or several to compare them."))
    picked = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"runs-{len(runs)}",
        column_config={t("AUC"): st.column_config.NumberColumn(format="%.4f")},
        alt=t("All runs"),
    )
    return [runs[place] for place in picked.selection.rows if place < len(runs)]


def question_of(run: RunInfo) -> str:
    if run.question is not None:
        return run.question.sentence().text(language())
    return run.problem.text(language()) if run.problem else ""


def state_of(run: RunInfo) -> str:
    return STATE_NAMES[run.status.state].text(language()) if run.status else t("damaged")


def act_on(run: RunInfo) -> None:
    with st.container(horizontal=True):
        if st.button(t("Open"), type="primary", icon=":material/open_in_new:"):
            remember(run=run.id, log=run.log_id if is_home_log(run) else value_of("log"))
            done = run.status is not None and run.status.state == "done"
            go_to("prospects" if done else "training")
        if workspace().writable and st.button(t("Delete"), icon=":material/delete:"):
            confirm(run)
    if run.status is not None and run.status.state == "done":
        if workspace().writable:
            offer_later_list(open_run(workspace(), run.id))
        show_command(run)
    if run.problem is not None:
        st.error(said(run.problem), icon=":material/error:")


def show_command(run: RunInfo) -> None:
    """How to do the same without a page."""
    folder = shlex.quote(str(run.folder))
    with st.expander(t("From the command line"), icon=":material/terminal:"):
        if run.parent is None:
            st.caption(t("Train in the same way, on this log or another one:"))
            st.code(f"python -m deepfm train LOG --like {folder} --out NEW-RUN", language="sh")
        st.caption(t("List the people of a later log with this model:"))
        st.code(f"python -m deepfm score {folder} LOG --out prospects.csv", language="sh")
        st.caption(t("See what became of the list once the days of the question are over:"))
        st.code(f"python -m deepfm backtest {folder} LOG", language="sh")


def is_home_log(run: RunInfo) -> bool:
    return run.log_id is not None and is_id(run.log_id)


@st.dialog(" ")
def confirm(run: RunInfo) -> None:
    st.write(t("Delete this run with its model and its list? This cannot be undone."))
    st.caption(question_of(run))
    if st.button(t("Delete it"), type="primary", icon=":material/delete:"):
        delete_run(workspace(), run.id)
        if value_of("run") == run.id:
            remember(run=None)
        st.rerun()


def compare(infos: list[RunInfo]) -> None:
    """Several runs side by side."""
    st.header(t("Side by side"))
    try:
        runs = [open_run(workspace(), info.id) for info in infos]
        columns = [facts(run) for run in runs]
    except InputError as error:
        problem(error)
        return
    names = [f"{info.created:{TIME}} ({info.id[-4:]})" for info in infos]
    compare_quality(runs, names)
    rows = list(dict.fromkeys(row for column in columns for row in column))
    table = pd.DataFrame(dict(zip(names, columns, strict=True)), index=rows, dtype=str)
    table = table.fillna("").rename_axis("").reset_index()
    differs = table[names].nunique(axis=1) > 1
    st.dataframe(table[differs], hide_index=True, key="differs", alt=t("What differs"))
    with st.expander(t("What is the same")):
        st.dataframe(table[~differs], hide_index=True, key="same", alt=t("What is the same"))


def compare_quality(runs: list[Run], names: list[str]) -> None:
    """Their AUCs on the same test users, in words and as a table."""
    if any(run.status.state != "done" for run in runs):
        st.caption(t("Their quality can be compared once all of them are done."))
        return
    try:
        with st.spinner(t("Measuring on the same test users")):
            found = compare_runs(runs)
    except InputError as error:
        st.info(said(error.sentence), icon=":material/info:")
        return
    sentences = [said(sentence) for sentence in comparison_sentences(found, names)]
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
    table = pd.DataFrame(
        {
            t("Run"): names,
            t("AUC"): [f"{run.auc:.4f}" for run in found.runs],
            t("95% interval"): ["{:.3f}–{:.3f}".format(*run.range) for run in found.runs],
            t("Against the first"): [f"{run.difference:+.4f}" for run in found.runs],
        }
    )
    st.dataframe(table, hide_index=True, key="compared", alt=t("The AUC of each run"))


def facts(run: Run) -> dict[str, str]:
    """What was asked, how it was trained and what came out, by name."""
    found = {
        t("Question"): run.question.sentence().text(language()),
        t("State"): STATE_NAMES[run.status.state].text(language()),
        t("Log"): str(run.log_entry["name"]),
        t("Days looked back"): str(run.question.lookback_days),
        t("Snapshot every … days"): str(run.question.every_days),
        t("Features"): str(len(run.words)),
        **settings_facts(run.chosen),
    }
    if run.status.state != "done":
        return found
    evaluation = run.evaluation()
    for model in evaluation["models"]:
        name = MODEL_NAMES[model["name"]].text(language())
        found[t("AUC of {model}", model=name)] = f"{model['auc']:.4f}"
        found[t("Lift of the top 10%, {model}", model=name)] = f"{model['lift']['10']:.2f}"
    found[t("Base rate")] = f"{evaluation['base_rate']:.2%}"
    return found


def settings_facts(settings: TrainingSettings) -> dict[str, str]:
    return {
        t("Fusion"): settings.model.fusion,
        t("Vector length"): str(settings.model.dim),
        t("Hidden layers"): ", ".join(map(str, settings.model.units)),
        t("Dropout"): f"{settings.model.dropout:g}",
        t("Batch size"): str(settings.batch_size),
        t("Learning rate"): f"{settings.learning_rate:g}",
        t("Epochs, at most"): str(settings.epochs),
        t("L2"): f"{settings.l2:g}",
        t("Random seed"): str(settings.seed),
    }


heading("runs", t("Everything that you trained."))
runs = list_runs(workspace())
if not runs:
    empty(t("Nothing was trained yet."), "training", t("Train a model"))
chosen = overview(runs)
if len(chosen) == 1:
    act_on(chosen[0])
elif chosen:
    compare(chosen)
