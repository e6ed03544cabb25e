"""The way through the pages."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from pages.shared.address import NAMES, t, value_of


class Step(NamedTuple):
    """A page of the way; ``makes``: nothing can be done there without making something."""

    name: str
    title: str
    icon: str
    makes: bool = False

    @property
    def path(self) -> str:
        """Its script, seen from the main script."""
        return f"{self.name}.py"


STEPS = (
    Step("start", "Start", ":material/home:"),
    Step("data", "Data", ":material/database:", makes=True),
    Step("question", "Question", ":material/help:", makes=True),
    Step("features", "Features", ":material/view_column:", makes=True),
    Step("training", "Train", ":material/model_training:", makes=True),
    Step("results", "Results", ":material/insights:"),
    Step("prospects", "Prospects", ":material/groups:"),
    Step("runs", "Runs", ":material/history:"),
)


def step(name: str) -> Step:
    """The step called ``name``."""
    return next(known for known in STEPS if known.name == name)


def link(name: str, label: str) -> None:
    """A link to another page that keeps what the address says."""
    st.page_link(step(name).path, label=label, icon=step(name).icon, query_params=_query())


def go_to(name: str) -> None:
    """Open another page and keep what the address says."""
    st.switch_page(step(name).path, query_params=_query())


def heading(name: str, sentence: str) -> None:
    """The title of a page, and what it is for."""
    st.title(t(step(name).title))
    st.caption(sentence)


def empty(sentence: str, name: str, label: str) -> None:
    """Say what is missing and where to get it, and end the page."""
    st.info(sentence, icon=":material/info:")
    link(name, label)
    st.stop()


def _query() -> dict[str, str]:
    values = {name: value_of(name) for name in NAMES}
    return {name: value for name, value in values.items() if value is not None}
