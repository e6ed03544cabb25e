"""A log that is being read, in a process of its own."""

from __future__ import annotations

import streamlit as st

from deepfm.errors import InputError
from deepfm.runs.intake import Intake, cancel_intake, read_intake
from pages.shared.address import remember, t
from pages.shared.once import arrived
from pages.shared.plain import said
from pages.shared.show import problem
from pages.shared.who import workspace


@st.fragment(run_every=0.5)
def watch_intake(id: str) -> None:
    """How far it is, until it is done."""
    arrived("intake")
    try:
        intake = read_intake(workspace(), id)
    except InputError as error:
        remember(intake=None)
        problem(error)
        return
    if intake.state == "done":
        remember(intake=None, upload=None, log=id, run=None)
        st.rerun()
    st.header(t("Reading the log"))
    words = said(intake.words)
    if intake.state == "working":
        st.progress(intake.share, text=words)
        st.caption(t("You may leave this page. Its address finds the log again."))
        label, icon = t("Cancel"), ":material/close:"
    else:
        st.error(words, icon=":material/error:")
        label, icon = t("Back"), ":material/arrow_back:"
    if st.button(label, icon=icon, key="end-intake"):
        end(id, intake)


def end(id: str, intake: Intake) -> None:
    """Leave nothing of it; the columns can be chosen again."""
    cancel_intake(workspace(), id)
    remember(intake=None)
    st.rerun()
