import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.estimator.target import find_classes, read_labels


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([3, 7, 3], [3, 7]),
        ([-1.0, 1.0, -1.0], [-1.0, 1.0]),
        ([False, True, False], [False, True]),
        (["no", "yes", "no"], ["no", "yes"]),
        (np.array(["no", "yes", "no"], dtype=object), ["no", "yes"]),
        (np.array([False, True, False], dtype=object), [False, True]),
        (pd.Series(["b", "c", "b"], dtype="category"), ["b", "c"]),
        (pd.Series([0, 1, 0], dtype="Int64"), [0, 1]),
        (pd.Series([False, True, False], dtype="boolean"), [False, True]),
    ],
)
def test_any_two_labels_are_classes(y, classes):
    found, label = find_classes(y)
    assert found.tolist() == classes
    assert label.tolist() == [0, 1, 0]
    assert read_labels(y, found).tolist() == [0, 1, 0]


def test_one_class_is_refused():
    with pytest.raises(InputError, match="one class only: yes"):
        find_classes(["yes", "yes"])


def test_three_classes_are_refused():
    with pytest.raises(InputError, match=r"Only binary .* is multiclass"):
        find_classes([0, 1, 2])


@pytest.mark.parametrize(
    "y", [[0.5, 0.1], [0, np.nan, 1], ["a", None, "b"], None, [[0, 1], [1, 0]]]
)
def test_what_is_no_target_is_refused(y):
    with pytest.raises(ValueError):
        find_classes(y)


def test_a_label_that_the_training_did_not_have_is_refused():
    with pytest.raises(InputError, match="hold maybe, those of the training no and yes"):
        read_labels(["no", "maybe"], np.array(["no", "yes"]))
