"""Prospects: who is most likely, and why."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from deepfm.charts.prospects import probability_histogram
from deepfm.errors import InputError
from deepfm.evaluation.verdict import MODEL_NAMES, OURS
from deepfm.language import Language
from deepfm.log.mends import Mends
from deepfm.prospects.baselines import ranking, rankings
from deepfm.prospects.browse import fitting, people_at, probabilities
from deepfm.prospects.export import readable
from deepfm.prospects.filter import Filter
from deepfm.prospects.people import PAIRED
from deepfm.prospects.words import FieldWords
from deepfm.runs.run import Run
from pages.shared.address import language, remember, t, value_of
from pages.shared.budget_parts import show_budget
from pages.shared.chosen import finished_run
from pages.shared.download_parts import show_download
from pages.shared.filter_parts import choose_filter
from pages.shared.person_parts import show_person
from pages.shared.plain import said
from pages.shared.show import attempt, chart, explained, numbers, problem
from pages.shared.way import heading

PAGE_ROWS = 200


def show_mends(run: Run) -> Mends:
    try:
        mends = run.mends
    except InputError as error:
        problem(error)
        return Mends()
    for sentence in mends.sentences():
        st.warning(said(sentence), icon=":material/healing:")
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
        help=t("By the model, or by one of the simpler ways that it was compared with."),
    )
    remember(ranking=None if way == OURS else way)
    if way != OURS:
        st.caption(t("The reasons of a person explain DeepFM's score, not the place on this list."))
    return ranking(run.folder, evaluation, way)


def show_list(run: Run, prospects: Path, ranks: NDArray[np.int64]) -> pd.Series | None:
    """A page of the people at ``ranks``; the row that is chosen in it."""
    pages = -(-len(ranks) // PAGE_ROWS)
    number = min(st.pagination(pages, key="page"), pages) if pages > 1 else 1
    here = ranks[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
    changed = prospects.stat().st_mtime_ns
    table, shown = rows_at(str(prospects), changed, here, language(), run.words)
    picked = st.dataframe(
        shown,
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        key=f"list-{number}",
        column_order=column_order(list(shown)),
        column_config=explained(
            shown, Probability="percent", Score="%.4f", Percentile="%.1f", Logit="%.2f"
        ),
        alt=t("The list of prospects"),
    )
    rows = picked.selection.rows
    return table.iloc[rows[0]] if rows and rows[0] < len(table) else None


# One goes from person to person of the same page. The list, and when it was changed, say all.
@st.cache_data(max_entries=64, ttl="10m", show_spinner=False)
def rows_at(
    prospects: str,
    changed: int,
    ranks: NDArray[np.int64],
    tongue: Language,
    _words: Mapping[str, FieldWords],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows at ``ranks``, as they are and for people."""
    table = people_at(Path(prospects), ranks)
    return table, readable(table, tongue, _words)


def column_order(columns: list[str]) -> list[str]:
    """The reasons stand before the numbers that are for experts."""
    last = [t(title) for title in ("Last seen", "Score", "Percentile", "Logit")]
    return [*(column for column in columns if column not in last), *last]


@st.fragment
def show_people(run: Run, prospects: Path, chosen: Filter, simulated: bool) -> None:
    """Who fits the filter, and the one of them that is chosen.

    Apart from the rest of the page: one goes from person to person, and all else stays. What it
    needs of everybody it reads itself, as Streamlit keeps what it is given.
    """
    ranks = fitting(prospects, chosen, run.examples)
    row = None
    if len(ranks):
        of_pairs = t("{n:,} pairs. Choose a row to see why somebody is there.", n=len(ranks))
        of_people = t("{n:,} people. Choose a row to see why somebody is there.", n=len(ranks))
        st.caption(of_people if run.question.by is None else of_pairs)
        row = show_list(run, prospects, ranks)
        show_download(run, prospects, chosen, ranks, simulated)
    else:
        st.info(t("Nobody fits. Loosen the filter."), icon=":material/search_off:")
    if row is not None:
        user, value = str(row["user"]), row.get(PAIRED)
        attempt(lambda: show_person(run, user, value))
    else:
        show_planner(prospects)


def show_planner(prospects: Path) -> None:
    """How sure the list is, and how many of it to contact."""
    title = t("How many to contact?")
    # Folded up: where a list is opened anew, the browser takes a second to be ready for a figure.
    planner = st.expander(title, icon=":material/savings:", key="planner", on_change="rerun")
    if planner.open:
        with planner:
            probability = probabilities(prospects).to_numpy()
            chart(probability_histogram(probability, language()), "probabilities")
            show_budget(probability)


heading("prospects", t("The people most likely to act, with the reasons for each."))
run = finished_run()
st.write(said(run.question.sentence()))
mends = show_mends(run)
prospects = choose_ranking(run)
everyone = probabilities(prospects)
numbers(
    {
        (t("People") if run.question.by is None else t("Pairs")): f"{len(everyone):,}",
        t("Expected to act"): f"{everyone.sum():,.0f}",
        t("In the first 10%"): f"{everyone.head(len(everyone) // 10).sum():,.0f}",
    }
)
show_people(
    run, prospects, choose_filter(run, prospects), simulated=mends.random_actions is not None
)
