from dataclasses import fields
from inspect import signature

import numpy as np
import pytest

from deepfm.errors import InputError
from deepfm.estimator import DeepFMClassifier
from deepfm.estimator.training import automatic_batch_size, hold_out, training_settings
from deepfm.model.settings import ModelSettings
from deepfm.training.settings import TrainingSettings

LABEL = np.repeat([0, 1], [900, 100])


def test_the_parameters_are_those_of_the_settings_with_the_same_defaults():
    defaults = {name: p.default for name, p in signature(DeepFMClassifier).parameters.items()}
    settings = {**vars(TrainingSettings()), **vars(ModelSettings())}
    # A search over an estimator's parameters is scikit-learn's.
    for name in {"model", "seed", "batch_size", "search_minutes"}:
        del settings[name]
    assert {name: defaults[name] for name in settings} == settings
    assert len(settings) == len(fields(TrainingSettings)) + len(fields(ModelSettings)) - 4


def test_numbers_of_a_parameter_search_are_fine():
    parameters = DeepFMClassifier(
        dim=np.int64(3), units=np.array([4, 2]), learning_rate=np.float32(0.5), batch_norm=np.True_
    ).get_params()
    settings = training_settings(parameters, rows=100, seed=5)
    model = ModelSettings(dim=3, units=(4, 2), batch_norm=True)
    assert settings == TrainingSettings(model=model, batch_size=16, learning_rate=0.5, seed=5)


def test_a_parameter_out_of_range_is_refused():
    with pytest.raises(InputError, match="vector length is 0"):
        training_settings(DeepFMClassifier(dim=0).get_params(), rows=100, seed=0)


def test_small_tables_get_small_batches():
    assert [automatic_batch_size(n) for n in (1, 1599, 1600, 51_199, 51_200, 10**7)] == [
        16,
        16,
        32,
        512,
        1024,
        1024,
    ]


def test_a_random_part_keeps_the_share_of_each_class():
    train, held = hold_out(LABEL, 0.2, "random", seed=0)
    assert sorted([*train, *held]) == list(range(1000))
    assert (LABEL[held].sum(), len(held)) == (20, 200)
    assert np.array_equal(held, hold_out(LABEL, 0.2, "random", seed=0)[1])
    assert not np.array_equal(held, hold_out(LABEL, 0.2, "random", seed=1)[1])


def test_the_last_part_is_the_last_rows():
    label = np.tile([0, 1], 500)
    train, held = hold_out(label, 0.1, "last", seed=0)
    assert np.array_equal(train, np.arange(900))
    assert np.array_equal(held, np.arange(900, 1000))


@pytest.mark.parametrize(
    ("label", "fraction", "split"),
    [
        (LABEL, 0.0, "random"),
        (LABEL, 0.09, "random"),  # 9 positives would be held out
        (LABEL, 0.5, "last"),  # no positive would be left
        (np.ones(1000, int), 0.2, "random"),
        (np.repeat([0, 1], [999, 1]), 0.2, "random"),
        (np.array([0, 1]), 0.5, "random"),
    ],
)
def test_nothing_is_held_out_where_a_part_would_have_too_few_of_a_class(label, fraction, split):
    train, held = hold_out(label, fraction, split, seed=0)
    assert np.array_equal(train, np.arange(len(label)))
    assert len(held) == 0


def test_an_unknown_split_is_refused():
    with pytest.raises(InputError, match="validation split first is unknown"):
        hold_out(LABEL, 0.2, "first", seed=0)
    with pytest.raises(InputError, match=r"validation fraction is 1.5"):
        hold_out(LABEL, 1.5, "last", seed=0)
