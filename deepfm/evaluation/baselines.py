"""Simpler ways to the same list, on the same examples.

All are fitted on the training part; strengths and rounds are chosen on the validation part, as
DeepFM's are. No baseline sees the test part before it is measured there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from deepfm.evaluation.metrics import Labels, auc
from deepfm.model.scoring import Floats

Score = Callable[[pd.DataFrame], Floats]

# The first of them that the frame has: of the pair in a question of pairs, else of the user.
RECENCY_COLUMNS = ("pair_days_since_last", "days_since_last")
MOST_TRAINING_ROWS = 200_000

_MIN_FREQUENCY = 20
# HistGradientBoosting holds at most 255 categories a column, and one of them is "rare".
_MOST_CATEGORIES = 254
# Above this skewness a few large counts would rule a linear model.
_HEAVY_TAIL = 2.0
_HABIT_STRENGTH = 20.0


def baseline_scores(
    frame: pd.DataFrame, sparse: Sequence[str], dense: Sequence[str], seed: int = 0
) -> dict[str, Floats]:
    """Scores of every baseline, by name.

    Args:
        frame: the example frame: ``user``, ``part``, ``label`` and the features.
        sparse: names of the id columns.
        dense: names of the number columns.
        seed: of the sample of training rows (at most ``MOST_TRAINING_ROWS`` are used).

    Returns:
        ``recency`` (or ``habit``, where the frame has no recency), ``logistic``, ``trees``: each
        ``[n]`` in the order of ``frame``; higher means more likely, the last two are logits.
        Training rows are NaN in the last two.
    """
    return {
        **simplest_rule(frame),
        "logistic": logistic_regression(frame, sparse, dense, seed),
        "trees": gradient_boosted_trees(frame, sparse, dense, seed),
    }


def fit_baselines(
    train: pd.DataFrame,
    valid: pd.DataFrame,
    sparse: Sequence[str],
    dense: Sequence[str],
    seed: int = 0,
) -> dict[str, Score]:
    """The baselines that learn, as functions from rows of the frame to logits ``[n]``, by name.

    Args:
        train: rows of the training part to learn from.
        valid: rows of the validation part to choose by.
        sparse, dense, seed: as for ``baseline_scores``.
    """
    return {
        "logistic": fit_logistic_regression(train, valid, sparse, dense),
        "trees": fit_gradient_boosted_trees(train, valid, sparse, dense, seed),
    }


def columns_of_rule(columns: Sequence[str]) -> list[str]:
    """Those of the frame's ``columns`` that ``simplest_rule`` looks at."""
    recency = _recency_column(columns)
    return [recency] if recency else ["user", "part", "label"]


def simplest_rule(frame: pd.DataFrame) -> dict[str, Floats]:
    """Scores ``[n]`` of ``recency``, or of ``habit`` where the frame has no recency, by name."""
    recency = _recency_column(list(frame.columns))
    return {"recency": recency_rule(frame, recency)} if recency else {"habit": habit_rule(frame)}


def _recency_column(columns: Sequence[str]) -> str | None:
    return next((name for name in RECENCY_COLUMNS if name in columns), None)


def recency_rule(frame: pd.DataFrame, recency_column: str = RECENCY_COLUMNS[-1]) -> Floats:
    """Whoever was here last comes first: minus the days since the last event ``[n]``."""
    days = _numbers(frame, [recency_column])[:, 0]
    longest = np.nanmax(days, initial=0.0)
    return -np.where(np.isnan(days), longest + 1.0, days)


def habit_rule(frame: pd.DataFrame) -> Floats:
    """Whoever did it most often comes first: the user's own rate in the training part ``[n]``.

    Drawn towards the rate of all as if each user had 20 more rows of that kind, so that one lucky
    row does not make a habit. A user who is new since then gets the rate of all.
    """
    train = frame[frame["part"] == "train"]
    overall = float(train["label"].mean())
    users = train.groupby("user")["label"].agg(["sum", "count"])
    rate = (users["sum"] + _HABIT_STRENGTH * overall) / (users["count"] + _HABIT_STRENGTH)
    return frame["user"].map(rate).fillna(overall).to_numpy(np.float64)


def logistic_regression(
    frame: pd.DataFrame, sparse: Sequence[str], dense: Sequence[str], seed: int = 0
) -> Floats:
    """Logits ``[n]`` of an L2-regularised logistic regression; NaN on training rows.

    Ids are one-hot (values seen fewer than 20 times share a column). Numbers are standardised,
    after a signed ``log(1 + |x|)`` where the training part is heavily skewed; a missing number is
    the mean, and a column of its own says so. Of three strengths of regularisation the best AUC on
    the validation part wins.
    """
    train, valid = _training_rows(frame, seed), frame[frame["part"] == "valid"]
    return _elsewhere(frame, fit_logistic_regression(train, valid, sparse, dense))


def fit_logistic_regression(
    train: pd.DataFrame, valid: pd.DataFrame, sparse: Sequence[str], dense: Sequence[str]
) -> Score:
    """What ``logistic_regression`` scores with."""
    inputs = _for_linear(train, sparse, dense).fit(_prepared(train, sparse, dense))
    x, y = inputs.transform(_prepared(train, sparse, dense)), _labels(train)
    models = [LogisticRegression(C=c, max_iter=200, tol=1e-3).fit(x, y) for c in (0.01, 0.1, 1.0)]

    def score(model: LogisticRegression, rows: pd.DataFrame) -> Floats:
        prepared = inputs.transform(_prepared(rows, sparse, dense))
        return np.asarray(model.decision_function(prepared))

    best = max(models, key=lambda model: auc(_labels(valid), score(model, valid)))
    return lambda rows: score(best, rows)


def gradient_boosted_trees(
    frame: pd.DataFrame, sparse: Sequence[str], dense: Sequence[str], seed: int = 0
) -> Floats:
    """Logits ``[n]`` of histogram gradient boosting; NaN on training rows.

    Ids stay categories (rare ones are joined, ones never seen are missing) and missing numbers stay
    missing, as the trees split on both. Rounds end when the log loss of the validation part has
    not fallen for 15 of them; of small and large trees the better AUC there wins.
    """
    train, valid = _training_rows(frame, seed), frame[frame["part"] == "valid"]
    return _elsewhere(frame, fit_gradient_boosted_trees(train, valid, sparse, dense, seed))


def fit_gradient_boosted_trees(
    train: pd.DataFrame,
    valid: pd.DataFrame,
    sparse: Sequence[str],
    dense: Sequence[str],
    seed: int = 0,
) -> Score:
    """What ``gradient_boosted_trees`` scores with."""
    # The trees cannot bin a number that is never known.
    dense = [name for name in dense if np.isfinite(_numbers(train, [name])).any()]
    codes = _ordinal().fit(_texts(train, sparse)) if sparse else None

    def inputs(rows: pd.DataFrame) -> Floats:
        numbers = _numbers(rows, dense)
        return np.hstack([codes.transform(_texts(rows, sparse)), numbers]) if codes else numbers

    is_category = [True] * len(sparse) + [False] * len(dense)
    x, y, x_valid, y_valid = inputs(train), _labels(train), inputs(valid), _labels(valid)
    models = [
        _trees(is_category, leaves, seed).fit(x, y, X_val=x_valid, y_val=y_valid)
        for leaves in (7, 31)
    ]
    best = max(models, key=lambda model: auc(y_valid, model.decision_function(x_valid)))
    return lambda rows: np.asarray(best.decision_function(inputs(rows)))


def _trees(is_category: list[bool], leaves: int, seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        categorical_features=is_category,
        learning_rate=0.06,
        max_iter=400,
        max_leaf_nodes=leaves,
        # Many fields say nearly the same; looking at some of them makes the trees differ.
        max_features=0.3,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=True,
        n_iter_no_change=15,
        random_state=seed,
    )


def _ordinal() -> OrdinalEncoder:
    return OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        min_frequency=_MIN_FREQUENCY,
        max_categories=_MOST_CATEGORIES,
    )


def signed_log(numbers: Floats) -> Floats:
    """``sign(x) log(1 + |x|)``: keeps order and sign, tames long tails."""
    return np.asarray(np.sign(numbers) * np.log1p(np.abs(numbers)))


def _for_linear(
    train: pd.DataFrame, sparse: Sequence[str], dense: Sequence[str]
) -> ColumnTransformer:
    with np.errstate(all="ignore"):
        skewness = pd.DataFrame(_numbers(train, dense)).skew().abs().to_numpy()
    # A skewness that no number can hold is no number.
    heavy = [name for name, skew in zip(dense, skewness, strict=True) if not skew <= _HEAVY_TAIL]
    plain = [name for name in dense if name not in heavy]
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=_MIN_FREQUENCY, dtype=np.float64
    )

    def scaled(*before: FunctionTransformer) -> object:
        fill = SimpleImputer(add_indicator=True, keep_empty_features=True)
        return make_pipeline(*before, fill, StandardScaler())

    return ColumnTransformer(
        [
            ("ids", one_hot, list(sparse)),
            ("heavy", scaled(FunctionTransformer(signed_log)), heavy),
            ("plain", scaled(), plain),
        ],
        sparse_threshold=1.0,
    )


def _prepared(rows: pd.DataFrame, sparse: Sequence[str], dense: Sequence[str]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(_texts(rows, sparse), columns=list(sparse), dtype=object),
            pd.DataFrame(_numbers(rows, dense), columns=list(dense)),
        ],
        axis=1,
    )


def _texts(rows: pd.DataFrame, names: Sequence[str]) -> NDArray[np.object_]:
    """Id columns as text ``[n, columns]``; a missing value is a value of its own, empty text."""
    found = np.empty((len(rows), len(names)), dtype=object)
    for place, name in enumerate(names):
        # A text for each value, not for each row: these would take most of the memory.
        codes, values = pd.factorize(rows[name], use_na_sentinel=False)
        texts = pd.Series(values).astype("string").fillna("").to_numpy(dtype=object)
        found[:, place] = texts[codes]
    return found


def _numbers(rows: pd.DataFrame, names: Sequence[str]) -> Floats:
    numbers = rows[list(names)].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(np.where(np.isfinite(numbers), numbers, np.nan))


def _labels(rows: pd.DataFrame) -> Labels:
    return rows["label"].to_numpy(np.int64)


def _training_rows(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    train = frame[frame["part"] == "train"]
    if len(train) <= MOST_TRAINING_ROWS:
        return train
    return train.sample(MOST_TRAINING_ROWS, random_state=seed)


def _elsewhere(frame: pd.DataFrame, score: Score) -> Floats:
    """Scores ``[n]`` of all rows outside the training part, NaN inside it."""
    outside = (frame["part"] != "train").to_numpy()
    scores = np.full(len(frame), np.nan)
    scores[outside] = score(frame[outside])
    return scores
