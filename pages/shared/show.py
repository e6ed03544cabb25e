"""Things that several pages show alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from deepfm.charts.readings import READINGS
from deepfm.charts.spoken import spoken
from deepfm.errors import InputError
from deepfm.glossary import GLOSSARY, meanings
from deepfm.language import Sentence
from deepfm.runs.disk import disk_trouble
from deepfm.runs.home import home
from pages.shared.address import language, t
from pages.shared.plain import said

_CONFIG: Mapping[str, object] = {"displayModeBar": False, "scrollZoom": False}


def chart(figure: go.Figure, key: str, table: pd.DataFrame | None = None) -> None:
    """A figure, how to read it, and its numbers behind a fold: ``table``, or what its points say.

    ``key`` is a name in ``READINGS``.
    """
    title = figure.layout.title.text
    st.plotly_chart(figure, key=key, config=dict(_CONFIG), alt=title)
    if not figure.data:
        return
    st.caption(t(READINGS[key]))
    # A table takes the browser as long as a figure, even in a fold that is closed.
    fold = st.expander(t("Show the numbers"), key=f"{key}-fold", on_change="rerun")
    if fold.open:
        with fold:
            shown = pd.DataFrame({title: spoken(figure)}) if table is None else table
            st.dataframe(shown, hide_index=True, key=f"{key}-table", alt=title)


def problem(error: InputError) -> None:
    """What is wrong with the input, in words."""
    st.error(said(error.sentence), icon=":material/error:")


def attempt(show: Callable[[], None]) -> None:
    """Show a part of a page; what is wrong with its input is said in its place."""
    try:
        show()
    except InputError as error:
        problem(error)


def show_open(sections: Mapping[str, Callable[[], None]], key: str) -> None:
    """Tabs, of which only the open one is made: to draw all their figures takes seconds."""
    tabs = st.tabs(list(sections), key=key, on_change="rerun")
    for tab, show in zip(tabs, sections.values(), strict=True):
        if tab.open:
            with tab:
                attempt(show)


def warn(text: str, *rules: Sentence, icon: str = ":material/warning:") -> None:
    """What to be careful about, and by which rules it was found."""
    st.warning(text, icon=icon)
    why(*rules)


def why(*rules: Sentence) -> None:
    """Behind a word: the rules by which something stands above."""
    with st.popover(t("Why do I see this?"), icon=":material/help:", type="tertiary"):
        for rule in rules:
            st.write(rule.text(language()))


def unexpected(error: Exception) -> bool:
    """Say in words that something broke; the details are in the server's log.

    Returns:
        True, so that Streamlit does not show the error itself.
    """
    if isinstance(error, InputError):
        problem(error)
        return True
    trouble = disk_trouble(home(), error) if isinstance(error, OSError) else None
    if trouble is not None:
        st.error(trouble.text(language()), icon=":material/error:")
        return True
    st.error(
        t(
            "Something went wrong here, and it is not your fault. Your data and your runs are "
            "safe. Reload the page; if it happens again, the server's log says what it was."
        ),
        icon=":material/error:",
    )
    return True


def numbers(values: Mapping[str, str]) -> None:
    """A few figures side by side; on a narrow screen below each other. Terms are explained."""
    known = meanings(language())
    with st.container(horizontal=True):
        for label, value in values.items():
            st.metric(label, value, border=True, width=180, help=known.get(label))


def meaning(term: str) -> str:
    """What a term of the glossary means."""
    return t(GLOSSARY[term])


def explained(titles: Iterable[str], **formats: str) -> dict[str, Any]:
    """The columns of a table: what those mean whose titles are terms, and how numbers are written.

    Args:
        titles: of the columns, in the reader's language.
        formats: of numbers, by the English title with ``_`` for a space.
    """
    known = meanings(language())
    written = {t(name.replace("_", " ")): form for name, form in formats.items()}
    return {
        title: st.column_config.NumberColumn(format=written[title], help=known.get(title))
        if title in written
        else st.column_config.Column(help=known.get(title))
        for title in titles
    }
