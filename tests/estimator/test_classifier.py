import copy
import doctest
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss, roc_auc_score

from deepfm.errors import InputError
from deepfm.estimator import DeepFMClassifier, classifier


def test_it_learns_an_interaction_from_a_mixed_table(fitted, table):
    X, y = table
    assert [field.name for field in fitted.fields_.sparse] == ["a", "b", "flag"]
    assert [field.name for field in fitted.fields_.dense] == ["x", "visits"]
    assert fitted.classes_.tolist() == ["no", "yes"]
    held_out = fitted.evaluations_[-1].valid_auc
    assert held_out > 0.85
    assert fitted.n_validation_ == 90
    # An AUC of 0.9 is all that one wrong label in ten leaves.
    assert roc_auc_score(y == "yes", fitted.decision_function(X)) > 0.87


def test_the_methods_agree(fitted, table):
    X, _ = table
    logit, chances = fitted.decision_function(X), fitted.predict_proba(X)
    assert np.allclose(chances[:, 1], expit(logit), rtol=0, atol=1e-15)
    assert np.allclose(chances.sum(axis=1), 1, rtol=0, atol=1e-15)
    assert (fitted.predict(X) == np.where(logit > 0, "yes", "no")).all()
    assert set(fitted.predict(X)) == {"yes", "no"}


def test_the_chances_are_right_where_the_best_auc_comes_early():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = DeepFMClassifier(random_state=0).fit(X[:400], y[:400])
    chosen = [look for look in model.evaluations_ if look.best][-1]
    assert model.score(X[400:], y[400:]) > 0.9
    assert log_loss(y[400:], model.predict_proba(X[400:])) < 0.5 * chosen.valid_loss
    explained = model.explain(X[400:])
    assert np.allclose(explained.sum(axis=1), model.decision_function(X[400:]), rtol=0, atol=1e-9)


def test_contributions_sum_to_the_logit(fitted, table):
    X, _ = table
    explained = fitted.explain(X)
    assert explained.columns.tolist() == [*X.columns, "base", "residual"]
    assert explained.index.equals(X.index)
    assert explained.residual.abs().max() < 1e-9
    assert np.allclose(explained.sum(axis=1), fitted.decision_function(X), rtol=0, atol=1e-9)
    strength = explained.abs().mean()
    assert min(strength.a, strength.b) > 2 * max(strength.x, strength.flag, strength.visits)


def test_a_column_may_be_called_base(table):
    X, y = table
    X = X[["a", "b"]].set_axis(["base", "residual"], axis=1)
    model = DeepFMClassifier(epochs=1, random_state=0).fit(X, y)
    explained = model.explain(X)
    assert explained.columns.tolist() == ["base", "residual", "base", "residual"]
    assert np.allclose(explained.sum(axis=1), model.decision_function(X), rtol=0, atol=1e-9)


def test_one_row_scores_as_it_does_among_others(fitted, table):
    X, _ = table
    one = X.iloc[[3]]
    assert fitted.decision_function(one) == pytest.approx(fitted.decision_function(X)[3], abs=1e-12)
    assert fitted.predict_proba(one).shape == (1, 2)
    assert np.allclose(fitted.explain(one), fitted.explain(X).iloc[[3]], rtol=0, atol=1e-12)


def test_unseen_ids_share_one_row(fitted, table):
    X, _ = table
    scores = [fitted.decision_function(X.assign(a=value)) for value in ("new", "newer", 7)]
    assert np.array_equal(scores[0], scores[1])
    assert np.array_equal(scores[0], scores[2])
    assert not np.allclose(scores[0], fitted.decision_function(X.assign(a="p")))


def test_rare_ids_are_unseen_ones(table, small):
    X, y = table
    a = X["a"].mask(X.index == X.index[0], "once")
    model = small.fit(X.assign(a=a), y)
    rare, new = (model.decision_function(X.assign(a=value)) for value in ("once", "new"))
    assert np.array_equal(rare, new)


def test_missing_values_that_fit_saw_are_a_value_of_their_own(table, small):
    X, _ = table
    model = small.set_params(validation_fraction=0).fit(X[["x"]], X["x"].isna())
    chance = model.predict_proba(pd.DataFrame({"x": [np.nan, np.inf, 0.0]}))[:, 1]
    assert chance[0] == chance[1] > 0.5 > chance[2]


def test_missing_values_that_fit_did_not_see_are_typical(fitted, table):
    X, _ = table
    for column in ("a", "b", "flag", "visits"):
        explained = fitted.explain(X.assign(**{column: None}))
        assert np.allclose(explained[column], 0, rtol=0, atol=1e-12)


def test_unseen_ids_are_typical_where_their_row_was_not_trained(table, small):
    X, y = table
    model = small.set_params(oov_rate=0.0).fit(X, y)
    assert np.allclose(model.explain(X.assign(a="new"))["a"], 0, rtol=0, atol=1e-12)


def test_constant_columns_add_nothing(table, small):
    X, y = table
    model = small.fit(X.assign(one=1.0, nothing=np.nan, word="w", empty=None), y)
    later = X.assign(one=5.0, nothing=3.0, word="w", empty="now")
    explained = model.explain(later)
    constants = explained[["one", "nothing", "word", "empty"]]
    assert np.allclose(constants, 0, rtol=0, atol=1e-12)
    scores = model.decision_function(later)
    assert roc_auc_score(y == "yes", scores) > 0.85


def test_a_target_of_one_class_is_refused(table, small):
    with pytest.raises(InputError, match="one class only: yes"):
        small.fit(table[0], np.full(600, "yes"))


def test_a_table_of_one_row_is_refused_as_it_has_one_class(table, small):
    with pytest.raises(InputError, match="one class only"):
        small.fit(table[0].head(1), table[1][:1])


def test_few_rows_are_all_trained_on_for_all_epochs(small):
    X = pd.DataFrame({"a": ["p", "q"] * 4, "x": range(8)})
    y = np.array([0, 1] * 4)
    model = small.set_params(epochs=40).fit(X, y)
    assert model.n_validation_ == 0
    assert len(model.evaluations_) == 40
    assert len({look.learning_rate for look in model.evaluations_}) == 1
    # The last weights, not those with the first perfect AUC.
    assert min(look.epoch for look in model.evaluations_ if look.valid_auc == 1.0) < 40
    last = log_loss(y, model.predict_proba(X))
    assert last == pytest.approx(model.evaluations_[-1].valid_loss, abs=1e-5)
    assert (model.predict(X) == y).all()


def test_an_eval_set_takes_the_place_of_held_out_rows(table, small):
    X, y = table
    model = small.fit(X[:400], y[:400], eval_set=(X[400:], y[400:]))
    assert model.n_validation_ == 200
    best = max(look.valid_auc for look in model.evaluations_)
    scores = model.decision_function(X[400:])
    assert roc_auc_score(y[400:] == "yes", scores) == pytest.approx(best, abs=1e-4)
    with pytest.raises(InputError, match="eval_set hold maybe"):
        small.fit(X, y, eval_set=(X, np.full(600, "maybe")))
    with pytest.raises(InputError, match="validation part are of one kind"):
        small.fit(X, y, eval_set=(X, np.full(600, "yes")))
    with pytest.raises(ValueError, match="feature names should match"):
        small.fit(X, y, eval_set=(X[["a"]], y))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        small.fit(X, y, eval_set=(X, y[:5]))


def test_the_vocabulary_is_of_the_training_rows_only(table, small):
    X, y = table
    X = X.assign(a=np.where(np.arange(600) < 500, X["a"], "late"))
    model = small.set_params(validation_split="last", validation_fraction=100 / 600).fit(X, y)
    assert model.n_validation_ == 100
    assert set(model.fields_.sparse[0].values) == {"p", "q"}


def test_other_columns_than_those_of_fit_are_refused(fitted, table):
    X, _ = table
    for other in (X[X.columns[::-1]], X.drop(columns="x"), X.assign(more=1)):
        with pytest.raises(ValueError, match="feature names should match"):
            fitted.predict(other)
    with pytest.raises(InputError, match="column visits must hold numbers, but it holds 'many'"):
        fitted.predict(X.assign(visits="many"))
    with pytest.raises(InputError, match="0 rows"):
        fitted.predict(X.head(0))


def test_arrays_of_objects_are_read_as_a_frame_is(table, small, fitted):
    X, y = table
    model = small.fit(X.to_numpy(dtype=object), y)
    assert [field.name for field in model.fields_.sparse] == ["x1", "x2", "x3"]
    assert model.explain(X.to_numpy(dtype=object)).columns.tolist()[:2] == ["x0", "x1"]
    assert not hasattr(model, "feature_names_in_")
    again = model.decision_function(X.to_numpy(dtype=object))
    assert np.array_equal(again, fitted.decision_function(X))
    # So is a frame whose columns have numbers for names.
    assert np.array_equal(again, model.decision_function(X.set_axis(range(5), axis=1)))


def test_named_columns_are_ids(table, small):
    X, y = table
    model = small.set_params(categorical_features=["visits"], min_count=1).fit(X, y)
    assert [field.name for field in model.fields_.sparse] == ["a", "b", "flag", "visits"]
    # A missing value turns the integers into floats, and they are the same ids still.
    assert np.array_equal(
        model.decision_function(X), model.decision_function(X.astype({"visits": float}))
    )


def test_the_seed_decides(table, small):
    X, y = table
    scores = {
        seed: clone(small).set_params(random_state=seed).fit(X, y).decision_function(X)
        for seed in (0, 1)
    }
    state = np.random.RandomState(0)
    drawn = clone(small).set_params(random_state=state).fit(X, y).decision_function(X)
    assert np.array_equal(scores[0], drawn)
    assert not np.array_equal(scores[0], scores[1])


def test_the_fitted_classifier_can_be_copied_and_pickled(fitted, table):
    X, _ = table
    for twin in (copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):
        assert np.array_equal(twin.decision_function(X), fitted.decision_function(X))


def test_the_example_of_the_docstring_is_true():
    result = doctest.testmod(classifier)
    assert result.attempted >= 4
    assert result.failed == 0
