"""A look at the features that is being taken, in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from deepfm.features.guards import Guards
from deepfm.log.log import Log
from deepfm.runs.looks import Look, forget_look, look_at
from deepfm.task.question import Question
from pages.shared.address import t
from pages.shared.plain import said
from pages.shared.way import link


def look_of(log: Log, question: Question, names: Sequence[str]) -> tuple[Look, Path]:
    """The look, and its examples; the rest of the page waits until they are there."""
    look = look_at(log, question, names)
    if look.examples is None:
        _await(look, log, question, names)
        link("training", t("Next: train the model"))
        st.stop()
    return look, look.examples


def guards_of(look: Look, log: Log, question: Question, names: Sequence[str]) -> Guards | None:
    """What should make one careful, which comes after the examples; until then how far it is."""
    if look.guards is None:
        _await(look, log, question, names)
    return look.guards


def _await(look: Look, log: Log, question: Question, names: Sequence[str]) -> None:
    if look.state != "failed":
        _watch(log, question, names, look.examples is not None)
        return
    st.error(said(look.words), icon=":material/error:")
    if st.button(t("Try again"), icon=":material/refresh:", key="look-again"):
        forget_look(log, question, names)
        st.rerun()


@st.fragment(run_every=0.5)
def _watch(log: Log, question: Question, names: Sequence[str], seen: bool) -> None:
    """How far it is, until there is more to show."""
    look = look_at(log, question, names)
    if look.state != "working" or (look.examples is not None and not seen):
        st.rerun()
    # Not as a context, which would call it complete at its end.
    under_way = st.status(said(look.words), type="compact")
    under_way.caption(
        t("You may leave this page. What is found is kept for this log and question.")
    )
