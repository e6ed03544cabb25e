"""How good the model is, from the figures of its test part: who is reached, trust, weaknesses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from deepfm.charts.calibration import calibration_curve
from deepfm.charts.evaluation import precision_curves, roc_curves
from deepfm.charts.ranking import gains_curve, lift_by_decile
from deepfm.charts.slices import auc_over_time, slice_aucs
from deepfm.evaluation.slices import weakness_rule
from deepfm.evaluation.tables import (
    calibration_table,
    curves_table,
    deciles_table,
    gains_table,
    over_time_table,
    slices_table,
)
from deepfm.evaluation.verdict import model_in
from deepfm.language import listed
from deepfm.prospects.words import group_text
from deepfm.runs.run import Run
from pages.shared.address import language, t
from pages.shared.plain import plain
from pages.shared.show import chart, warn


def show_ranking(evaluation: Mapping[str, Any]) -> None:
    left, right = st.columns(2)
    with left:
        deciles = deciles_table(evaluation, language())
        chart(lift_by_decile(evaluation, language()), "lift", deciles)
    with right:
        gains = gains_table(evaluation, language())
        chart(gains_curve(evaluation, language()), "gains", gains)


def show_trust(evaluation: Mapping[str, Any]) -> None:
    left, right = st.columns(2)
    with left:
        after = calibration_table(evaluation, language())
        chart(calibration_curve(evaluation, language()), "calibration", after)
    with right:
        if evaluation.get("over_time"):
            table = over_time_table(evaluation, language())
            chart(auc_over_time(evaluation, language()), "over-time", table)


def show_curves(evaluation: Mapping[str, Any]) -> None:
    left, right = st.columns(2)
    with left:
        table = curves_table(evaluation["roc"], language())
        chart(roc_curves(evaluation, language()), "roc", table)
    with right:
        if "precision" in evaluation:
            figure = precision_curves(evaluation, language())
            table = curves_table(evaluation["precision"], language())
            chart(figure, "precision", table)


def show_weakness(run: Run, evaluation: Mapping[str, Any]) -> None:
    """Whom the model clearly serves worse."""
    words = run.words
    slices = evaluation.get("slices") or ()
    weak = [group_text(one, words, language()) for one in slices if one["weak"]]
    if weak:
        text = t("Clearly weaker than on the whole: {names}.", names=listed(weak))
        warn(plain(text), weakness_rule())


def show_slices(run: Run, evaluation: Mapping[str, Any]) -> None:
    slices = evaluation.get("slices")
    if not slices:
        st.info(t("This run was not measured by group."), icon=":material/info:")
        return
    if not any(one["weak"] for one in slices):
        st.caption(t("No group of people is clearly worse off than the whole."))
    words = run.words
    names = [group_text(one, words, language()) for one in slices]
    ours = model_in(evaluation)
    table = slices_table(names, slices, language())
    chart(slice_aucs(names, slices, ours["auc"], language()), "slices", table)
