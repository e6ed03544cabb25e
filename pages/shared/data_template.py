"""Mappings that were kept for files of the same columns."""

from __future__ import annotations

import streamlit as st

from deepfm.errors import InputError
from deepfm.log.mapping import Mapping
from deepfm.log.source.part import Source
from deepfm.runs.templates import save_template, templates_for
from pages.shared.address import t
from pages.shared.show import problem
from pages.shared.who import workspace


def use_template(source: Source) -> Mapping | None:
    """The mapping of the template that the reader chooses, where one fits the columns."""
    fitting = {
        template.name: template.mapping for template in templates_for(workspace(), source.columns)
    }
    if not fitting:
        return None
    name = st.selectbox(
        t("Files with these columns were read before. Use a template?"),
        list(fitting),
        index=None,
        placeholder=t("no template"),
        key="template",
        on_change=_forget_form,
    )
    return fitting[name] if name is not None else None


def _forget_form() -> None:
    """Let the template fill the form anew."""
    for key in list(st.session_state):
        if str(key).startswith("map-"):
            del st.session_state[key]


def keep_template(source: Source, mapping: Mapping) -> None:
    """Keep the mapping under a name."""
    with st.popover(t("Keep as a template"), icon=":material/bookmark:"):
        name = st.text_input(t("Name of the template"), key="template-name")
        if st.button(t("Keep it"), disabled=not name.strip()):
            try:
                save_template(workspace(), name, source.columns, mapping)
            except InputError as error:
                problem(error)
                return
            st.toast(t("Kept."), icon=":material/bookmark:")
