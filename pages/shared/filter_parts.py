"""Whom of the list to show: the filter, and the filters that were given a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from deepfm.errors import InputError
from deepfm.prospects.browse import field_range, field_values, reason_fields
from deepfm.prospects.filter import Condition, Filter
from deepfm.prospects.ranking import TIERS
from deepfm.prospects.words import FieldWords
from deepfm.runs.run import Run
from deepfm.runs.segments import delete_segment, read_segments, save_segment
from pages.shared.address import language, t
from pages.shared.plain import plain, said
from pages.shared.show import attempt, meaning, problem


def choose_filter(run: Run, prospects: Path) -> Filter:
    """The controls of the filter; what they stand at."""
    words = run.words
    with st.container(horizontal=True, vertical_alignment="bottom"):
        user = st.text_input(
            t("Search a user id"), key="search", width=220, help=t("Part of an id will do.")
        )
        tiers = st.multiselect(
            t("Tier"),
            list(TIERS),
            placeholder=t("any"),
            key="tiers",
            width=220,
            help=meaning("Tier"),
        )
        least = st.number_input(
            t("Probability of at least, in %"),
            0.0,
            100.0,
            0.0,
            1.0,
            key="least",
            width=220,
            help=meaning("Probability"),
        )
        reason = st.selectbox(
            t("Reason for"),
            _reasons(str(prospects), prospects.stat().st_mtime_ns),
            index=None,
            format_func=lambda name: words[name].label.text(language()),
            placeholder=t("any"),
            key="reason",
            width=260,
            help=t("Only people for whom this is among their three strongest reasons."),
        )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    fields = row.multiselect(
        t("Only people whose …"),
        list(words),
        format_func=lambda name: words[name].label.text(language()),
        placeholder=t("add a feature"),
        key="fields",
        width=460,
        help=t("By what was known of them when the list was made."),
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        conditions = tuple(_choose_condition(run.examples, words[name]) for name in fields)
    chosen = Filter(user.strip(), tuple(tiers), least / 100, reason, conditions)
    with row:
        _show_segments(run, chosen)
    return chosen


# A question to the whole list, asked once. Its path, and when it was changed, say which list it is.
@st.cache_data(max_entries=64, show_spinner=False)
def _reasons(prospects: str, changed: int) -> list[str]:
    return reason_fields(Path(prospects))


def _choose_condition(examples: Path, field: FieldWords) -> Condition:
    label = said(field.label)
    if field.kind == "sparse":
        values = st.multiselect(
            label,
            field_values(examples, field.name),
            format_func=lambda value: field.value_text(value, language()),
            placeholder=t("any"),
            key=f"values-{field.name}",
            width=320,
        )
        return Condition(field.name, tuple(values))
    borders = field_range(examples, field.name)
    if borders is None:
        st.caption(t("{label}: nobody has a number.", label=label))
        return Condition(field.name)
    smallest, largest = (f"{border:g}" for border in borders)
    low = st.number_input(
        t("{label}, from", label=label),
        value=None,
        placeholder=smallest,
        key=f"low-{field.name}",
        width=260,
    )
    high = st.number_input(
        t("{label}, to", label=label),
        value=None,
        placeholder=largest,
        key=f"high-{field.name}",
        width=260,
    )
    return Condition(field.name, low=low, high=high)


def _show_segments(run: Run, chosen: Filter) -> None:
    with st.popover(t("Segments"), icon=":material/bookmark:"):
        # The list does not need them: where they cannot be read, it is shown all the same.
        attempt(lambda: _offer_segments(run, chosen))


def _offer_segments(run: Run, chosen: Filter) -> None:
    segments = read_segments(run)
    st.caption(t("A segment is a filter with a name. It is kept with the run."))
    name = st.text_input(t("Name of this filter"), key="segment-name")
    if st.button(t("Save the filter"), icon=":material/bookmark_add:", key="save-segment"):
        _save(run, name, chosen)
    if segments:
        known = st.selectbox(t("Saved segments"), list(segments), key="segment")
        with st.container(horizontal=True):
            st.button(
                t("Show these people"),
                key="open-segment",
                on_click=_put,
                args=(segments[known],),
            )
            st.button(
                t("Delete the segment"),
                key="delete-segment",
                on_click=delete_segment,
                args=(run, known),
            )


def _save(run: Run, name: str, chosen: Filter) -> None:
    try:
        saved = save_segment(run, name, chosen)
    except InputError as error:
        problem(error)
        return
    st.toast(plain(t("The segment {name} is saved.", name=saved)))
    st.rerun()


def _put(chosen: Filter) -> None:
    """Set the controls to ``chosen``; before they are drawn."""
    values: dict[str, Any] = {
        "search": chosen.user,
        "tiers": list(chosen.tiers),
        "least": 100 * chosen.least_probability,
        "reason": chosen.reason,
        "fields": [condition.field for condition in chosen.conditions],
    }
    for condition in chosen.conditions:
        values[f"values-{condition.field}"] = list(condition.values)
        values[f"low-{condition.field}"] = condition.low
        values[f"high-{condition.field}"] = condition.high
    st.session_state.update(values)
