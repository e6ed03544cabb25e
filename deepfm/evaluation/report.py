"""Everything that is known about a trained model's quality, as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.evaluation import metrics
from deepfm.evaluation.baselines import MOST_TRAINING_ROWS, baseline_scores
from deepfm.evaluation.bootstrap import interval, resample
from deepfm.evaluation.calibration import Calibration, reliability
from deepfm.evaluation.metrics import Labels
from deepfm.evaluation.slices import over_time, slices
from deepfm.model.scoring import Floats
from deepfm.task.plan import PART_NAMES

VERSION = 1
PARTS = ("train", "valid", "test")
# AUC differences below this are of no use in practice, however certain they are.
TIE = 0.005

_SHARES = (1, 5, 10)
# These give logits; rules give only an order.
_WITH_PROBABILITIES = ("deepfm", "logistic", "trees")


@dataclass(frozen=True)
class _Part:
    """One part of the frame.

    Attributes:
        label: ``[n]``.
        user: ``[n]``.
        scores: of each model by name ``[n]``, DeepFM first.
    """

    label: Labels
    user: NDArray[np.object_]
    scores: Mapping[str, Floats]


def evaluate(
    frame: pd.DataFrame,
    sparse: Sequence[str],
    dense: Sequence[str],
    logit: Floats,
    baselines: Mapping[str, Floats] | None = None,
) -> dict[str, Any]:
    """Measure a model on the test part, beside the baselines.

    Args:
        frame: the example frame: ``user``, ``part``, ``label`` and the features. Rows of part
            ``now`` are ignored, as nobody knows their outcome yet.
        sparse: names of the id columns.
        dense: names of the number columns.
        logit: of the model for each row of ``frame`` ``[n]``.
        baselines: as from ``baseline_scores``; computed when not given.

    Returns:
        The content of ``evaluation.json``; ``deepfm.evaluation.verdict`` puts it in words.

    Raises:
        InputError: when a part is empty or knows one outcome only, or a logit is not finite.
        ValueError: when ``logit`` has another length than ``frame``.
    """
    if len(logit) != len(frame):
        raise ValueError(f"{len(logit)} logits for {len(frame)} examples")
    _check_parts(frame)
    _check_finite(frame, logit)
    if baselines is None:
        baselines = baseline_scores(frame, sparse, dense)
    scores = {"deepfm": np.asarray(logit, np.float64), **baselines}
    return {
        **_document(frame, _part(frame, "valid", scores), _part(frame, "test", scores)),
        "slices": slices(frame, sparse, scores["deepfm"]),
        "over_time": over_time(frame, scores["deepfm"]) if "snapshot" in frame else [],
    }


def _document(frame: pd.DataFrame, valid: _Part, test: _Part) -> dict[str, Any]:
    ours, label = test.scores["deepfm"], test.label
    shares = [share / 100 for share in _SHARES]
    draws = resample(label, test.scores, test.user, shares)
    calibrations = {n: Calibration.fit(valid.label, s) for n, s in valid.scores.items()}
    parts = {part: _counts(frame, part) for part in PARTS}
    return {
        "version": VERSION,
        "unit": _unit(frame),
        "parts": parts,
        "baseline_training_examples": min(MOST_TRAINING_ROWS, parts["train"]["examples"]),
        "models": [
            {**_measures(name, test, draws[name]), "calibration": calibrations[name].to_json()}
            for name in test.scores
        ],
        "comparisons": [
            _comparison(name, test, draws["deepfm"]["auc"] - draws[name]["auc"])
            for name in test.scores
            if name != "deepfm"
        ],
        "valid_auc": metrics.auc(valid.label, valid.scores["deepfm"]),
        "base_rate": float(label.mean()),
        "deciles": metrics.deciles(label, ours),
        "gains": metrics.gains(label, ours),
        "roc": {name: metrics.roc_points(label, s) for name, s in test.scores.items()},
        "precision": {n: metrics.precision_points(label, s) for n, s in test.scores.items()},
        "calibration": _calibration(calibrations["deepfm"], label, ours),
    }


def _unit(frame: pd.DataFrame) -> str:
    """What is ranked; also the word for it."""
    if "line" in frame.columns:
        return "rows"
    return "pairs" if "value" in frame.columns else "people"


def _check_parts(frame: pd.DataFrame) -> None:
    for part in PARTS:
        counts = _counts(frame, part)
        did, did_not = counts["positives"], counts["examples"] - counts["positives"]
        if min(did, did_not) == 0:
            raise InputError(
                "A model cannot be judged where all did the same: in the {part} part {did} did it "
                "and {did_not} did not. Choose another action, a longer horizon or a longer log.",
                part=PART_NAMES[part],
                did=did,
                did_not=did_not,
            )


def _check_finite(frame: pd.DataFrame, logit: Floats) -> None:
    broken = int((~np.isfinite(logit) & frame["part"].isin(PARTS).to_numpy()).sum())
    if broken:
        raise InputError(
            "The model gives no score for {broken} of the examples: its training went astray. "
            "Lower the learning rate and train again.",
            broken=broken,
        )


def _counts(frame: pd.DataFrame, part: str) -> dict[str, int]:
    label = frame.loc[frame["part"] == part, "label"]
    return {"examples": len(label), "positives": int(label.sum())}


def _part(frame: pd.DataFrame, part: str, scores: Mapping[str, Floats]) -> _Part:
    here = (frame["part"] == part).to_numpy()
    return _Part(
        label=frame.loc[here, "label"].to_numpy(np.int64),
        user=frame.loc[here, "user"].to_numpy(object),
        scores={name: score[here] for name, score in scores.items()},
    )


def _measures(name: str, test: _Part, draws: Mapping[str, Floats]) -> dict[str, Any]:
    score = test.scores[name]
    intervals = {measure: list(interval(values)) for measure, values in draws.items()}
    return {
        "name": name,
        "auc": metrics.auc(test.label, score),
        "average_precision": metrics.average_precision(test.label, score),
        "log_loss": metrics.log_loss(test.label, score) if name in _WITH_PROBABILITIES else None,
        "lift": {str(share): metrics.lift_at(test.label, score, share / 100) for share in _SHARES},
        "intervals": intervals,
    }


def _comparison(name: str, test: _Part, differences: Floats) -> dict[str, Any]:
    """DeepFM against a baseline.

    A tie when the AUCs are within 0.005 of each other, or when the bootstrap interval of their
    difference includes 0.
    """
    ours, theirs = test.scores["deepfm"], test.scores[name]
    difference = metrics.auc(test.label, ours) - metrics.auc(test.label, theirs)
    likely = interval(differences)
    unclear = abs(difference) <= TIE or likely.low <= 0 <= likely.high
    outcome = "ties" if unclear else "wins" if difference > 0 else "loses"
    return {"against": name, "difference": difference, **likely._asdict(), "outcome": outcome}


def _calibration(calibration: Calibration, label: Labels, logit: Floats) -> dict[str, Any]:
    before, after = metrics.sigmoid(logit), calibration.probability(logit)
    return {
        **calibration.to_json(),
        "before": reliability(label, before),
        "after": reliability(label, after),
        "log_loss_before": metrics.log_loss(label, logit),
        "log_loss_after": metrics.log_loss(label, calibration.a * logit + calibration.b),
        "expected": float(after.sum()),
        "observed": int(label.sum()),
    }
