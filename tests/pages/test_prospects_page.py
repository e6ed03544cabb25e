"""The list: searched, filtered, turned over, and one person explained."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from deepfm.language import translate
from deepfm.prospects.budget import best_size, campaign
from deepfm.prospects.changes import what_would_change
from deepfm.prospects.person import explain_person
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.similar import similar_people
from deepfm.runs.run import Run
from tests.pages.reader import (
    choose_row,
    complaints,
    english,
    labels,
    metrics,
    open_page,
    press,
    run,
)

REASONS = ["for_1", "for_2", "for_3"]


@pytest.fixture
def whole(own_run: Run) -> pd.DataFrame:
    return pd.read_parquet(own_run.prospects)


def _open(found: Run, lang: str | None = None) -> AppTest:
    return open_page("prospects", lang=lang, run=found.id)


def _list(at: AppTest) -> pd.DataFrame:
    return next(table.value for table in at.dataframe if "Rank" in table.value)


def test_the_first_page_of_the_list_and_what_it_adds_up_to(
    own_run: Run, whole: pd.DataFrame
) -> None:
    at = _open(own_run)
    assert not complaints(at)
    table = _list(at)
    assert table["User"].tolist() == whole["user"].head(200).tolist()
    assert table["Rank"].tolist() == list(range(1, 201))
    assert table["Probability"].tolist() == whole["probability"].head(200).tolist()
    first = whole["probability"].head(len(whole) // 10)
    found = metrics(at)
    assert found["People"] == f"{len(whole):,}"
    assert found["Expected to act"] == f"{whole['probability'].sum():,.0f}"
    assert found["In the first 10%"] == f"{first.sum():,.0f}"
    assert labels(at, "download_button") == ["Download the list"]
    # A figure would let the table wait for the browser to be ready for it.
    assert not at.get("plotly_chart")


def test_a_search_finds_one_user_and_a_wrong_one_says_so(own_run: Run, whole: pd.DataFrame) -> None:
    at = _open(own_run)
    user = whole["user"].iloc[300]
    at.text_input(key="search").set_value(f" {user} ")
    run(at)
    assert _list(at)["User"].tolist() == [user]
    for nobody in ("nobody", "%", "'; DROP TABLE prospects; --", "\\", "名" * 500):
        at.text_input(key="search").set_value(nobody)
        run(at)
        assert [str(box.value) for box in at.info] == ["Nobody fits. Loosen the filter."]
        assert not [table for table in at.dataframe if "Rank" in table.value]
    at.text_input(key="search").set_value("")
    run(at)
    assert len(_list(at)) == 200


def test_filters_leave_the_people_that_pandas_leaves(own_run: Run, whole: pd.DataFrame) -> None:
    at = _open(own_run)
    at.multiselect(key="tiers").set_value(["B"])
    run(at)
    left = whole[whole["tier"] == "B"]
    assert _list(at)["User"].tolist() == left["user"].tolist()
    at.number_input(key="least").set_value(15.0)
    run(at)
    left = left[left["probability"] >= 0.15]
    assert 0 < len(left) < 200
    assert _list(at)["User"].tolist() == left["user"].tolist()
    reason = str(left[REASONS].stack().mode()[0])
    at.selectbox(key="reason").set_value(reason)
    run(at)
    left = left[(left[REASONS] == reason).any(axis=1)]
    assert _list(at)["User"].tolist() == left["user"].tolist()
    assert any(f"{len(left):,} people." in str(caption.value) for caption in at.caption)


def test_the_list_can_be_turned_over_and_a_filter_leads_back(
    own_run: Run, whole: pd.DataFrame
) -> None:
    at = _open(own_run)
    at.session_state["page"] = 5
    run(at)
    assert _list(at)["User"].tolist() == whole["user"].iloc[800:1000].tolist()
    assert 0 < len(_list(at)) < 200
    at.multiselect(key="tiers").set_value(["A", "B", "C"])
    run(at)
    left = whole[whole["tier"] != "D"]
    assert set(_list(at)["User"]) <= set(left["user"])
    assert len(_list(at)) > 0


@pytest.mark.parametrize("row", [0, 137])
def test_a_chosen_person_is_explained_up_to_their_score(
    own_run: Run, whole: pd.DataFrame, row: int
) -> None:
    at = choose_row(_open(own_run), "list-1", row, fold="waterfall")
    user = whole["user"].iloc[row]
    assert [str(heading.value) for heading in at.header] == [f"User {user}"]
    table = next(t.value for t in at.dataframe if "Interaction" in t.value)
    person = explain_person(Scorer.open(own_run.folder), own_run.examples, user)
    assert person.base + table["Total"].sum() == pytest.approx(whole["logit"].iloc[row], abs=1e-4)
    assert table["Feature"].tolist() == person.readable(own_run.words, "en")["label"].tolist()
    assert len(at.get("plotly_chart")) == 1


def test_the_events_of_a_chosen_person_are_those_of_the_log(
    own_run: Run, whole: pd.DataFrame
) -> None:
    at = choose_row(_open(own_run), "list-1", 5, section="Events")
    events = at.dataframe[-1].value
    assert len(events) == min(200, len(_events(own_run, whole["user"].iloc[5])))
    assert events["time"].is_monotonic_decreasing
    assert len(at.get("plotly_chart")) == 1


@pytest.mark.parametrize(
    ("section", "title", "charts"),
    [
        ("Parts and pairs", None, 2),
        ("What would change the score", "If it were", 0),
        ("Similar users", "Likeness", 0),
    ],
)
def test_each_section_of_a_person_shows_its_own(
    own_run: Run, section: str, title: str | None, charts: int
) -> None:
    at = choose_row(_open(own_run), "list-1", 1, section=section)
    assert len(at.get("plotly_chart")) == charts
    assert title is None or any(title in table.value for table in at.dataframe)
    zh = _open(own_run, lang="zh")
    choose_row(zh, "list-1", 1, section=translate(section, "zh"))
    assert len(zh.get("plotly_chart")) == charts
    assert english(zh) == []


def _events(found: Run, user: str) -> pd.DataFrame:
    events = pd.read_parquet(found.log_folder / "log.parquet")
    return events[events["user"] == user]


def test_without_its_log_a_person_is_explained_all_the_same(own_run: Run) -> None:
    shutil.rmtree(own_run.log_folder)
    at = choose_row(_open(own_run), "list-1", 2)
    assert not at.error
    assert len(at.get("plotly_chart")) == 1
    at = choose_row(_open(own_run), "list-1", 2, section="Events")
    assert len(at.error) == 1
    assert "holds no log" in str(at.error[0].value)
    assert len(at.header) == 1


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_with_a_damaged_note_of_its_log_a_person_is_explained_too(own_run: Run, text: str) -> None:
    (own_run.folder / "log.json").write_text(text, encoding="utf-8")
    at = choose_row(_open(own_run), "list-1", 2, section="Events")
    assert len(at.error) == 2
    assert all("log.json" in str(error.value) for error in at.error)
    assert len(at.header) == 1


def test_a_run_without_its_model_is_answered_in_a_sentence(own_run: Run) -> None:
    (own_run.folder / "typical.npz").unlink()
    at = _open(own_run)
    assert not at.error
    choose_row(at, "list-1", 0)
    assert len(at.error) == 1
    assert "no complete model" in str(at.error[0].value)


def test_the_page_speaks_chinese_also_of_a_person(own_run: Run) -> None:
    assert english(_open(own_run))
    at = _open(own_run, lang="zh")
    assert english(at) == []
    titles = [translate(title, "zh") for title in ("Rank", "User", "Probability")]
    assert list(at.dataframe[0].value)[:3] == titles
    choose_row(at, "list-1", 0)
    assert len(at.header) == 1
    assert english(at) == []


def test_a_list_of_pairs_names_the_value_and_explains_that_pair(own_pair_run: Run) -> None:
    whole = pd.read_parquet(own_pair_run.prospects)
    at = _open(own_pair_run)
    table = _list(at)
    assert table["User"].tolist() == whole["user"].head(200).tolist()
    assert table["With"].tolist() == whole["value"].head(200).tolist()
    assert metrics(at)["Pairs"] == f"{len(whole):,}"
    choose_row(at, "list-1", 4)
    user, value = whole.loc[4, ["user", "value"]]
    assert [str(found.value) for found in at.header] == [f"User {user} with {value}"]
    person = explain_person(Scorer.open(own_pair_run.folder), own_pair_run.examples, user, value)
    assert person.logit == pytest.approx(whole.loc[4, "logit"])
    assert english(_open(own_pair_run, lang="zh")) == []


def test_a_row_by_row_list_is_shown_and_explained(own_event_run: Run) -> None:
    at = choose_row(_open(own_event_run), "list-1", 0, fold="waterfall")
    prospects = pd.read_parquet(own_event_run.prospects)
    table = next(t.value for t in at.dataframe if "Interaction" in t.value)
    person = explain_person(
        Scorer.open(own_event_run.folder), own_event_run.examples, prospects["user"].iloc[0]
    )
    assert person.base + table["Total"].sum() == pytest.approx(prospects["logit"].iloc[0], abs=1e-4)
    assert english(_open(own_event_run, lang="zh")) == []


def test_a_figure_can_be_read_instead_of_seen(own_run: Run, whole: pd.DataFrame) -> None:
    at = open_page("prospects", run=own_run.id)
    at.session_state["planner"] = at.session_state["probabilities-fold"] = True
    run(at)
    said = at.dataframe[1].value["How likely the people on the list are"]
    people = said.str.extract(r": ([\d,]+) people$")[0].str.replace(",", "").astype(int)
    assert people.sum() == len(whole)


def test_the_planner_counts_as_the_library_and_hands_its_number_to_the_download(
    own_run: Run, whole: pd.DataFrame
) -> None:
    chances = whole["probability"].to_numpy()
    at = open_page("prospects", run=own_run.id)
    assert not [box for box in at.number_input if box.key == "value"]

    def step() -> None:
        # Such a reader forgets at each step that the planner is open.
        at.session_state["planner"] = True
        run(at)

    step()
    at.number_input(key="value").set_value(8.0)
    step()
    plan = campaign(chances, best_size(chances, 1.0, 8.0), 1.0, 8.0)
    assert 0 < plan.people < len(whole)
    assert metrics(at)["Contacts"] == f"{plan.people:,}"
    assert metrics(at)["Expected profit"] == f"{plan.profit:,.0f}"
    at.get_by_key("way").set_value("budget")
    step()
    at.number_input(key="budget").set_value(100.0)
    step()
    assert metrics(at)["Contacts"] == "100"
    assert metrics(at)["Missed"] == f"{chances[100:].sum():,.0f}"
    at.session_state["planner"] = True
    press(at, "Take this number for the download")
    assert at.number_input(key="top").value == 100
    step()
    at.number_input(key="cost").set_value(1e6)
    at.get_by_key("way").set_value("best")
    step()
    assert "no contact pays for itself" in str(at.info[0].value)
    at = open_page("prospects", lang="zh", run=own_run.id)
    step()
    assert english(at) == []


def test_the_list_of_a_simpler_way_is_shown_in_its_own_order(
    own_run: Run, whole: pd.DataFrame
) -> None:
    at = open_page("prospects", run=own_run.id, ranking="trees")
    table = _list(at)
    scores = pd.read_parquet(own_run.baselines).set_index("user")["trees"]
    assert scores.loc[table["User"]].is_monotonic_decreasing
    assert table["User"].tolist() != whole["user"].head(200).tolist()
    choose_row(at, "list-1", 0)
    assert [str(heading.value) for heading in at.header] == [f"User {table['User'].iloc[0]}"]
    at.selectbox(key="ranking").set_value("deepfm")
    run(at)
    assert _list(at)["User"].tolist() == whole["user"].head(200).tolist()
    assert english(open_page("prospects", lang="zh", run=own_run.id, ranking="recency")) == []


def test_fields_filter_the_list_and_a_saved_segment_brings_the_filter_back(own_run: Run) -> None:
    whole = pd.read_parquet(own_run.prospects)
    examples = pd.read_parquet(own_run.examples)
    now = examples[examples["part"] == "now"].set_index("user").loc[whole["user"]].reset_index()
    category = now["favorite:category"].mode()[0]
    fits = (now["favorite:category"] == category) & (now["since:cart"] <= 5)
    left = whole.loc[fits.to_numpy(), "user"].head(200).tolist()
    at = _open(own_run)
    at.multiselect(key="fields").set_value(["favorite:category", "since:cart"])
    run(at)
    at.multiselect(key="values-favorite:category").set_value([category])
    at.number_input(key="high-since:cart").set_value(5.0)
    run(at)
    assert 0 < len(left) < len(whole)
    assert _list(at)["User"].tolist() == left
    press(at, "Save the filter")
    assert any("name of 1 to 60" in str(box.value) for box in at.error)
    at.text_input(key="segment-name").set_value("Carts")
    press(at, "Save the filter")
    # Another session, and the filter is one press away.
    again = _open(own_run)
    assert len(_list(again)) == 200
    press(again, "Show these people")
    assert _list(again)["User"].tolist() == left
    assert again.multiselect(key="values-favorite:category").value == [category]
    press(again, "Delete the segment")
    assert "segment" not in [box.key for box in again.selectbox]


def test_a_person_shows_what_would_change_the_score_and_who_is_alike(own_run: Run) -> None:
    whole = pd.read_parquet(own_run.prospects)
    user = str(whole["user"].iloc[2])
    at = choose_row(_open(own_run), "list-1", 2, section="What would change the score")
    changes = next(t.value for t in at.dataframe if "If it were" in t.value)
    scorer = Scorer.open(own_run.folder)
    found = what_would_change(scorer, own_run.examples, own_run.words, user)
    assert changes["Probability then"].iloc[0] == found["probability"].iloc[0]
    assert len(changes) == 8
    assert any("not what would happen" in str(caption.value) for caption in at.caption)
    at = choose_row(_open(own_run), "list-1", 2, section="Similar users")
    alike = next(t.value for t in at.dataframe if "Likeness" in t.value)
    expected = similar_people(own_run.prospects, user)
    assert expected is not None
    assert alike["User"].tolist() == expected["user"].tolist()
