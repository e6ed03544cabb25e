"""The numbers of evaluation.json as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from deepfm.evaluation.verdict import MODEL_NAMES
from deepfm.language import Language, translate
from deepfm.task.plan import PART_NAMES

_DIGITS = 4
_DECILES = {
    "decile": "Tenth",
    "people": "People",
    "converted": "Did it",
    "rate": "Share that did it",
    "lift": "Lift",
}
_GAINS = {
    "people": "People",
    "converted": "Did it",
    "reached": "Share of all that did it",
}
_CALIBRATION = {"predicted": "Predicted", "observed": "Observed", "people": "People"}
_OVER_TIME = {
    "snapshot": "Snapshot",
    "part": "Part",
    "examples": "Examples",
    "positives": "Did it",
    "auc": "AUC",
    "low": "From",
    "high": "To",
}
_CURVES = {
    "model": "Model",
    "fpr": "False positive rate",
    "tpr": "True positive rate",
    "recall": "Recall",
    "precision": "Precision",
}


def models_table(evaluation: Mapping[str, Any], language: Language) -> pd.DataFrame:
    """Each model a row: the measures, with their 95 % intervals where they are known."""
    models = evaluation["models"]
    columns = {
        translate("Model", language): [MODEL_NAMES[m["name"]].text(language) for m in models],
        translate("AUC", language): [_measured(m, "auc") for m in models],
        translate("Average precision", language): [
            _measured(m, "average_precision") for m in models
        ],
    }
    for share in ("1", "5", "10"):
        title = translate("Lift of the top {share}%", language, share=share)
        columns[title] = [_measured(model, "lift", share) for model in models]
    # A rule gives an order and no probability.
    columns[translate("Log loss", language)] = [m["log_loss"] for m in models]
    return pd.DataFrame(columns).round(_DIGITS)


def _measured(model: Mapping[str, Any], name: str, share: str | None = None) -> str:
    value, key, digits = model[name], name, 3
    if share is not None:
        value, key, digits = value[share], f"{name}_{share}", 1
    text = f"{value:.{digits}f}"
    if "intervals" in model:
        low, high = model["intervals"][key]
        text += f" ({low:.{digits}f}–{high:.{digits}f})"
    return text


def parts_table(evaluation: Mapping[str, Any], language: Language) -> pd.DataFrame:
    """How many examples, and how many that did it, each part has."""
    parts = evaluation["parts"]
    return pd.DataFrame(
        {
            translate("Part", language): [PART_NAMES[part].text(language) for part in parts],
            translate("Examples", language): [part["examples"] for part in parts.values()],
            translate("Did it", language): [part["positives"] for part in parts.values()],
        }
    )


def slices_table(
    names: list[str], slices: list[Mapping[str, Any]], language: Language
) -> pd.DataFrame:
    """How well each group of people is told apart; ``names`` are those of the groups."""
    return pd.DataFrame(
        {
            translate("Group", language): names,
            translate("AUC", language): [round(one["auc"], 3) for one in slices],
            translate("95% interval", language): [
                f"{one['low']:.3f}–{one['high']:.3f}" for one in slices
            ],
            translate("Examples", language): [one["examples"] for one in slices],
            translate("Did it", language): [one["positives"] for one in slices],
        }
    )


def deciles_table(evaluation: Mapping[str, Any], language: Language) -> pd.DataFrame:
    """Who did it in each tenth of the test list, the best first."""
    return _titled(evaluation["deciles"], _DECILES, language)


def gains_table(evaluation: Mapping[str, Any], language: Language) -> pd.DataFrame:
    """How many of those who did it are among the first so many."""
    return _titled(evaluation["gains"], _GAINS, language)


def calibration_table(evaluation: Mapping[str, Any], language: Language) -> pd.DataFrame:
    """What was predicted, and what happened, in groups of people of like probability."""
    return _titled(evaluation["calibration"]["after"], _CALIBRATION, language)


def over_time_table(evaluation: Mapping[str, Any], language: Language) -> pd.DataFrame:
    """The AUC at each snapshot."""
    rows = [
        {**row, "part": PART_NAMES[row["part"]].text(language), "snapshot": row["snapshot"][:10]}
        for row in evaluation["over_time"]
    ]
    return _titled(rows, _OVER_TIME, language)


def curves_table(curves: Mapping[str, Any], language: Language) -> pd.DataFrame:
    """The points of the curves of all models, below each other."""
    tables = [
        pd.DataFrame({"model": MODEL_NAMES[name].text(language), **curve})
        for name, curve in curves.items()
    ]
    return _titled(pd.concat(tables), _CURVES, language)


def _titled(rows: Any, titles: Mapping[str, str], language: Language) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    shown = {name: translate(text, language) for name, text in titles.items() if name in table}
    return table[list(shown)].rename(columns=shown).round(_DIGITS)
