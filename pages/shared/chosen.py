"""The log and the run that the reader has chosen."""

from __future__ import annotations

import streamlit as st

from deepfm.errors import InputError
from deepfm.log.log import Log
from deepfm.runs.run import Run
from deepfm.runs.status import STATE_NAMES
from deepfm.runs.store import open_log, open_run
from pages.shared.address import remember, t, value_of
from pages.shared.plain import said
from pages.shared.way import empty, link
from pages.shared.who import workspace


def chosen_log() -> Log:
    """The log of the address; without one the page says how to get one, and ends."""
    id = value_of("log")
    if id is None:
        empty(t("No log is chosen yet. Load one first."), "data", t("Go to the data"))
    return _log(str(id))


def chosen_run() -> Run:
    """The run of the address; without one the page says how to get one, and ends."""
    id = value_of("run")
    if id is None:
        _no_run()
    return _run(str(id))


def finished_run() -> Run:
    """The run of the address, if it is done; else the page says how it stands, and ends."""
    run = chosen_run()
    status = run.status
    if status.state != "done":
        st.info(
            t("This run has no result yet: {state}.", state=STATE_NAMES[status.state]),
            icon=":material/hourglass_top:",
        )
        if status.message is not None:
            st.warning(said(status.message), icon=":material/warning:")
        link("training", t("See how it stands"))
        st.stop()
    return run


def _no_run() -> None:
    st.info(
        t("No run is chosen yet. Train a model, or open an earlier run."), icon=":material/info:"
    )
    link("training", t("Go to the training"))
    link("runs", t("See all runs"))
    st.stop()


def _log(id: str) -> Log:
    try:
        return open_log(workspace(), id)
    except InputError:
        # A log that is gone would stand in the way on every page.
        remember(log=None)
        raise


def _run(id: str) -> Run:
    try:
        return open_run(workspace(), id)
    except InputError:
        remember(run=None)
        raise
