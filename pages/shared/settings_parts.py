"""The controls of a training: a preset in words, and every hyperparameter behind a fold."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import streamlit as st

from deepfm.errors import InputError
from deepfm.model.settings import Fusion
from deepfm.training.settings import TrainingSettings, preset
from pages.shared.address import t

PRESETS = {
    "quick": "Quick: a first look",
    "standard": "Standard",
    "thorough": "Thorough: looks for better settings for ten minutes",
}
FUSIONS: dict[Fusion, str] = {
    "sum": "sum: the three parts are added",
    "concat": "concat: the three parts are weighted",
}
EARLIER = "earlier"


def choose_settings(before: TrainingSettings | None) -> TrainingSettings:
    """The settings of a preset, or of an earlier run, and what is changed of them.

    Args:
        before: of the earlier run, if there is one.
    """
    offered = [*PRESETS, *([EARLIER] if before is not None else [])]
    name = st.segmented_control(
        t("How thoroughly?"),
        offered,
        default="standard" if before is None else EARLIER,
        format_func=lambda name: t(PRESETS.get(name, "As in the earlier run")),
        key="preset" if before is None else "preset-again",
        required=True,
    )
    start = before if name == EARLIER and before is not None else preset(name or "standard")
    with st.expander(t("Advanced")):
        return advanced(start, str(name))


def advanced(start: TrainingSettings, name: str) -> TrainingSettings:
    """Every hyperparameter; the preset gives the start."""
    left, right = st.columns(2)
    with left:
        fusion = st.selectbox(
            t("Fusion"),
            get_args(Fusion),
            index=get_args(Fusion).index(start.model.fusion),
            format_func=lambda fusion: t(FUSIONS[fusion]),
            key=f"fusion-{name}",
            help=t("How first-order, interaction and deep part become one score."),
        )
        dim = st.number_input(
            t("Vector length"),
            1,
            256,
            start.model.dim,
            key=f"dim-{name}",
            help=t("Numbers that describe each value of a field."),
        )
        units = st.text_input(
            t("Hidden layers"),
            ", ".join(map(str, start.model.units)),
            key=f"units-{name}",
            help=t("Widths, separated by commas; empty for none."),
        )
        dropout = st.number_input(
            t("Dropout"),
            0.0,
            0.9,
            start.model.dropout,
            0.05,
            key=f"dropout-{name}",
            help=t("Share of hidden units that is left out at each step."),
        )
        batch_norm = st.checkbox(
            t("Batch normalisation"), start.model.batch_norm, key=f"batch-norm-{name}"
        )
    with right:
        epochs = st.number_input(
            t("Passes over the examples, at most"), 1, 1000, start.epochs, key=f"epochs-{name}"
        )
        batch_size = st.number_input(
            t("Examples a step"), 1, 1_048_576, start.batch_size, key=f"batch-{name}"
        )
        rate = st.number_input(
            t("Learning rate"),
            1e-7,
            1.0,
            start.learning_rate,
            1e-4,
            "%.5f",
            key=f"rate-{name}",
            help=t("It falls by itself when the validation AUC no longer grows."),
        )
        l2 = st.number_input(
            t("L2 weight"),
            0.0,
            1e6,
            start.l2,
            key=f"l2-{name}",
            help=t("Keeps what is learned of rare values small."),
        )
        minutes = st.number_input(
            t("Look for better settings for … minutes"),
            0.0,
            1440.0,
            start.search_minutes,
            1.0,
            "%.0f",
            key=f"search-{name}",
            help=t("Many short trainings are tried; the best settings are then trained in full."),
        )
        seed = st.number_input(
            t("Random seed"),
            0,
            2**31 - 1,
            start.seed,
            key=f"seed-{name}",
            help=t("The same seed gives the same model."),
        )
    model = replace(
        start.model,
        fusion=fusion,
        dim=int(dim),
        units=widths(str(units)),
        dropout=float(dropout),
        batch_norm=batch_norm,
    )
    return replace(
        start,
        model=model,
        epochs=int(epochs),
        batch_size=int(batch_size),
        learning_rate=float(rate),
        l2=float(l2),
        seed=int(seed),
        search_minutes=float(minutes),
    )


def widths(text: str) -> tuple[int, ...]:
    """Layer widths, from text such as "64, 32"."""
    parts = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise InputError("The hidden layers are {text}. Write their widths like 64, 32.", text=text)
    return tuple(int(part) for part in parts)
