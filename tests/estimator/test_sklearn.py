"""scikit-learn's own checks of an estimator, and its tools around one.

No check is expected to fail. scikit-learn itself skips one, on inputs of other array libraries, as
it needs the variable SCIPY_ARRAY_API to be set before the start.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from deepfm.estimator import DeepFMClassifier


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([DeepFMClassifier()])
def test_check_estimator(estimator, check):
    check(estimator)


def test_it_is_a_step_of_a_pipeline(table, small):
    X, y = table
    X = X.assign(seen=pd.Timestamp("2026-03-01") + pd.to_timedelta(X["visits"], unit="D"))
    weekday = FunctionTransformer(lambda frame: frame.assign(seen=frame["seen"].dt.day_name()))
    pipeline = make_pipeline(weekday, small).fit(X, y)
    assert "seen" in [field.name for field in pipeline[-1].fields_.sparse]
    assert roc_auc_score(y == "yes", pipeline.predict_proba(X)[:, 1]) > 0.85
    assert set(pipeline.predict(X)) == {"no", "yes"}


def test_a_grid_search_finds_the_training_that_learns(table, small):
    X, y = table
    grid = {"epochs": [1, 15], "learning_rate": [1e-6, 0.02], "units": [(8,)]}
    search = GridSearchCV(small, grid, scoring="roc_auc", cv=2, error_score="raise").fit(X, y)
    assert search.best_params_ == {"epochs": 15, "learning_rate": 0.02, "units": (8,)}
    assert search.best_score_ > 0.8
    assert search.predict(X).shape == (600,)


def test_calibration_brings_the_level_of_the_chances(table, small):
    X, y = table
    calibrated = CalibratedClassifierCV(small, method="sigmoid", cv=2).fit(X[:400], y[:400])
    chance = calibrated.predict_proba(X[400:])[:, 1]
    assert calibrated.classes_.tolist() == ["no", "yes"]
    assert log_loss(y[400:] == "yes", chance) < 0.5
    assert chance.mean() == pytest.approx(np.mean(y[400:] == "yes"), abs=0.08)


def test_a_clone_is_unfitted_and_has_the_parameters(fitted):
    twin = clone(fitted)
    assert twin.get_params() == fitted.get_params()
    assert not hasattr(twin, "model_")
    with pytest.raises(NotFittedError):
        twin.predict_proba(pd.DataFrame({"x": [1.0]}))
