"""One person of the list: why the score is what it is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from deepfm.charts.events import user_timeline
from deepfm.charts.explanation import parts
from deepfm.charts.interaction_map import interaction_map
from deepfm.charts.waterfall import waterfall
from deepfm.features.preview import events_of
from deepfm.prospects.changes import what_would_change
from deepfm.prospects.people import PAIRED
from deepfm.prospects.person import Person, explain_person
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.similar import similar_people
from deepfm.runs.run import Run
from deepfm.task.history import log_now
from pages.shared.address import language, t
from pages.shared.plain import plain
from pages.shared.show import chart, show_open

SHOWN_FIELDS = 12
SHOWN_PAIRS = 10
SHOWN_EVENTS = 200
RAISING, LOWERING = 5, 3


def show_person(run: Run, user: str, value: str | None) -> None:
    with_value = t("User {user} with {value}", user=user, value=value)
    st.header(plain(t("User {user}", user=user) if value is None else with_value))
    scorer = Scorer.open(run.folder)
    person = explain_person(scorer, run.examples, user, value)
    sections = {
        t("Contributions"): lambda: show_contributions(run, person),
        t("Parts and pairs"): lambda: show_parts(run, person),
        t("What would change the score"): lambda: show_changes(run, scorer, user, value),
        t("Similar users"): lambda: show_similar(run, user, value),
        t("Events"): lambda: show_events(run, user),
    }
    show_open(sections, "person")


def show_contributions(run: Run, person: Person) -> None:
    """From a typical user to this one, field by field."""
    table = person.readable(run.words, language())
    steps = list(table[["label", "value", "total"]].itertuples(index=False, name=None))
    chart(
        waterfall(person.base, steps, person.logit, SHOWN_FIELDS, language()),
        "waterfall",
        contributions_table(table),
    )


def show_parts(run: Run, person: Person) -> None:
    """Which part of the model says it, and which fields say it together."""
    left, right = st.columns(2)
    with left:
        table = person.readable(run.words, language())
        chart(parts(table, SHOWN_FIELDS, language()), "parts")
    with right:
        show_pairs(run, person)


def show_changes(run: Run, scorer: Scorer, user: str, value: str | None) -> None:
    """Which other values would raise or lower the score most."""
    found = what_would_change(scorer, run.examples, run.words, user, value)
    if found.empty:
        st.info(t("No other value was found that would change it."), icon=":material/info:")
        return
    shown = pd.concat([found.head(RAISING), found.iloc[RAISING:].tail(LOWERING)])
    words, none = run.words, t("none")
    table = pd.DataFrame(
        {
            t("Feature"): [words[name].label.text(language()) for name in shown["field"]],
            t("Now"): [
                none if pd.isna(own) else words[name].value_text(own, language())
                for name, own in zip(shown["field"], shown["value"], strict=True)
            ],
            t("If it were"): [
                words[name].value_text(other, language())
                for name, other in zip(shown["field"], shown["other"], strict=True)
            ],
            t("Log-odds"): [f"{change:+.2f}" for change in shown["change"]],
            t("Probability then"): shown["probability"],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key="changes",
        column_config={t("Probability then"): st.column_config.NumberColumn(format="percent")},
        alt=t("What would change the score"),
    )
    st.caption(
        t(
            "One value changed at a time, to one near by. This is how the model sees it, not what "
            "would happen."
        )
    )


def show_similar(run: Run, user: str, value: str | None) -> None:
    """Whom the model sees alike."""
    found = similar_people(run.prospects, user, value)
    if found is None or found.empty:
        text = t("This run keeps no vectors to compare users by. Train it again to have them.")
        st.info(text, icon=":material/info:")
        return
    titles = {
        "user": t("User"),
        PAIRED: t("With"),
        "rank": t("Rank"),
        "probability": t("Probability"),
        "likeness": t("Likeness"),
    }
    table = found[[name for name in titles if name in found]].rename(columns=titles)
    st.dataframe(
        table,
        hide_index=True,
        key="similar",
        column_config={
            t("Probability"): st.column_config.NumberColumn(format="percent"),
            t("Likeness"): st.column_config.NumberColumn(format="%.3f"),
        },
        alt=t("Similar users"),
    )
    st.caption(t("Nearest in the model's own space of vectors; 1 is the same."))


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
    log = run.log()
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
