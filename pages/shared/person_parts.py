"""One person of the list: why the score is what it is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from deepfm.charts.events import user_timeline
from deepfm.charts.explanation import parts
from deepfm.charts.interaction_map import interaction_map
from deepfm.charts.waterfall import waterfall
from deepfm.errors import InputError
from deepfm.features.preview import events_of
from deepfm.prospects.person import Person, explain_person
from deepfm.prospects.scorer import Scorer
from deepfm.runs.run import Run
from deepfm.task.history import log_now
from pages.shared.address import language, t
from pages.shared.show import chart, problem

SHOWN_FIELDS = 12
SHOWN_PAIRS = 10
SHOWN_EVENTS = 200


def show_person(run: Run, user: str, value: str | None) -> None:
    with_value = t("User {user} with {value}", user=user, value=value)
    st.header(t("User {user}", user=user) if value is None else with_value)
    person = explain_person(Scorer.open(run.folder), run.examples, user, value)
    table = person.readable(run.words, language())
    steps = list(table[["label", "value", "total"]].itertuples(index=False, name=None))
    chart(
        waterfall(person.base, steps, person.logit, SHOWN_FIELDS, language()),
        "waterfall",
        contributions_table(table),
    )
    left, right = st.columns(2)
    with left:
        chart(parts(table, SHOWN_FIELDS, language()), "parts")
    with right:
        show_pairs(run, person)
    st.caption(
        t(
            "Contributions are log-odds against a typical user and add up to the score. They "
            "explain the model, not what would happen if something were changed."
        )
    )
    show_events(run, user)


def contributions_table(table: pd.DataFrame) -> pd.DataFrame:
    titles = {
        "label": t("Feature"),
        "value": t("Value"),
        "first": t("Linear"),
        "interaction": t("Interaction"),
        "deep": t("Deep"),
        "total": t("Total"),
    }
    return table[list(titles)].rename(columns=titles)


def show_pairs(run: Run, person: Person) -> None:
    names = person.contributions["field"]
    labels = [run.words[name].label.text(language()) for name in names]
    chart(interaction_map(labels, person.pairs, SHOWN_PAIRS, language()), "pairs")


def show_events(run: Run, user: str) -> None:
    try:
        log = run.log()
    except InputError as error:
        problem(error)
        return
    now = log_now(log, run.question.as_of)
    events = events_of(log, user, before=now, limit=SHOWN_EVENTS)
    if run.question.kind != "event":
        days = run.question.lookback_days
        chart(user_timeline(events, now, days, None, 0, language()), "events")
    with st.expander(t("The latest events of this user")):
        st.dataframe(
            events.drop(columns="user"),
            hide_index=True,
            key="latest",
            alt=t("The latest events of this user"),
        )
