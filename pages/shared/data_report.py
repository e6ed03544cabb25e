"""What was found in a log, and what can be done about it."""

from __future__ import annotations

from functools import reduce

import streamlit as st

from deepfm.charts.hours import events_by_hour as hours_chart
from deepfm.charts.log import events_over_time
from deepfm.errors import InputError
from deepfm.log.findings import findings
from deepfm.log.log import Log
from deepfm.log.look import (
    events_by_day,
    events_by_hour,
    first_events,
    missing_values,
    set_aside_csv,
    set_aside_rows,
)
from deepfm.log.mends import Mends
from deepfm.runs.intake import start_mend
from deepfm.runs.store import delete_log, upload_of
from pages.shared.address import language, remember, t
from pages.shared.plain import said
from pages.shared.show import chart, numbers, problem
from pages.shared.way import link
from pages.shared.who import workspace

SHOWN_ROWS = 1_000
_DELETED = "deleted"


def show_log(log: Log) -> None:
    """The report of a log."""
    report = log.report
    numbers(
        {
            t("Events"): f"{report.rows_used:,}",
            t("Users"): f"{report.users:,}",
            **({t("Items"): f"{report.items:,}"} if report.items is not None else {}),
            t("Actions"): f"{len(report.actions):,}",
            t("Rows set aside"): f"{report.rows_set_aside:,}",
        }
    )
    st.caption(
        t(
            "From {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}, time zone {zone}. "
            "Rows in the file: {rows:,}.",
            start=report.likely_start,
            end=report.likely_now,
            zone=log.mapping.time_zone,
            rows=report.rows_read,
        )
    )
    for sentence in log.mends.sentences():
        st.warning(said(sentence), icon=":material/healing:")
    link("question", t("Next: ask a question"))
    show_findings(log)
    show_charts(log)
    if report.rows_set_aside:
        show_set_aside(log)
    if report.missing:
        show_missing(log)
    with st.expander(t("The first rows of the log")):
        st.dataframe(first_events(log, 100), hide_index=True, alt=t("The first rows of the log"))


def show_findings(log: Log) -> None:
    """Each finding with what it means, and a switch where something can be done."""
    found = findings(log)
    if not found:
        st.success(t("Every row could be used."), icon=":material/check_circle:")
    chosen: list[Mends] = []
    for place, finding in enumerate(found):
        with st.container(border=True):
            st.write(said(finding.what))
            st.caption(said(finding.meaning))
            if finding.mend is None or finding.offer is None:
                continue
            if st.toggle(said(finding.offer), key=f"mend-{log.folder.name}-{place}"):
                chosen.append(finding.mend)
    with st.expander(t("Advanced")):
        st.warning(
            t(
                "For a demonstration without a real log: the actions become random numbers from 1 "
                "to 5. The labels are random then, and no model can predict them."
            ),
            icon=":material/casino:",
        )
        if st.toggle(t("Simulate action types"), key=f"random-{log.folder.name}"):
            seed = st.number_input(t("Seed"), 0, 2**31 - 1, 7, key="random-seed", width=180)
            chosen.append(Mends(random_actions=int(seed)))
    if chosen and st.button(
        t("Make a log with these changes"), type="primary", icon=":material/healing:"
    ):
        remember(intake=start_mend(workspace(), log, reduce(Mends.__or__, chosen)))
        st.rerun()


def show_charts(log: Log) -> None:
    """When the events are."""
    days = events_by_day(log)
    chart(events_over_time(days, language()), "events-over-time", days)
    if not log.report.midnight_only:
        hours = events_by_hour(log)
        chart(hours_chart(hours, language()), "events-by-hour", hours)


def show_set_aside(log: Log) -> None:
    """The rows that take no part."""
    with st.expander(t("Rows set aside, with line and reason")):
        if log.report.rows_set_aside > SHOWN_ROWS:
            st.caption(t("The first {n:,} are shown.", n=SHOWN_ROWS))
        table = set_aside_rows(log, language(), SHOWN_ROWS)
        st.dataframe(table, hide_index=True, alt=t("Rows set aside, with line and reason"))
        tongue = language()
        st.download_button(
            t("Download all of them"),
            lambda: set_aside_csv(log, tongue),
            "set_aside.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def show_missing(log: Log) -> None:
    """How often each column has no value."""
    with st.expander(t("Missing values of each column")):
        table = missing_values(log).rename(
            columns={"column": t("Column"), "missing": t("Share of rows without a value")}
        )
        st.dataframe(
            table,
            hide_index=True,
            column_config={
                t("Share of rows without a value"): st.column_config.NumberColumn(format="percent")
            },
            alt=t("Missing values of each column"),
        )


def read_again(log: Log) -> None:
    """Choose the columns anew, as long as the file is kept."""
    upload = upload_of(workspace(), log.folder.name)
    if upload is not None and st.button(
        t("Read the file again with other columns"), icon=":material/view_column:"
    ):
        # The log stays in the address: its mapping is where the form starts.
        remember(upload=upload)
        st.rerun()


def delete_a_log(log: Log) -> None:
    """Ask once, delete, and say what is gone."""
    with st.popover(t("Delete this log"), icon=":material/delete:"):
        st.write(t("The log and the file that it was read from go. Runs keep their results."))
        if st.button(t("Delete it now"), type="primary", key="delete-log"):
            try:
                size = delete_log(workspace(), log.folder.name)
            except InputError as error:
                problem(error)
                return
            remember(log=None, run=None, upload=None)
            st.session_state[_DELETED] = size
            st.rerun()


def say_deleted() -> None:
    """How much went with the log that was just deleted."""
    size = st.session_state.pop(_DELETED, None)
    if size is not None:
        st.success(
            t("Deleted: {size:,.2f} MB, all that was kept of the log.", size=size / 1e6),
            icon=":material/delete:",
        )
