"""Question: fill in the sentence, and see whether the log can answer it."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from deepfm.charts.question import time_axis
from deepfm.log.log import Log
from deepfm.runs.draft import open_draft, save_draft
from deepfm.task.examples import check_enough
from deepfm.task.history import history_days
from deepfm.task.plan import PART_NAMES, days_needed, make_plan
from deepfm.task.question import Question, QuestionError, check_question
from deepfm.task.question_file import question_text
from pages.shared.address import language, t
from pages.shared.chosen import chosen_log
from pages.shared.counts import advice_for, counts_of, warn_of_few
from pages.shared.plain import said
from pages.shared.question_parts import Parts, take_advice
from pages.shared.show import chart
from pages.shared.way import heading, link


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


def show_history(log: Log, question: Question) -> None:
    """The minimum of days, said before it is missed."""
    if question.kind == "event":
        return
    needed, history = days_needed(question), history_days(log, question.as_of)
    if history >= needed:
        text = t("You need {needed} days, your file has {history}.", needed=needed, history=history)
        st.caption(text)


def show_axis(log: Log, question: Question) -> None:
    try:
        plan = make_plan(question, log)
    except QuestionError:
        # The answer says so.
        return
    chart(time_axis(plan, question, language()), "time-axis")


def show_answer(parts: Parts, log: Log, question: Question) -> bool:
    """The counts and what they mean; whether they are enough to learn from."""
    try:
        counts, one_user_in = counts_of(log, question)
        show_counts(counts)
        if one_user_in > 1:
            st.caption(t("Estimated from one user in {n:,}.", n=one_user_in))
        warnings = check_enough(counts)
    except QuestionError as error:
        parts.blame(error)
        offer_advice(log, question)
        return False
    warn_of_few(warnings)
    if not warnings:
        st.success(t("That is enough for a reliable answer."), icon=":material/check_circle:")
    return True


def offer_advice(log: Log, question: Question) -> None:
    """Changes that would make it enough, each one click away."""
    advice = advice_for(log, question)
    if not advice:
        st.info(
            t("No single change makes this log answer it. Bring a longer log."),
            icon=":material/lightbulb:",
        )
        return
    st.write(t("What would make it enough:"))
    with st.container(horizontal=True):
        for place, (words, changed) in enumerate(advice):
            st.button(
                said(words),
                icon=":material/build:",
                key=f"advice-{place}",
                on_click=take_advice,
                args=(log.folder.name, changed),
            )


def show_file(question: Question) -> None:
    text = question_text(question)
    with st.expander(t("The question as a file")):
        st.caption(t("The command line takes it with {option}.", option="`--question`"))
        st.code(text, language="json")
        st.download_button(
            t("Download question.json"),
            text,
            "question.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )


heading("question", t("What do you want to know of whom?"))
log = chosen_log()
draft = open_draft(log)
parts = Parts(log, draft.question)
try:
    question = parts.ask()
    check_question(log, question)
except QuestionError as error:
    parts.blame(error)
    st.stop()
if question != draft.question:
    save_draft(log, replace(draft, question=question))
st.header(said(question.sentence()))
show_history(log, question)
answer = st.container()
if question.kind != "event":
    # It stands below the answer, and comes first: the browser draws it while we count.
    show_axis(log, question)
with answer:
    enough = show_answer(parts, log, question)
show_file(question)
if enough:
    link("features", t("Next: look at the features"))
