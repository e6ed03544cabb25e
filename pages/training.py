"""Training: start it, watch it, stop it; it goes on without the page."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import streamlit as st

from deepfm.charts.training import auc_curve, loss_curve
from deepfm.errors import InputError
from deepfm.model.settings import Fusion
from deepfm.runs.draft import open_draft
from deepfm.runs.process import request_stop, start_worker, stop_requested
from deepfm.runs.run import Run, create_run
from deepfm.runs.status import STATE_NAMES, Status
from deepfm.runs.store import open_run
from deepfm.task.examples import check_enough
from deepfm.training.settings import TrainingSettings, preset
from pages.shared.address import language, remember, t, value_of
from pages.shared.chosen import chosen_log, chosen_run
from pages.shared.counts import counts_of
from pages.shared.show import chart, numbers, problem
from pages.shared.way import heading, link

PRESETS = {
    "quick": "Quick: a first look",
    "standard": "Standard",
    "thorough": "Thorough: a larger model, more patience",
}
FUSIONS: dict[Fusion, str] = {
    "sum": "sum: the three parts are added",
    "concat": "concat: the three parts are weighted",
}
EVERY_SECOND = timedelta(seconds=1)


def choose_settings() -> TrainingSettings:
    name = st.segmented_control(
        t("How thoroughly?"),
        list(PRESETS),
        default="standard",
        format_func=lambda name: t(PRESETS[name]),
        key="preset",
        required=True,
    )
    start = preset(name or "standard")
    with st.expander(t("Advanced")):
        return advanced(start, str(name))


def advanced(start: TrainingSettings, name: str) -> TrainingSettings:
    """Every hyperparameter; the preset gives the start."""
    left, right = st.columns(2)
    with left:
        fusion = st.selectbox(
            t("Fusion"),
            get_args(Fusion),
            index=get_args(Fusion).index(start.model.fusion),
            format_func=lambda fusion: t(FUSIONS[fusion]),
            key=f"fusion-{name}",
            help=t("How first-order, interaction and deep part become one score."),
        )
        dim = st.number_input(
            t("Vector length"),
            1,
            256,
            start.model.dim,
            key=f"dim-{name}",
            help=t("Numbers that describe each value of a field."),
        )
        units = st.text_input(
            t("Hidden layers"),
            ", ".join(map(str, start.model.units)),
            key=f"units-{name}",
            help=t("Widths, separated by commas; empty for none."),
        )
        dropout = st.number_input(
            t("Dropout"),
            0.0,
            0.9,
            start.model.dropout,
            0.05,
            key=f"dropout-{name}",
            help=t("Share of hidden units that is left out at each step."),
        )
        batch_norm = st.checkbox(
            t("Batch normalisation"), start.model.batch_norm, key=f"batch-norm-{name}"
        )
    with right:
        epochs = st.number_input(
            t("Passes over the examples, at most"), 1, 1000, start.epochs, key=f"epochs-{name}"
        )
        batch_size = st.number_input(
            t("Examples a step"), 1, 1_048_576, start.batch_size, key=f"batch-{name}"
        )
        rate = st.number_input(
            t("Learning rate"),
            1e-7,
            1.0,
            start.learning_rate,
            1e-4,
            "%.5f",
            key=f"rate-{name}",
            help=t("It falls by itself when the validation AUC no longer grows."),
        )
        l2 = st.number_input(
            t("L2 weight"),
            0.0,
            1e6,
            start.l2,
            key=f"l2-{name}",
            help=t("Keeps what is learned of rare values small."),
        )
        seed = st.number_input(
            t("Random seed"),
            0,
            2**31 - 1,
            start.seed,
            key=f"seed-{name}",
            help=t("The same seed gives the same model."),
        )
    model = replace(
        start.model,
        fusion=fusion,
        dim=int(dim),
        units=widths(str(units)),
        dropout=float(dropout),
        batch_norm=batch_norm,
    )
    return replace(
        start,
        model=model,
        epochs=int(epochs),
        batch_size=int(batch_size),
        learning_rate=float(rate),
        l2=float(l2),
        seed=int(seed),
    )


def widths(text: str) -> tuple[int, ...]:
    """Layer widths, from text such as "64, 32"."""
    parts = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise InputError("The hidden layers are {text}. Write their widths like 64, 32.", text=text)
    return tuple(int(part) for part in parts)


def begin() -> None:
    """Everything that is needed for a new run."""
    log = chosen_log()
    draft = open_draft(log)
    st.subheader(draft.question.sentence().text(language()))
    try:
        warnings = check_enough(counts_of(log, draft.question))
    except InputError as error:
        problem(error)
        link("question", t("Change the question"))
        return
    for warning in warnings:
        st.warning(warning.text(language()), icon=":material/warning:")
    names = draft.features(log)
    st.caption(t("{n} features are used.", n=len(names)))
    settings = choose_settings()
    if st.button(t("Start the training"), type="primary", icon=":material/play_arrow:"):
        run = create_run(log, draft.question, settings, names, reason=draft.reason)
        start_worker(run.folder)
        remember(run=run.id)
        st.rerun()


def show_status(status: Status) -> None:
    words = status.step.text(language()) if status.step else ""
    st.progress(status.progress, text=words or t("Waiting for the process to begin"))
    left = "–" if status.eta_seconds is None else str(timedelta(seconds=round(status.eta_seconds)))
    numbers(
        {
            t("State"): STATE_NAMES[status.state].text(language()),
            t("Time left"): left,
            t("Steps"): f"{status.optimizer_step:,}",
            t("Device"): status.device or "–",
        }
    )


def show_curves(run: Run) -> None:
    metrics = run.metrics()
    left, right = st.columns(2)
    with left:
        chart(loss_curve(metrics, language()), "loss")
    with right:
        chart(auc_curve(metrics, {}, language()), "auc")


@st.fragment(run_every=EVERY_SECOND)
def live(id: str) -> None:
    """Read the disk every second, until the run has come to an end."""
    try:
        run = open_run(id)
        status = run.status
    except InputError as error:
        problem(error)
        return
    if not status.active:
        st.rerun(scope="app")
    show_status(status)
    if stop_requested(run.folder):
        st.info(
            t("Stopping. The best model so far is kept, and its list is made."),
            icon=":material/hourglass_top:",
        )
    else:
        # A callback, because a click may also come with a run of the whole page.
        st.button(
            t("Stop and keep the best"),
            icon=":material/stop:",
            key="stop",
            on_click=request_stop,
            args=(run.folder,),
        )
    show_curves(run)


def ended(run: Run, status: Status) -> None:
    if status.state == "done":
        text = t("Done. {people:,} people are on the list.", people=status.people or 0)
        st.success(text, icon=":material/check_circle:")
        link("results", t("See how good it is"))
        link("prospects", t("See the list"))
    elif status.message is not None:
        st.error(status.message.text(language()), icon=":material/error:")
        link("question", t("Change the question"))
    for note in status.notes:
        st.warning(note.text(language()), icon=":material/warning:")
    show_curves(run)


def watch(run: Run) -> None:
    st.subheader(run.question.sentence().text(language()))
    if st.button(t("Train another"), icon=":material/add:"):
        remember(run=None)
        st.rerun()
    status = run.status
    if status.active:
        st.caption(
            t("You may close this page: the training goes on, and this address finds it again.")
        )
        live(run.id)
    else:
        ended(run, status)


heading("training", t("Teach the model what came before the action."))
if value_of("run") is not None:
    watch(chosen_run())
else:
    begin()
