"""An evaluation.json is what all that reads it relies on, or the part that is not is named."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import deepfm
from deepfm.evaluation.shape import check_backtest, check_drift, check_evaluation
from deepfm.shape import MisfitError

EXAMPLE = Path(deepfm.__file__).parent / "example.zip"


@pytest.fixture(scope="module")
def example() -> tuple[dict[str, Any], list[str]]:
    """The evaluation of the example that comes with the project, and its fields."""
    with zipfile.ZipFile(EXAMPLE) as packed:
        name = next(name for name in packed.namelist() if name.endswith("evaluation.json"))
        evaluation = json.loads(packed.read(name))
        features = json.loads(packed.read(name.replace("evaluation", "features")))
    return evaluation, [feature["name"] for feature in features["features"]]


def test_the_example_fits_and_so_do_runs_of_before(
    example: tuple[dict[str, Any], list[str]],
) -> None:
    evaluation, fields = deepcopy(example)
    check_evaluation(evaluation, fields)
    for name in ("slices", "over_time", "precision"):
        del evaluation[name]
    for model in evaluation["models"]:
        del model["intervals"], model["calibration"]
    check_evaluation(evaluation, fields)


def _ours(data: dict[str, Any]) -> dict[str, Any]:
    return next(model for model in data["models"] if model["name"] == "deepfm")


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda e: e.update(models=[]), "models"),
        (lambda e: e["models"].append(e["models"][0]), "models"),
        (lambda e: _ours(e).update(name="<b>"), "models[0].name"),
        (lambda e: _ours(e).update(log_loss=None), "models.deepfm.log_loss"),
        (lambda e: _ours(e)["intervals"].pop("lift_10"), "models[0].intervals.lift_10"),
        (lambda e: e["parts"].pop("test"), "parts.test"),
        (lambda e: e.update(base_rate=0), "base_rate"),
        (lambda e: e.update(unit="{x}"), "unit"),
        (lambda e: e["comparisons"][0].update(outcome=1), "comparisons[0].outcome"),
        (lambda e: e.update(deciles=[]), "deciles"),
        (lambda e: e["gains"][-1].update(people=0), "gains.people"),
        (lambda e: e["roc"].pop("deepfm"), "roc.deepfm"),
        (lambda e: e["roc"]["deepfm"]["fpr"].pop(), "roc.deepfm"),
        (lambda e: e["precision"]["deepfm"].update(more=[1]), "precision.deepfm"),
        (lambda e: e["slices"][0].update(field="gone"), "slices[0].field"),
        (lambda e: e["over_time"][0].update(snapshot="soon"), "over_time.snapshot"),
        (lambda e: e["calibration"].update(after=[]), "calibration.after"),
    ],
)
def test_the_part_that_is_wrong_is_named(
    example: tuple[dict[str, Any], list[str]], change: Callable[[dict[str, Any]], Any], part: str
) -> None:
    evaluation, fields = deepcopy(example)
    change(evaluation)
    with pytest.raises(MisfitError) as found:
        check_evaluation(evaluation, fields)
    assert found.value.part == part


def test_a_drift_is_of_the_fields_of_the_run() -> None:
    drift = [
        {"field": "a", "psi": 1, "unseen": 0, "unseen_before": 0, "missing": 0, "missing_before": 0}
    ]
    check_drift(drift, ["a"])
    for fields in ([], ["b"]):
        with pytest.raises(MisfitError, match=r"\[0\]\.field"):
            check_drift(drift, fields)


def test_a_backtest_with_an_auc_has_its_tenths() -> None:
    group = {"predicted": 0.1, "observed": 0.1, "people": 5}
    found = {
        "unit": "people",
        "people": 5,
        "did": 0,
        "expected": 0.5,
        "auc": None,
        "lift": {"1": None, "5": None, "10": None},
        "deciles": [],
        "calibration": {"after": [group]},
        "hold_out": None,
    }
    check_backtest(found)
    with pytest.raises(MisfitError, match="deciles"):
        check_backtest({**found, "auc": 0.7})
