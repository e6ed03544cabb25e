"""Prospects: who is most likely, and why."""

from io import BytesIO
from pathlib import Path

import pandas as pd
import streamlit as st

from deepfm.charts.events import user_timeline
from deepfm.charts.explanation import parts
from deepfm.charts.interaction_map import interaction_map
from deepfm.charts.prospects import probability_histogram
from deepfm.charts.waterfall import waterfall
from deepfm.errors import InputError
from deepfm.evaluation.verdict import MODEL_NAMES, OURS
from deepfm.features.preview import events_of
from deepfm.log.mends import Mends
from deepfm.prospects.baselines import ranking, rankings
from deepfm.prospects.browse import Filter, browse, probabilities, reason_fields
from deepfm.prospects.export import readable, write_csv, write_parquet, write_xlsx
from deepfm.prospects.handout import Handout
from deepfm.prospects.people import PAIRED
from deepfm.prospects.person import Person, explain_person
from deepfm.prospects.ranking import TIERS
from deepfm.prospects.scorer import Scorer
from deepfm.runs.run import Run
from deepfm.task.history import log_now
from pages.shared.address import language, remember, t, value_of
from pages.shared.budget_parts import show_budget
from pages.shared.chosen import finished_run
from pages.shared.show import chart, numbers, problem
from pages.shared.way import heading

PAGE_ROWS = 200
SHOWN_FIELDS = 12
SHOWN_PAIRS = 10
SHOWN_EVENTS = 200
WRITERS = {
    "CSV": (write_csv, "prospects.csv", "text/csv"),
    "Excel": (
        write_xlsx,
        "prospects.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "Parquet": (write_parquet, "prospects.parquet", "application/vnd.apache.parquet"),
}


def show_mends(run: Run) -> Mends:
    try:
        mends = run.mends
    except InputError as error:
        problem(error)
        return Mends()
    for sentence in mends.sentences():
        st.warning(sentence.text(language()), icon=":material/healing:")
    return mends


def choose_ranking(run: Run) -> Path:
    """The list of the model, or of the simpler way, that the reader wants to go by."""
    evaluation = run.evaluation()
    ways = rankings(run.folder, evaluation)
    if len(ways) == 1:
        return run.prospects
    asked = value_of("ranking")
    way = st.selectbox(
        t("Ranked by"),
        ways,
        index=ways.index(asked) if asked in ways else 0,
        format_func=lambda name: MODEL_NAMES[name].text(language()),
        key="ranking",
        width=420,
    )
    remember(ranking=None if way == OURS else way)
    if way != OURS:
        st.caption(t("The reasons of a person explain DeepFM's score, not the place on this list."))
    return ranking(run.folder, evaluation, way)


def choose_filter(run: Run, prospects: Path) -> Filter:
    words = run.words
    with st.container(horizontal=True, vertical_alignment="bottom"):
        user = st.text_input(t("Search a user id"), key="search", width=220)
        tiers = st.multiselect(t("Tier"), list(TIERS), placeholder=t("any"), key="tiers", width=220)
        least = st.number_input(
            t("Probability of at least, in %"), 0.0, 100.0, 0.0, 1.0, key="least", width=220
        )
        reason = st.selectbox(
            t("Reason for"),
            reason_fields(prospects),
            index=None,
            format_func=lambda name: words[name].label.text(language()),
            placeholder=t("any"),
            key="reason",
            width=320,
        )
    return Filter(user.strip(), tuple(tiers), least / 100, reason)


def show_list(run: Run, prospects: Path, chosen: Filter) -> pd.Series | None:
    """A page of the list; the row that is chosen in it."""
    _, found = browse(prospects, chosen, 0)
    if not found:
        st.info(t("Nobody fits. Loosen the filter."), icon=":material/search_off:")
        return None
    pages = -(-found // PAGE_ROWS)
    if run.question.by is None:
        st.caption(t("{n:,} people. Choose a row to see why somebody is there.", n=found))
    else:
        st.caption(t("{n:,} pairs. Choose a row to see why somebody is there.", n=found))
    number = st.pagination(pages, key="page") if pages > 1 else 1
    table, _ = browse(prospects, chosen, PAGE_ROWS, (min(number, pages) - 1) * PAGE_ROWS)
    shown = readable(table, language(), run.words)
    percent = st.column_config.NumberColumn(format="percent")
    picked = st.dataframe(
        shown,
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        key=f"list-{number}",
        column_order=column_order(list(shown)),
        column_config={
            t("Probability"): percent,
            t("Score"): st.column_config.NumberColumn(format="%.4f"),
            t("Percentile"): st.column_config.NumberColumn(format="%.1f"),
            t("Logit"): st.column_config.NumberColumn(format="%.2f"),
        },
        alt=t("The list of prospects"),
    )
    rows = picked.selection.rows
    return table.iloc[rows[0]] if rows and rows[0] < len(table) else None


def column_order(columns: list[str]) -> list[str]:
    """The reasons stand before the numbers that are for experts."""
    last = [t(title) for title in ("Last seen", "Score", "Percentile", "Logit")]
    return [*(column for column in columns if column not in last), *last]


def download(run: Run, prospects: Path, people: int, simulated: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        top = st.number_input(t("How many of the first"), 1, people, people, key="top", width=180)
        kind = st.segmented_control(
            t("Format"), list(WRITERS), default="CSV", key="format", required=True
        )
        held = st.number_input(
            t("Hold out at random, in %"),
            0,
            50,
            0,
            5,
            key="held",
            width=200,
            help=t("They are left alone, so that the campaign can be measured. The file says who."),
        )
        hashed = st.checkbox(
            t("Ids as hashes"),
            key="hashed",
            help=t("SHA-256 of the id in small letters, as ad platforms take it."),
        )
        write, name, mime = WRITERS[kind or "CSV"]
        # In the thread that makes the file there is no session to ask.
        path, words, tongue = prospects, run.words, language()
        handout = Handout(int(top), hashed, held / 100, run.settings.seed)

        def content() -> bytes:
            file = BytesIO()
            write(path, file, tongue, words, handout)
            return file.getvalue()

        st.download_button(
            t("Download the list"),
            content,
            # Nobody should take such a list for a real one later.
            f"simulated-{name}" if simulated else name,
            mime,
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )


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


heading("prospects", t("The people most likely to act, with the reasons for each."))
run = finished_run()
st.write(run.question.sentence().text(language()))
mends = show_mends(run)
prospects = choose_ranking(run)
everyone = probabilities(prospects)
numbers(
    {
        (t("People") if run.question.by is None else t("Pairs")): f"{len(everyone):,}",
        t("Expected to act"): f"{everyone.sum():,.0f}",
        t("Of them in the first 10%"): f"{everyone.head(len(everyone) // 10).sum():,.0f}",
    }
)
download(run, prospects, len(everyone), simulated=mends.random_actions is not None)
row = show_list(run, prospects, choose_filter(run, prospects))
if row is not None:
    show_person(run, str(row["user"]), row.get(PAIRED))
else:
    chart(probability_histogram(everyone.to_numpy(), language()), "probabilities")
    with st.expander(t("How many to contact?"), icon=":material/savings:"):
        show_budget(everyone.to_numpy())
