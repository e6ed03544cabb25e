"""What to be careful about in a run, and why."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from deepfm.language import Sentence
from deepfm.rules import drift_rule, enough_rule, leak_rule, shift_rule
from pages.shared.address import language
from pages.shared.show import warn, why


def warn_of_few(warnings: Sequence[Sentence]) -> None:
    """What ``check_enough`` found, if anything."""
    if warnings:
        warn("\n".join(f"- {one.text(language())}" for one in warnings), enough_rule())


def show_notes(notes: Sequence[Sentence]) -> None:
    """Each note, and the rules by which they were found."""
    for note in notes:
        st.warning(note.text(language()), icon=":material/warning:")
    if notes:
        why(enough_rule(), leak_rule(), shift_rule(), drift_rule())
