"""The controls of a training: a preset in words, and every hyperparameter behind a fold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, get_args

import streamlit as st

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.model.settings import Fusion, ModelSettings
from deepfm.training.settings import TrainingSettings, preset
from pages.shared.address import language, t

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


@dataclass(frozen=True)
class Number:
    """A number of the settings, in words.

    Attributes:
        name: of the settings' attribute.
        label, help: what it is, and what it does.
        least, most: of its range; whole numbers where it is one.
        step: of the buttons beside it.
        format: how it is written.
    """

    name: str
    label: Sentence
    help: Sentence
    least: float
    most: float
    step: float | None = None
    format: str | None = None


OF_THE_MODEL = (
    Number(
        "dim",
        Sentence("Vector length"),
        Sentence("Numbers that describe each value of a field."),
        1,
        256,
    ),
    Number(
        "dropout",
        Sentence("Dropout"),
        Sentence("Share of hidden units that is left out at each step."),
        0.0,
        0.9,
        0.05,
    ),
)
OF_THE_FIELDS = (
    Number(
        "min_count",
        Sentence("Least count of a value"),
        Sentence("Values that are rarer in training count as unknown ones."),
        1,
        1_000_000,
    ),
    Number(
        "knots",
        Sentence("Knots of a number"),
        Sentence("Places between which the effect of a number is a straight line, at most."),
        2,
        256,
    ),
    Number(
        "oov_rate",
        Sentence("Share of values that are hidden"),
        Sentence("So many are made unknown at random, so that the model learns what to do then."),
        0.0,
        0.5,
        0.01,
    ),
)
OF_THE_STEPS = (
    Number(
        "epochs",
        Sentence("Passes over the examples, at most"),
        Sentence("The training ends earlier where the validation AUC no longer grows."),
        1,
        1000,
    ),
    Number(
        "evaluations_per_epoch",
        Sentence("Looks in a pass"),
        Sentence("How often the validation AUC is measured. More looks catch the best moment."),
        1,
        100,
    ),
    Number(
        "patience",
        Sentence("Patience"),
        Sentence("The training ends after so many looks without a better validation AUC."),
        1,
        1000,
    ),
    Number(
        "batch_size",
        Sentence("Examples a step"),
        Sentence("More are faster, fewer often learn better."),
        1,
        1_048_576,
    ),
    Number(
        "learning_rate",
        Sentence("Learning rate"),
        Sentence("It falls by itself when the validation AUC no longer grows."),
        1e-7,
        1.0,
        1e-4,
        "%.5f",
    ),
    Number(
        "lr_factor",
        Sentence("Fall of the learning rate"),
        Sentence("It is multiplied by this after a look without a better validation AUC."),
        0.01,
        1.0,
        0.05,
    ),
    Number(
        "l2",
        Sentence("L2 weight"),
        Sentence("Keeps what is learned of rare values small."),
        0.0,
        1e6,
    ),
    Number(
        "search_minutes",
        Sentence("Look for better settings for … minutes"),
        Sentence("Many short trainings are tried; the best settings are then trained in full."),
        0.0,
        1440.0,
        1.0,
        "%.0f",
    ),
    Number(
        "seed",
        Sentence("Random seed"),
        Sentence("The same seed gives the same model."),
        0,
        2**31 - 1,
    ),
)


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
        help=t("Quick is for a first look, thorough tries other settings first."),
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
        units = st.text_input(
            t("Hidden layers"),
            ", ".join(map(str, start.model.units)),
            key=f"units-{name}",
            help=t("Widths, separated by commas; empty for none."),
        )
        shape = {number.name: ask(number, start.model, name) for number in OF_THE_MODEL}
        batch_norm = st.checkbox(
            t("Batch normalisation"),
            start.model.batch_norm,
            key=f"batch_norm-{name}",
            help=t("Brings the hidden units to one scale. The L2 weight then does less."),
        )
        mixed = st.checkbox(
            t("Half precision"),
            start.mixed_precision,
            key=f"mixed_precision-{name}",
            help=t("Hidden layers are computed in 16 bits: faster on a GPU where they are wide."),
        )
        fields = {number.name: ask(number, start, name) for number in OF_THE_FIELDS}
    with right:
        steps = {number.name: ask(number, start, name) for number in OF_THE_STEPS}
    model = replace(
        start.model, fusion=fusion, units=widths(str(units)), batch_norm=batch_norm, **shape
    )
    return replace(start, model=model, mixed_precision=mixed, **fields, **steps)


def ask(number: Number, start: TrainingSettings | ModelSettings, preset: str) -> Any:
    """A number of the settings, as the reader wants it."""
    before = getattr(start, number.name)
    value = st.number_input(
        number.label.text(language()),
        number.least,
        number.most,
        before,
        number.step,
        number.format,
        key=f"{number.name}-{preset}",
        help=number.help.text(language()),
    )
    return type(before)(value)


def widths(text: str) -> tuple[int, ...]:
    """Layer widths, from text such as "64, 32"."""
    parts = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise InputError("The hidden layers are {text}. Write their widths like 64, 32.", text=text)
    return tuple(int(part) for part in parts)
