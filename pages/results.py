"""Results: how good the model is, beside simpler ways, in words and pictures."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from deepfm.charts.calibration import calibration_curve
from deepfm.charts.embedding import embedding_map
from deepfm.charts.evaluation import model_comparison, precision_curves, roc_curves
from deepfm.charts.explanation import importance
from deepfm.charts.interaction_map import interaction_map
from deepfm.charts.ranking import gains_curve, lift_by_decile
from deepfm.charts.slices import auc_over_time, slice_aucs
from deepfm.document import html_page, markdown
from deepfm.errors import InputError
from deepfm.evaluation.tables import (
    calibration_table,
    curves_table,
    deciles_table,
    gains_table,
    models_table,
    over_time_table,
    parts_table,
    slices_table,
)
from deepfm.evaluation.verdict import MODEL_NAMES, OURS, model_in, quality, verdict, winner
from deepfm.explanation.embedding import mapped_fields, neighbours, value_map
from deepfm.language import listed
from deepfm.prospects.baselines import rankings
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.strength import field_strength, pair_strength, strongest_pairs
from deepfm.prospects.words import group_text
from deepfm.runs.card import model_card
from deepfm.runs.run import Run
from pages.shared.address import language, remember, t
from pages.shared.chosen import finished_run
from pages.shared.later_parts import show_later
from pages.shared.show import chart, numbers, problem, show_notes
from pages.shared.way import go_to, heading, link

MOST_FIELDS = 15
MAPPED_FIELDS = 10
MOST_PAIRS = 30


def show_verdict(run: Run, evaluation: Mapping[str, Any]) -> None:
    first, *rest = [sentence.text(language()) for sentence in verdict(evaluation)]
    box = {"poor": st.error, "fair": st.warning}.get(quality(evaluation), st.success)
    box(first, icon=":material/insights:")
    ours = model_in(evaluation)
    numbers(
        {
            t("AUC"): f"{ours['auc']:.3f}",
            t("Log loss"): f"{ours['log_loss']:.3f}",
            t("Lift of the top 10%"): f"{ours['lift']['10']:.1f}×",
            t("Base rate"): f"{evaluation['base_rate']:.1%}",
        }
    )
    st.markdown("\n".join(f"- {sentence}" for sentence in rest))
    show_notes(run.status.notes)


def show_models(evaluation: Mapping[str, Any]) -> None:
    st.subheader(t("Beside simpler ways, on the same examples"))
    st.caption(t("In brackets: 95% intervals, from draws of other people of the same kind."))
    st.dataframe(
        models_table(evaluation, language()),
        hide_index=True,
        key="models",
        placeholder="",
        alt=t("The measures of each model on the test part"),
    )
    chart(model_comparison(evaluation, language()), "comparison")


def show_ranking(evaluation: Mapping[str, Any]) -> None:
    st.subheader(t("Who is reached"))
    left, right = st.columns(2)
    with left:
        deciles = deciles_table(evaluation, language())
        chart(lift_by_decile(evaluation, language()), "lift", deciles)
    with right:
        gains = gains_table(evaluation, language())
        chart(gains_curve(evaluation, language()), "gains", gains)


def show_trust(evaluation: Mapping[str, Any]) -> None:
    st.subheader(t("How far it can be trusted"))
    left, right = st.columns(2)
    with left:
        after = calibration_table(evaluation, language())
        chart(calibration_curve(evaluation, language()), "calibration", after)
    with right:
        if evaluation.get("over_time"):
            table = over_time_table(evaluation, language())
            chart(auc_over_time(evaluation, language()), "over-time", table)
    left, right = st.columns(2)
    with left:
        table = curves_table(evaluation["roc"], language())
        chart(roc_curves(evaluation, language()), "roc", table)
    with right:
        if "precision" in evaluation:
            figure = precision_curves(evaluation, language())
            table = curves_table(evaluation["precision"], language())
            chart(figure, "precision", table)


def show_slices(run: Run, evaluation: Mapping[str, Any]) -> None:
    slices = evaluation.get("slices")
    if not slices:
        return
    st.subheader(t("Where it is weaker"))
    words = run.words
    names = [group_text(one, words, language()) for one in slices]
    weak = [name for name, one in zip(names, slices, strict=True) if one["weak"]]
    if weak:
        text = t("Clearly weaker than on the whole: {names}.", names=listed(weak))
        st.warning(text, icon=":material/warning:")
    else:
        st.caption(t("No group of people is clearly worse off than the whole."))
    ours = model_in(evaluation)
    table = slices_table(names, slices, language())
    chart(slice_aucs(names, slices, ours["auc"], language()), "slices", table)


def show_fields(run: Run) -> None:
    st.subheader(t("What the model looks at"))
    strength = field_strength(run.contributions)
    words = run.words
    labels = [words[name].label.text(language()) for name in strength.index]
    table = pd.DataFrame({t("Feature"): labels, t("Strength"): strength.to_numpy()})
    figure = importance(labels, strength.to_numpy(), MOST_FIELDS, language())
    chart(figure, "importance", table)
    st.caption(t("This explains the model. It does not say what causes the action."))


def show_inside(run: Run) -> None:
    """What only the weights know."""
    try:
        scorer = Scorer.open(run.folder)
    except InputError as error:
        problem(error)
        return
    show_pairs(run, scorer)
    show_values(run, scorer)


def show_pairs(run: Run, scorer: Scorer) -> None:
    words = run.words
    labels = [words[name].label.text(language()) for name in scorer.fields.names]
    if len(labels) < 2:
        return
    # A run that borrows its model has no test part of its own.
    part = "test" if run.parent is None else "now"
    strength = pair_strength(scorer, run.examples, part)
    pairs = strongest_pairs(strength)[:MOST_PAIRS]
    table = pd.DataFrame(
        {
            t("Feature"): [labels[first] for first, _, _ in pairs],
            t("With"): [labels[second] for _, second, _ in pairs],
            t("Strength"): [value for _, _, value in pairs],
        }
    )
    first, second, _ = pairs[0]
    text = t(
        "Strongest together: {first} with {second}.", first=labels[first], second=labels[second]
    )
    st.caption(text)
    chart(interaction_map(labels, strength, MAPPED_FIELDS, language()), "interactions", table)


def show_values(run: Run, scorer: Scorer) -> None:
    """Where the model has put the values of an id."""
    fields, words = scorer.fields, run.words
    names = mapped_fields(fields)
    if not names:
        return
    with st.expander(t("What the model learned of each value"), icon=":material/scatter_plot:"):
        name = st.selectbox(
            t("Feature"),
            names,
            format_func=lambda name: words[name].label.text(language()),
            key="mapped",
            width=420,
        )
        table = value_map(fields, scorer.model, name)
        table["value"] = [words[name].value_text(value, language()) for value in table["value"]]
        chart(embedding_map(table, words[name].label.text(language()), language()), "embedding")
        st.caption(
            t("Values near each other go with alike people. The directions mean nothing alone.")
        )
        value = st.selectbox(
            t("Nearest to"),
            fields.sparse[fields.names.index(name)].values,
            format_func=lambda value: words[name].value_text(value, language()),
            key=f"near-{name}",
            width=420,
        )
        near = neighbours(fields, scorer.model, name, value).round(3)
        near["value"] = [words[name].value_text(other, language()) for other in near["value"]]
        titles = {"value": t("Value"), "likeness": t("Likeness"), "weight": t("By itself")}
        st.dataframe(
            near.rename(columns=titles), hide_index=True, key="near", alt=t("The nearest values")
        )


def show_next(run: Run, evaluation: Mapping[str, Any]) -> None:
    """The list to go by, one click away."""
    best = winner(evaluation)
    if best != OURS and best in rankings(run.folder, evaluation):
        name = MODEL_NAMES[best].text(language())
        if st.button(t("See the list of {model}", model=name), icon=":material/groups:"):
            remember(ranking=best)
            go_to("prospects")
    link("prospects", t("Next: see the list"))


def show_parts(evaluation: Mapping[str, Any]) -> None:
    with st.expander(t("The examples that it learned from and was tested on")):
        table = parts_table(evaluation, language())
        st.dataframe(table, hide_index=True, key="parts", alt=t("Examples of each part"))


def show_card(run: Run) -> None:
    """The card to keep beside the list, or to hand on."""
    tongue = language()
    with st.expander(t("Model card"), icon=":material/badge:"):
        st.caption(t("One page for whoever gets the list. The browser prints it, or makes a PDF."))
        with st.container(horizontal=True, vertical_alignment="center"):
            # Made when they are pressed: the card asks the disk for a lot.
            st.download_button(
                t("As a page"),
                lambda: html_page(*model_card(run, tongue), language=tongue),
                f"model-card-{run.id}.html",
                "text/html",
                on_click="ignore",
            )
            st.download_button(
                t("As Markdown"),
                lambda: markdown(*model_card(run, tongue)),
                f"model-card-{run.id}.md",
                "text/markdown",
                on_click="ignore",
            )
            shown = st.toggle(t("Show it here"), key="card")
        if shown:
            text = markdown(*model_card(run, tongue))
            # Smaller headings, as the page has its own.
            st.markdown(text.replace("\n## ", "\n#### ").replace("# ", "### ", 1))


heading("results", t("Measured on the latest days, which the model has not seen."))
run = finished_run()
evaluation = run.evaluation()
st.write(run.question.sentence().text(language()))
show_later(run)
show_verdict(run, evaluation)
show_next(run, evaluation)
show_models(evaluation)
show_ranking(evaluation)
show_trust(evaluation)
show_slices(run, evaluation)
show_fields(run)
show_inside(run)
show_parts(evaluation)
show_card(run)
