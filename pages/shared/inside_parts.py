"""What the model looks at: the strength of fields and pairs, and where it put the values."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from deepfm.charts.embedding import embedding_map
from deepfm.charts.explanation import importance
from deepfm.charts.interaction_map import interaction_map
from deepfm.explanation.embedding import mapped_fields, neighbours, value_map
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.strength import field_strength, pair_strength, strongest_pairs
from deepfm.runs.run import Run
from pages.shared.address import language, t
from pages.shared.plain import plain
from pages.shared.show import chart

MOST_FIELDS = 15
MAPPED_FIELDS = 10
MOST_PAIRS = 30


def show_strength(run: Run) -> None:
    """How much each field moves the scores, and which act together."""
    show_fields(run)
    show_pairs(run)


def show_fields(run: Run) -> None:
    strength = field_strength(run.contributions)
    words = run.words
    labels = [words[name].label.text(language()) for name in strength.index]
    table = pd.DataFrame({t("Feature"): labels, t("Strength"): strength.to_numpy()})
    figure = importance(labels, strength.to_numpy(), MOST_FIELDS, language())
    chart(figure, "importance", table)


def show_pairs(run: Run) -> None:
    """Which fields act together, as only the weights know."""
    scorer = Scorer.open(run.folder)
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
    st.caption(plain(text))
    chart(interaction_map(labels, strength, MAPPED_FIELDS, language()), "interactions", table)


def show_values(run: Run) -> None:
    """Where the model has put the values of an id."""
    scorer = Scorer.open(run.folder)
    fields, words = scorer.fields, run.words
    names = mapped_fields(fields)
    if not names:
        text = t("No feature of this run has enough different values for a map.")
        st.info(text, icon=":material/info:")
        return
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
