"""What holds for every chart."""

import ast
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import deepfm.charts
from deepfm.charts.budget import profit_by_size
from deepfm.charts.calibration import calibration_curve
from deepfm.charts.embedding import embedding_map
from deepfm.charts.evaluation import model_comparison, precision_curves, roc_curves
from deepfm.charts.events import user_timeline
from deepfm.charts.explanation import importance, parts
from deepfm.charts.features import distribution
from deepfm.charts.hours import events_by_hour
from deepfm.charts.interaction_map import interaction_map
from deepfm.charts.log import events_over_time
from deepfm.charts.prospects import probability_histogram
from deepfm.charts.question import time_axis
from deepfm.charts.ranking import gains_curve, lift_by_decile
from deepfm.charts.slices import auc_over_time, slice_aucs
from deepfm.charts.spoken import spoken
from deepfm.charts.training import auc_curve, learning_rate_curve, loss_curve
from deepfm.charts.waterfall import waterfall
from deepfm.evaluation.verdict import MODEL_NAMES
from deepfm.language import catalogue
from deepfm.prospects.budget import profit_curve

from .conftest import NOW

FOLDER = Path(deepfm.charts.__file__).parent
OWN = FOLDER.parent / "locales" / "zh" / "charts.json"


@pytest.fixture
def draw(metrics, evaluation, contributions, days, plan, question, events):
    """Every chart in a language, with much and with nothing to show."""
    labels, matrix = ["a", "b", "c"], np.array([[0, 1, -2], [1, 0, 3], [-2, 3, 0.0]])
    nothing = pd.DataFrame(columns=["kind", "step", "loss"])
    amounts = pd.Series(np.append(np.arange(400.0), [np.nan, 1e6]))
    brands = pd.Series([f"b{i % 20}" for i in range(401)] + [None], dtype=object)
    label = pd.Series(np.arange(402) % 2)
    many_days = pd.DataFrame({"day": pd.date_range("2000-01-01", periods=500)})
    many_days = many_days.assign(action="buy", events=1)
    decades = pd.concat([many_days, many_days.assign(day=pd.Timestamp("2024-01-01"))])
    hours = pd.DataFrame({"weekday": [0, 6], "hour": [0, 23], "events": [3, 1_000]})
    steps = [("up", "1", 0.5), ("down", "2", -0.2), ("rest", "3", 0.1)]

    values = [f"v{i}" for i in range(60)]
    places = pd.DataFrame({"value": values, "x": 1.0, "y": np.arange(60.0), "weight": 0.1})

    long = ["a long name of a slice, in two lines"] * len(evaluation["slices"])

    profit = profit_curve(np.linspace(0.5, 0.0, 3_000), 1.0, 5.0)

    def every(language):
        return [
            loss_curve(metrics, language, 0.4),
            learning_rate_curve(metrics, language),
            loss_curve(nothing, language),
            learning_rate_curve(nothing, language),
            auc_curve(metrics, {MODEL_NAMES["recency"]: 0.7}, language),
            model_comparison(evaluation, language),
            roc_curves(evaluation, language),
            precision_curves(evaluation, language),
            profit_by_size(profit, 40, 90, language),
            profit_by_size(profit, 0, 0, language),
            auc_over_time(evaluation, language),
            slice_aucs(long, evaluation["slices"], 0.7, language),
            lift_by_decile(evaluation, language),
            lift_by_decile({**evaluation, "unit": "rows"}, language),
            gains_curve(evaluation, language),
            calibration_curve(evaluation, language),
            waterfall(-2.0, steps, -1.6, 2, language),
            parts(contributions, 3, language),
            parts(contributions.iloc[:0], 3, language),
            importance(labels, np.ones(3), 2, language),
            interaction_map(labels, matrix, 3, language),
            embedding_map(places, "brand", language),
            embedding_map(places.head(3).assign(weight=0.0), "<b>brand</b>", language),
            interaction_map([], np.zeros((0, 0)), 3, language),
            events_over_time(days, language),
            events_over_time(days.iloc[:0], language),
            events_over_time(many_days, language),
            events_over_time(decades, language),
            events_by_hour(hours, language),
            events_by_hour(hours.iloc[:0], language),
            time_axis(plan, question, language),
            probability_histogram(np.linspace(0, 0.5, 50), language),
            probability_histogram(np.zeros(0), language),
            user_timeline(events, NOW, 14, 7, 1, language),
            user_timeline(events.iloc[:0], NOW, 14, 7, 1, language),
            *(
                distribution(values, label, f"feature in {language}", unit, language)
                for values in (amounts, brands, pd.Series([np.nan] * 402))
                for unit in ("days", "times", "")
            ),
        ]

    return every


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_chart_fits_the_page(draw, language):
    for chart in draw(language):
        layout = chart.layout
        assert layout.title.text and 250 <= layout.height <= 480
        assert layout.paper_bgcolor is None and layout.plot_bgcolor is None
        assert layout.font.color is None
        assert layout.legend.orientation == "h" and layout.dragmode is False
        json.loads(chart.to_json())
        for trace in chart.data:
            assert all(np.size(trace[name]) <= 1_000 for name in ("x", "y", "z") if name in trace)
            if trace.hoverinfo != "skip":
                assert "%{" in trace.hovertemplate
                assert "hovertext" not in trace.hovertemplate or (
                    len(trace.hovertext) == len(trace.y)
                )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_chart_can_be_read_out(draw, language):
    for chart in draw(language):
        said = spoken(chart)
        assert bool(said) == bool(chart.data)
        assert all(text and "%{" not in text and "<br>" not in text for text in said)


def test_every_axis_that_is_seen_has_a_name(draw):
    for chart in draw("en"):
        if chart.data:
            names = [axis.title.text for axis in chart.select_xaxes() if axis.visible is not False]
            assert any(names), chart.layout.title.text


def test_titles_are_sentences_of_their_own_language(draw):
    for english, chinese in zip(draw("en"), draw("zh"), strict=True):
        assert english.layout.title.text != chinese.layout.title.text
        assert english.layout.title.text.isascii()


def test_every_text_exists_in_chinese(draw, monkeypatch):
    known, missing = catalogue("zh"), set()

    class Watched(dict):
        def get(self, template, default=None):
            if template not in known:
                missing.add(template)
            return known.get(template, default)

    monkeypatch.setattr("deepfm.language.catalogue", lambda language: Watched())
    draw("zh")
    assert missing == set()


def test_no_translation_is_left_over():
    written = {
        node.value
        for file in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    units = {"days", "times"}
    assert set(json.loads(OWN.read_text(encoding="utf-8"))) - units <= written


def test_no_two_files_translate_the_same_text():
    others = [file for file in OWN.parent.glob("*.json") if file != OWN]
    taken = {key for file in others for key in json.loads(file.read_text(encoding="utf-8"))}
    assert not taken & set(json.loads(OWN.read_text(encoding="utf-8")))


def test_charts_know_no_page_and_no_disk():
    for file in FOLDER.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        modules |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        assert not {str(m).split(".")[0] for m in modules} & {"streamlit", "pathlib", "duckdb"}
