"""Question: fill in the sentence, and see whether the log can answer it."""

from dataclasses import replace
from datetime import date, datetime, time

import pandas as pd
import streamlit as st

from deepfm.charts.question import time_axis
from deepfm.log.log import Log
from deepfm.runs.draft import open_draft, save_draft
from deepfm.task.examples import check_enough
from deepfm.task.plan import PART_NAMES, make_plan
from deepfm.task.question import Kind, Question
from pages.shared.address import language, t
from pages.shared.chosen import chosen_log
from pages.shared.counts import counts_of
from pages.shared.show import chart
from pages.shared.way import heading, link

KINDS: dict[Kind, str] = {"user": "Users at a moment", "event": "Each row of the log"}


def ask(log: Log, before: Question) -> Question:
    """The sentence with its controls."""
    kind = st.segmented_control(
        t("Ask about"),
        list(KINDS),
        default=before.kind,
        format_func=lambda kind: t(KINDS[kind]),
        key=f"kind-{log.folder.name}",
        required=True,
    )
    target = st.selectbox(
        t("Who will do"),
        list(log.actions),
        index=list(log.actions).index(before.target) if before.target in log.actions else 0,
        format_func=lambda action: t(
            "{action} ({n:,} events)", action=action, n=log.actions[action]
        ),
        key=f"target-{log.folder.name}",
        width=420,
    )
    question = replace(before, kind=kind or before.kind, target=str(target))
    if question.kind == "event":
        st.caption(
            t(
                "Each row is an example: is its action the target, given its item, its attributes "
                "and its time? A user's score is the mean over the last rows. It tells which "
                "situations lead to the action, but looks at no history; where the log has more "
                "than a few days, ask about users."
            )
        )
        return question
    return windows(log, question)


def windows(log: Log, question: Question) -> Question:
    def days(name: str, label: str, hint: str, least: int = 1) -> int:
        return int(
            st.number_input(
                label,
                least,
                730,
                getattr(question, name),
                key=f"{name}-{log.folder.name}",
                help=hint,
                width=210,
            )
        )

    with st.container(horizontal=True):
        horizon = days(
            "horizon_days", t("Within the next … days"), t("The window that is predicted.")
        )
        active = days(
            "active_days",
            t("Of users active in the last … days"),
            t("Others are not asked about."),
        )
        lookback = days(
            "lookback_days",
            t("Knowing the last … days"),
            t("How far back the features look; at least the days above."),
        )
        every = days(
            "every_days",
            t("Learn from every … days"),
            t("The distance between two training snapshots."),
        )
    first_time_only = st.checkbox(
        t("Only users who have not done it before"),
        question.first_time_only,
        key=f"first-{log.folder.name}",
    )
    with st.expander(t("More")):
        gap = days(
            "gap_days",
            t("Days between the list and the window"),
            t("Time that a campaign needs to get going."),
            least=0,
        )
        as_of = end_of_the_known(log, question)
    return replace(
        question,
        horizon_days=horizon,
        active_days=active,
        lookback_days=lookback,
        every_days=every,
        first_time_only=first_time_only,
        gap_days=gap,
        as_of=as_of,
    )


def end_of_the_known(log: Log, question: Question) -> datetime | None:
    day = st.date_input(
        t("Pretend that it is the beginning of this day (empty: the end of the log)"),
        question.as_of.date() if question.as_of else None,
        min_value=log.report.likely_start.date(),
        max_value=log.report.likely_now.date(),
        key=f"as-of-{log.folder.name}",
        width=420,
    )
    return datetime.combine(day, time()) if isinstance(day, date) else None


def show_counts(counts: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            t("Part"): [PART_NAMES[part].text(language()) for part in counts["part"]],
            t("Moments"): counts["snapshots"],
            t("Did it"): counts["did"].where(counts["part"] != "now"),
            t("Did not"): counts["did_not"].where(counts["part"] != "now"),
            t("Base rate"): 100 * counts["base_rate"].where(counts["part"] != "now"),
            t("Examples"): counts["did"] + counts["did_not"],
        }
    )
    counts_in = st.column_config.NumberColumn(format="localized")
    st.dataframe(
        shown,
        hide_index=True,
        key="counts",
        placeholder="",
        column_config={
            **dict.fromkeys((t("Did it"), t("Did not"), t("Examples")), counts_in),
            t("Base rate"): st.column_config.NumberColumn(format="%.1f %%"),
        },
        alt=t("How many did it and did not, for each part"),
    )


heading("question", t("What do you want to know of whom?"))
log = chosen_log()
draft = open_draft(log)
question = ask(log, draft.question)
if question != draft.question:
    save_draft(log, replace(draft, question=question))
st.subheader(question.sentence().text(language()))
counts = counts_of(log, question)
show_counts(counts)
warnings = check_enough(counts)
if warnings:
    st.warning("\n".join(f"- {w.text(language())}" for w in warnings), icon=":material/warning:")
else:
    st.success(t("That is enough for a reliable answer."), icon=":material/check_circle:")
if question.kind == "user":
    chart(time_axis(make_plan(question, log), question, language()), "time-axis")
link("features", t("Next: look at the features"))
