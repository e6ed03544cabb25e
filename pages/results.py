"""Results: how good the model is, beside simpler ways, in words and pictures."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from deepfm.charts.evaluation import model_comparison
from deepfm.document import html_page, markdown
from deepfm.evaluation.tables import models_table, parts_table
from deepfm.evaluation.verdict import (
    MODEL_NAMES,
    OURS,
    model_in,
    quality,
    quality_rule,
    verdict,
    winner,
)
from deepfm.prospects.baselines import rankings
from deepfm.runs.card import model_card
from deepfm.runs.run import Run
from pages.shared.address import language, remember, t
from pages.shared.chosen import finished_run
from pages.shared.inside_parts import show_strength, show_values
from pages.shared.later_parts import show_later
from pages.shared.measure_parts import (
    show_curves,
    show_ranking,
    show_slices,
    show_trust,
    show_weakness,
)
from pages.shared.notes import show_notes
from pages.shared.plain import said
from pages.shared.show import chart, explained, numbers, show_open, why
from pages.shared.way import go_to, heading, link


def show_verdict(run: Run, evaluation: Mapping[str, Any]) -> None:
    first, *rest = [sentence.text(language()) for sentence in verdict(evaluation)]
    box = {"poor": st.error, "fair": st.warning}.get(quality(evaluation), st.success)
    box(first, icon=":material/insights:")
    why(quality_rule())
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


def show_next(run: Run, evaluation: Mapping[str, Any]) -> None:
    """The list to go by, one click away."""
    best = winner(evaluation)
    if best != OURS and best in rankings(run.folder, evaluation):
        name = MODEL_NAMES[best].text(language())
        if st.button(t("See the list of {model}", model=name), icon=":material/groups:"):
            remember(ranking=best)
            go_to("prospects")
    link("prospects", t("Next: see the list"))


def show_models(evaluation: Mapping[str, Any]) -> None:
    st.header(t("Beside simpler ways, on the same examples"))
    st.caption(t("In brackets: 95% intervals, from draws of other people of the same kind."))
    table = models_table(evaluation, language())
    st.dataframe(
        table,
        hide_index=True,
        key="models",
        column_config=explained(table),
        placeholder="",
        alt=t("The measures of each model on the test part"),
    )
    chart(model_comparison(evaluation, language()), "comparison")


def show_parts(evaluation: Mapping[str, Any]) -> None:
    st.caption(t("The examples that it learned from and was tested on"))
    table = parts_table(evaluation, language())
    st.dataframe(table, hide_index=True, key="parts", alt=t("Examples of each part"))


def show_card(run: Run) -> None:
    """The card to keep beside the list, or to hand on."""
    tongue = language()
    sections = model_card(run, tongue)
    st.caption(t("One page for whoever gets the list. The browser prints it, or makes a PDF."))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            t("As a page"),
            html_page(*sections, language=tongue),
            f"model-card-{run.id}.html",
            "text/html",
            on_click="ignore",
        )
        st.download_button(
            t("As Markdown"),
            markdown(*sections),
            f"model-card-{run.id}.md",
            "text/markdown",
            on_click="ignore",
        )
    # Smaller headings, as the page has its own.
    st.markdown(markdown(*sections).replace("\n## ", "\n#### ").replace("# ", "### ", 1))


@st.fragment
def show_sections(run: Run, evaluation: Mapping[str, Any]) -> None:
    """The rest, section by section; another one leaves what is above alone."""
    sections = {
        t("Who is reached"): lambda: show_ranking(evaluation),
        t("How far it can be trusted"): lambda: show_trust(evaluation),
        t("Where it is weaker"): lambda: show_slices(run, evaluation),
        t("What the model looks at"): lambda: show_strength(run),
        t("What it learned of each value"): lambda: show_values(run),
        t("The examples"): lambda: show_parts(evaluation),
        t("Curves"): lambda: show_curves(evaluation),
        t("Model card"): lambda: show_card(run),
    }
    show_open(sections, "section")


heading("results", t("Measured on the latest days, which the model has not seen."))
run = finished_run()
evaluation = run.evaluation()
st.write(said(run.question.sentence()))
show_later(run)
show_verdict(run, evaluation)
show_weakness(run, evaluation)
show_next(run, evaluation)
show_models(evaluation)
show_sections(run, evaluation)
