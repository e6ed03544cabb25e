import numpy as np
import pandas as pd
import pytest

from deepfm.charts.training import auc_curve, learning_rate_curve, loss_curve
from deepfm.language import Sentence

NOTHING = pd.DataFrame(columns=["kind", "step", "loss"])


def named(chart):
    return {trace.name: trace for trace in chart.data}


def notes(chart):
    return [annotation.text for annotation in chart.layout.annotations]


def test_the_lines_are_those_of_the_table(metrics):
    chart = named(loss_curve(metrics, "en"))
    looks = metrics[metrics["kind"] == "evaluation"]
    assert list(chart["Validation"].x) == looks["step"].tolist()
    assert list(chart["Validation"].y) == looks["valid_loss"].tolist()
    assert list(chart["Training"].y) == looks["train_loss"].tolist()
    steps = metrics[metrics["kind"] == "step"].set_index("step")["loss"]
    batches = chart["Batches"]
    assert len(batches.x) <= 1_000 and {1, 2_400} <= set(batches.x)
    assert list(batches.y) == steps.loc[list(batches.x)].tolist()
    assert chart["Training"].line.dash != chart["Validation"].line.dash
    assert batches.hovertemplate == "Batches, step %{x:,}: %{y:.4f}<extra></extra>"


def test_the_best_look_is_marked(metrics):
    for chart in (loss_curve(metrics, "en"), auc_curve(metrics, {}, "en")):
        assert "best: step 1,100" in notes(chart)
        assert chart.layout.shapes[0].x0 == chart.layout.shapes[0].x1 == 1_100
    assert "最佳：第 1,100 步" in notes(loss_curve(metrics, "zh"))


def test_thousands_of_looks_keep_the_best_one(metrics):
    many = pd.DataFrame({"step": np.arange(1, 3_002), "valid_auc": 0.7, "train_auc": 0.7})
    many = many.assign(kind="evaluation", best=many["step"] == 1_777)
    valid = named(auc_curve(many, {}, "en"))["Validation"]
    assert len(valid.x) <= 1_000 and 1_777 in valid.x


def test_references_are_lines_with_names(metrics):
    references = {Sentence("logistic regression"): 0.765, Sentence("DeepFM"): 0.6}
    chart = auc_curve(metrics, references, "en")
    lines = {shape.y0 for shape in chart.layout.shapes if shape.y0 == shape.y1}
    assert lines == {0.765, 0.6}
    assert {"Logistic regression: 0.765", "DeepFM: 0.600"} <= set(notes(chart))
    low, high = chart.layout.yaxis.range
    assert 0.5 < low < 0.6 and 0.82 < high < 0.9
    assert "逻辑回归：0.765" in notes(auc_curve(metrics, references, "zh"))


def test_names_of_near_references_do_not_cover_each_other(metrics):
    near = {Sentence("a"): 0.750, Sentence("b"): 0.751, Sentence("c"): 0.752, Sentence("d"): 0.80}
    chart = auc_curve(metrics, near, "en")
    low, high = chart.layout.yaxis.range
    places = sorted(note.y for note in chart.layout.annotations if note.yref != "paper")
    # No name stands on a line of its group, and none below the plot.
    assert len(places) == 4 and places[2:] == [0.750, 0.80]
    assert min(np.diff(places)) > 0.05 * (high - low) and places[0] > low


def test_references_without_a_number_are_left_out(metrics):
    chart = auc_curve(metrics, {Sentence("logistic regression"): float("nan")}, "en")
    assert not any("nan" in text for text in notes(chart))
    assert np.isfinite(chart.layout.yaxis.range).all()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_before_the_first_report_a_note_is_shown(language):
    charts = [loss_curve(NOTHING, language), auc_curve(NOTHING, {Sentence("a"): 0.7}, language)]
    for chart in charts:
        assert not chart.data and len(notes(chart)) == 1
    expected = {"en": "The training has not", "zh": "训练尚未"}
    assert notes(charts[0])[0].startswith(expected[language])


def test_only_steps_so_far():
    steps = pd.DataFrame({"kind": "step", "step": [50], "loss": [0.7]})
    assert [trace.name for trace in loss_curve(steps, "en").data] == ["Batches"]
    assert not auc_curve(steps, {}, "en").data


def test_numbers_that_are_none_are_skipped(metrics):
    broken = metrics.copy()
    last = broken.index[-1]
    broken.loc[last, ["valid_auc", "valid_loss"]] = [np.nan, np.inf]
    assert 2_400 not in named(auc_curve(broken, {}, "en"))["Validation"].x
    assert 2_400 not in named(loss_curve(broken, "en"))["Validation"].x
    assert 2_400 in named(loss_curve(broken, "en"))["Training"].x


def test_the_loss_of_the_base_rate_is_a_line(metrics):
    line = named(loss_curve(metrics, "en", 0.31))["The base rate for everyone"]
    assert list(line.y) == [0.31, 0.31]
    assert list(line.x) == [1, 2_400]
    assert line.line.dash == "dot"
    assert not loss_curve(NOTHING, "en", 0.31).data


def test_the_learning_rate_is_marked_where_it_is_lowered():
    looks = pd.DataFrame(
        {
            "kind": "evaluation",
            "step": [10, 20, 30, 40, 50],
            "learning_rate": [1e-3, 1e-3, 7e-4, 7e-4, 4.9e-4],
            "best": [True, False, True, False, False],
        }
    )
    chart = named(learning_rate_curve(looks, "en"))
    assert list(chart["Learning rate"].y) == looks["learning_rate"].tolist()
    assert list(chart["lowered"].x) == [20, 40]
    assert chart["lowered"].hovertext[0] == "step 20: lowered to 0.0007"
    many = pd.concat([looks] * 500).assign(step=range(2_500))
    assert len(named(learning_rate_curve(many, "zh"))["学习率"].x) <= 1_000 + 1_500
    assert not learning_rate_curve(NOTHING, "en").data
