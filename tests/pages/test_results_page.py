"""How good the model is: the page shows the figures that stand in evaluation.json."""

from __future__ import annotations

import json
import shutil
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from deepfm.evaluation.verdict import MODEL_NAMES, verdict
from deepfm.explanation.embedding import mapped_fields, neighbours
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.strength import field_strength
from deepfm.runs.run import Run
from tests.pages.reader import complaints, english, labels, metrics, open_page, press, turn_to


@pytest.fixture
def evaluation(own_run: Run) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((own_run.folder / "evaluation.json").read_text("utf-8"))
    return content


def _ours(evaluation: dict[str, Any]) -> dict[str, Any]:
    (ours,) = [model for model in evaluation["models"] if model["name"] == "deepfm"]
    found: dict[str, Any] = ours
    return found


def test_the_figures_are_those_of_the_evaluation(own_run: Run, evaluation: dict[str, Any]) -> None:
    at = open_page("results", run=own_run.id)
    ours = _ours(evaluation)
    assert metrics(at) == {
        "AUC": f"{ours['auc']:.3f}",
        "Log loss": f"{ours['log_loss']:.3f}",
        "Lift of the top 10%": f"{ours['lift']['10']:.1f}×",
        "Base rate": f"{evaluation['base_rate']:.1%}",
    }
    assert 0.6 < float(metrics(at)["AUC"]) < 1.0
    assert not at.error
    assert labels(at, "page_link") == ["Next: see the list"]


def test_the_verdict_is_said_in_full(own_run: Run, evaluation: dict[str, Any]) -> None:
    at = open_page("results", run=own_run.id)
    first, *rest = [sentence.text() for sentence in verdict(evaluation)]
    boxes = [str(box.value) for box in (*at.success, *at.warning, *at.error)]
    assert first in boxes
    said = "\n".join(str(text.value) for text in at.markdown)
    assert all(sentence in said for sentence in rest)
    assert own_run.question.sentence().text() in said
    notes = [note.text() for note in own_run.status.notes]
    assert notes
    assert set(notes) <= set(complaints(at))


def test_every_model_stands_in_the_table_with_its_own_auc(
    own_run: Run, evaluation: dict[str, Any]
) -> None:
    at = open_page("results", run=own_run.id)
    table = at.dataframe[0].value.set_index("Model")
    assert len(table) == len(evaluation["models"]) == 4
    for model in evaluation["models"]:
        row = table.loc[MODEL_NAMES[model["name"]].text()]
        low, high = model["intervals"]["auc"]
        assert row["AUC"] == f"{model['auc']:.3f} ({low:.3f}–{high:.3f})"
        assert low < model["auc"] < high
        low, high = model["intervals"]["lift_5"]
        assert row["Lift of the top 5%"] == f"{model['lift']['5']:.1f} ({low:.1f}–{high:.1f})"


def test_a_run_of_before_there_were_intervals_is_shown_without(
    own_run: Run, evaluation: dict[str, Any]
) -> None:
    for model in evaluation["models"]:
        del model["intervals"]
    (own_run.folder / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")
    at = open_page("results", run=own_run.id)
    table = at.dataframe[0].value
    assert table["AUC"].tolist() == [f"{model['auc']:.3f}" for model in evaluation["models"]]


def test_the_strength_of_the_fields_is_that_of_the_contributions(own_run: Run) -> None:
    at = turn_to(open_page("results", run=own_run.id), "What the model looks at", "importance")
    strength = field_strength(own_run.contributions)
    table = next(t.value for t in at.dataframe if "Strength" in t.value)
    expected = [own_run.words[name].label.text() for name in strength.index]
    assert table["Feature"].tolist() == expected
    np.testing.assert_allclose(table["Strength"], strength)


def test_only_the_open_section_is_drawn(own_run: Run) -> None:
    at = open_page("results", run=own_run.id)
    drawn = {}
    for section in [tab.label for tab in at.tabs]:
        turn_to(at, section)
        # The comparison with simpler ways stands above the sections.
        drawn[section] = len(at.get("plotly_chart")) - 1
    assert drawn == {
        "Who is reached": 2,
        "How far it can be trusted": 2,
        "Where it is weaker": 1,
        "What the model looks at": 2,
        "What it learned of each value": 1,
        "The examples": 0,
        "Curves": 2,
        "Model card": 0,
    }


def test_the_examples_of_each_part_are_counted(own_run: Run, evaluation: dict[str, Any]) -> None:
    at = turn_to(open_page("results", run=own_run.id), "The examples")
    table = next(t.value for t in at.dataframe if list(t.value) == ["Part", "Examples", "Did it"])
    examples = pd.read_parquet(own_run.examples)
    past = examples[examples["part"] != "now"]
    counts = past.groupby("part")["label"].agg(["size", "sum"]).loc[["train", "valid", "test"]]
    assert table["Examples"].tolist() == counts["size"].tolist()
    assert table["Did it"].tolist() == counts["sum"].tolist()


def test_results_outlive_their_log(own_run: Run) -> None:
    shutil.rmtree(own_run.log_folder)
    at = open_page("results", run=own_run.id)
    assert len(metrics(at)) == 4
    assert not at.error


def test_a_damaged_evaluation_is_answered_in_a_sentence(own_run: Run) -> None:
    (own_run.folder / "evaluation.json").write_text("{", encoding="utf-8")
    at = open_page("results", run=own_run.id)
    assert len(at.error) == 1
    assert "evaluation.json" in str(at.error[0].value)


def test_the_page_speaks_chinese(own_run: Run, evaluation: dict[str, Any]) -> None:
    assert english(open_page("results", run=own_run.id))
    at = open_page("results", lang="zh", run=own_run.id)
    for section in [tab.label for tab in at.tabs]:
        opened = turn_to(open_page("results", lang="zh", run=own_run.id), section)
        assert english(opened) == []
    assert f"{_ours(evaluation)['auc']:.3f}" in metrics(at).values()


def test_a_run_that_asks_of_each_row_has_results_too(own_event_run: Run) -> None:
    at = open_page("results", run=own_event_run.id)
    evaluation = own_event_run.evaluation()
    assert metrics(at)["AUC"] == f"{_ours(evaluation)['auc']:.3f}"
    assert english(open_page("results", lang="zh", run=own_event_run.id)) == []


def test_the_groups_are_named_in_words_the_weakest_first(
    own_run: Run, evaluation: dict[str, Any]
) -> None:
    at = turn_to(open_page("results", run=own_run.id), "Where it is weaker", "slices")
    table = next(t.value for t in at.dataframe if "Group" in t.value)
    assert table["AUC"].tolist() == [round(one["auc"], 3) for one in evaluation["slices"]]
    names = table["Group"].tolist()
    for one, name in zip(evaluation["slices"], names, strict=True):
        if one["field"] is not None:
            assert name.startswith(own_run.words[one["field"]].label.text())
    weak = [n for n, one in zip(names, evaluation["slices"], strict=True) if one["weak"]]
    assert all(any(name in box for box in complaints(at)) for name in weak)


def test_a_run_of_before_there_were_groups_is_shown_without(
    own_run: Run, evaluation: dict[str, Any]
) -> None:
    for name in ("slices", "over_time", "precision"):
        del evaluation[name]
    (own_run.folder / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")
    at = open_page("results", run=own_run.id)
    for section in ("How far it can be trusted", "Curves"):
        turn_to(at, section)
        # The comparison, and the calibration or the ROC curves.
        assert len(at.get("plotly_chart")) == 2
    turn_to(at, "Where it is weaker")
    assert "not measured by group" in str(at.info[0].value)
    assert not at.error


def test_the_list_of_the_winner_is_one_click_away(own_run: Run, evaluation: dict[str, Any]) -> None:
    path = own_run.folder / "evaluation.json"

    def open_with(outcome: str) -> AppTest:
        for comparison in evaluation["comparisons"]:
            mine = outcome if comparison["against"] == "trees" else "ties"
            comparison |= {"outcome": mine, "difference": -0.05}
        path.write_text(json.dumps(evaluation), encoding="utf-8")
        return open_page("results", run=own_run.id)

    assert not [button for button in open_with("ties").button if "list of" in button.label]
    at = press(open_with("loses"), "See the list of gradient-boosted trees")
    assert at.selectbox(key="ranking").value == "trees"


def test_the_values_of_an_id_are_drawn_with_their_neighbours(own_run: Run) -> None:
    scorer = Scorer.open(own_run.folder)
    name = next(n for n in mapped_fields(scorer.fields) if "category" in n)
    value = scorer.fields.sparse[scorer.fields.names.index(name)].values[3]
    at = turn_to(open_page("results", run=own_run.id), "What it learned of each value")
    at.selectbox(key="mapped").set_value(name)
    turn_to(at, "What it learned of each value")
    at.selectbox(key=f"near-{name}").set_value(value)
    turn_to(at, "What it learned of each value")
    table = next(t.value for t in at.dataframe if "Likeness" in t.value)
    expected = neighbours(scorer.fields, scorer.model, name, value)
    assert table["Value"].tolist() == expected["value"].tolist()


def test_the_model_card_is_on_the_page_and_can_be_taken_away(own_run: Run) -> None:
    at = turn_to(open_page("results", run=own_run.id), "Model card")
    assert {"As a page", "As Markdown"} <= set(labels(at, "download_button"))
    assert any("Use and misuse" in str(text.value) for text in at.markdown)


def test_an_evaluation_in_which_something_else_stands_is_said_and_nothing_breaks(
    own_run: Run, evaluation: dict[str, Any]
) -> None:
    path = own_run.folder / "evaluation.json"
    _ours(evaluation)["intervals"]["lift_10"] = "![x](https://example.com/x.png)"
    path.write_text(json.dumps(evaluation), encoding="utf-8")
    for page in ("results", "prospects", "runs"):
        at = open_page(page, run=own_run.id)
        said = [text for text in complaints(at) if "evaluation.json" in text]
        assert len(said) == (page != "runs")
        assert all("lift\\_10 is missing, or something else stands there" in t for t in said)
        assert "https" not in "".join(complaints(at))
