"""Training: start it, watch it, stop it; it goes on without the page."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import streamlit as st

from deepfm.charts.training import auc_curve, learning_rate_curve, loss_curve
from deepfm.errors import InputError
from deepfm.evaluation.verdict import MODEL_NAMES
from deepfm.runs.again import as_draft, longer
from deepfm.runs.create import create_run
from deepfm.runs.draft import open_draft, save_draft
from deepfm.runs.home import is_id
from deepfm.runs.process import request_stop, start_worker, stop_requested
from deepfm.runs.run import Run
from deepfm.runs.status import STATE_NAMES, Status
from deepfm.runs.store import open_run
from deepfm.task.examples import check_enough
from pages.shared.address import language, remember, t, value_of
from pages.shared.chosen import chosen_log, chosen_run
from pages.shared.counts import counts_of, warn_of_few
from pages.shared.notes import show_notes
from pages.shared.once import arrived, begin_once
from pages.shared.plain import said
from pages.shared.settings_parts import choose_settings
from pages.shared.show import chart, numbers, problem
from pages.shared.way import heading, link
from pages.shared.who import workspace

TRIAL_STATES = {"done": "Done", "pruned": "Fell behind", "failed": "Failed"}
EVERY_SECOND, EVERY_THREE_SECONDS = timedelta(seconds=1), timedelta(seconds=3)


def begin() -> None:
    """Everything that is needed for a new run."""
    log = chosen_log()
    draft = open_draft(log)
    st.header(said(draft.question.sentence()))
    try:
        counts, _ = counts_of(log, draft.question)
        warnings = check_enough(counts)
    except InputError as error:
        problem(error)
        link("question", t("Change the question"))
        return
    warn_of_few(warnings)
    names = draft.features(log)
    st.caption(t("{n} features are used.", n=len(names)))
    settings = choose_settings(draft.settings)
    if st.button(t("Start the training"), type="primary", icon=":material/play_arrow:"):
        owner = workspace()

        def make() -> str:
            run = create_run(owner, log, draft.question, settings, names, draft.reason)
            # What was taken over from an earlier run is used once.
            save_draft(log, replace(draft, settings=None))
            start_worker(run.folder)
            return run.id

        begin_once("run", make)
        st.rerun()


def show_status(run: Run, status: Status) -> None:
    words = said(status.step) if status.step else ""
    st.progress(status.progress, text=words or t("Waiting for the process to begin"))
    metrics = run.metrics()
    looks = metrics[metrics["kind"] == "evaluation"]
    pace = looks["samples_per_second"].iloc[-1] if len(looks) else 0.0
    left = "–" if status.eta_seconds is None else str(timedelta(seconds=round(status.eta_seconds)))
    numbers(
        {
            t("State"): STATE_NAMES[status.state].text(language()),
            t("Time left"): left,
            t("Steps"): f"{status.optimizer_step:,}",
            t("Examples a second"): f"{pace:,.0f}" if pace else "–",
            t("Device"): device_of(status),
            t("Features computed by"): run.engine or "–",
            t("Memory"): f"{status.memory_mb:,} MiB" if status.memory_mb else "–",
        }
    )
    if status.why_not_gpu is not None:
        st.caption(said(status.why_not_gpu))


def device_of(status: Status) -> str:
    if status.device is None or status.gpu_memory_mb is None:
        return status.device or "–"
    return f"{status.device}, {status.gpu_memory_mb / 1024:.0f} GiB"


def show_curves(run: Run) -> None:
    if run.parent is not None:
        # It borrows its model, so nothing is trained.
        return
    metrics, known = run.metrics(), run.references()
    rule = {MODEL_NAMES[known["rule"]]: known["auc"]} if known else {}
    left, right = st.columns(2)
    with left:
        chart(loss_curve(metrics, language(), known.get("loss")), "loss")
    with right:
        chart(auc_curve(metrics, rule, language()), "auc")
    chart(learning_rate_curve(metrics, language()), "rate")
    show_trials(run)


def show_trials(run: Run) -> None:
    """What the search for better settings has tried, the best first."""
    trials = run.trials()
    if not trials:
        return
    st.header(t("What was tried"))
    table = pd.DataFrame(
        {
            t("Trial"): [trial["number"] + 1 for trial in trials],
            t("AUC"): [trial["auc"] for trial in trials],
            t("State"): [t(TRIAL_STATES[trial["state"]]) for trial in trials],
            t("Vector length"): [trial["values"]["dim"] for trial in trials],
            t("Hidden layers"): [trial["values"]["units"] for trial in trials],
            t("Dropout"): [trial["values"]["dropout"] for trial in trials],
            t("Fusion"): [trial["values"]["fusion"] for trial in trials],
            t("Examples a step"): [trial["values"]["batch_size"] for trial in trials],
            t("Learning rate"): [trial["values"]["learning_rate"] for trial in trials],
            t("L2 weight"): [trial["values"]["l2"] for trial in trials],
            t("Seconds"): [trial["seconds"] for trial in trials],
        }
    )
    short = st.column_config.NumberColumn(format="%.2g")
    st.dataframe(
        table.sort_values(t("AUC"), ascending=False),
        hide_index=True,
        key="trials",
        column_config={
            t("AUC"): st.column_config.NumberColumn(format="%.4f"),
            t("Seconds"): st.column_config.NumberColumn(format="%.0f"),
            **dict.fromkeys((t("Dropout"), t("Learning rate"), t("L2 weight")), short),
        },
        alt=t("What was tried"),
    )


@st.fragment(run_every=EVERY_SECOND)
def live(id: str) -> None:
    """Read the disk every second, until the run has come to an end."""
    try:
        run = open_run(workspace(), id)
        status = run.status
    except InputError as error:
        problem(error)
        return
    if not status.active:
        st.rerun(scope="app")
    show_status(run, status)
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


@st.fragment(run_every=EVERY_THREE_SECONDS)
def live_curves(id: str) -> None:
    """Less often than the figures: drawing takes time of the machine that trains."""
    try:
        run = open_run(workspace(), id)
        show_curves(run)
        show_notes(run.status.notes)
    except InputError:
        # Said above, where the figures are.
        return


def train_longer(run: Run) -> None:
    def make() -> str:
        more = longer(run)
        start_worker(more.folder)
        return more.id

    begin_once("run", make)


def change(run: Run) -> None:
    """Its question, features and settings become those of the next training."""
    save_draft(run.log(), as_draft(run))
    remember(run=None, log=run.log_folder.name)


def offer(run: Run, status: Status) -> None:
    """What may be done with a run that has come to an end."""
    with st.container(horizontal=True):
        if status.state == "done" and run.parent is None:
            st.button(
                t("Train longer"),
                icon=":material/more_time:",
                on_click=train_longer,
                args=(run,),
                help=t("A new run goes on where this one ended; this one stays as it is."),
            )
        if status.state != "done" or status.stopped == "user":
            begun = run.checkpoint.is_dir()
            st.button(
                t("Resume") if begun else t("Start again"),
                type="secondary" if status.state == "done" else "primary",
                icon=":material/resume:",
                on_click=start_worker,
                args=(run.folder,),
                help=t("It goes on from where it stood.") if begun else None,
            )
        if is_id(run.log_folder.name):
            again = t("Change and train again")
            st.button(again, icon=":material/edit:", on_click=change, args=(run,))
        if st.button(t("Train another"), icon=":material/add:"):
            remember(run=None)
            st.rerun()


def ended(run: Run, status: Status) -> None:
    st.set_page_config(page_title=f"{STATE_NAMES[status.state].text(language())} ✓")
    if st.session_state.pop("watched", None) == run.id:
        text = t("The training has ended: {state}.", state=STATE_NAMES[status.state])
        st.toast(text, icon=":material/notifications:")
    if status.state == "done":
        text = t("Done. {people:,} people are on the list.", people=status.people or 0)
        st.success(text, icon=":material/check_circle:")
        link("results", t("See how good it is"))
        link("prospects", t("See the list"))
    elif status.message is not None:
        st.error(said(status.message), icon=":material/error:")
        link("question", t("Change the question"))
    show_notes(status.notes)
    offer(run, status)
    show_curves(run)


def watch(run: Run) -> None:
    arrived("run")
    st.header(said(run.question.sentence()))
    status = run.status
    if status.active:
        st.caption(
            t("You may close this page: the training goes on, and this address finds it again.")
        )
        # Its end is told once, to whoever was watching.
        st.session_state["watched"] = run.id
        live(run.id)
        live_curves(run.id)
    else:
        ended(run, status)


heading("training", t("Teach the model what came before the action."))
if value_of("run") is not None:
    watch(chosen_run())
else:
    begin()
