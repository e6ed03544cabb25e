"""All that is made of a run's evaluation.json: the words, the tables, the figures, the card."""

from __future__ import annotations

from deepfm.charts.calibration import calibration_curve
from deepfm.charts.evaluation import model_comparison, precision_curves, roc_curves
from deepfm.charts.ranking import gains_curve, lift_by_decile
from deepfm.charts.slices import auc_over_time, slice_aucs
from deepfm.document import html_page
from deepfm.evaluation import tables
from deepfm.evaluation.verdict import model_in, verdict
from deepfm.prospects.baselines import rankings
from deepfm.prospects.words import group_text
from deepfm.runs.card import model_card
from deepfm.runs.run import Run


def make_figures(run: Run) -> None:
    """What the page Results makes, section by section, and what the card says."""
    found = run.evaluation()
    assert all(sentence.text("zh") for sentence in verdict(found))
    for table in (tables.models_table, tables.parts_table, tables.deciles_table):
        table(found, "en")
    tables.gains_table(found, "en")
    tables.calibration_table(found, "en")
    for figure in (lift_by_decile, gains_curve, calibration_curve, roc_curves, model_comparison):
        figure(found, "en")
    tables.curves_table(found["roc"], "en")
    if found.get("precision") is not None:
        precision_curves(found, "en")
        tables.curves_table(found["precision"], "en")
    if found.get("over_time"):
        tables.over_time_table(found, "en")
        auc_over_time(found, "en")
    if found.get("slices"):
        names = [group_text(one, run.words, "en") for one in found["slices"]]
        tables.slices_table(names, found["slices"], "en")
        slice_aucs(names, found["slices"], model_in(found)["auc"], "en")
    assert rankings(run.folder, found)
    html_page(*model_card(run, "en"), language="en")
