"""What to be careful about in a run, and why."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from deepfm.evaluation.drift import drift_rule
from deepfm.features.guards import leak_rule, shift_rule
from deepfm.language import Sentence
from deepfm.task.examples import enough_rule
from pages.shared.plain import said
from pages.shared.show import why


def show_notes(notes: Sequence[Sentence]) -> None:
    """Each note, and the rules by which they were found."""
    for note in notes:
        st.warning(said(note), icon=":material/warning:")
    if notes:
        why(enough_rule(), leak_rule(), shift_rule(), drift_rule())
