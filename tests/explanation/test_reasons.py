import numpy as np

from deepfm.explanation.contributions import Contributions
from deepfm.explanation.reasons import NONE, reasons


def of(total):
    total = np.array(total, float)
    zero = np.zeros_like(total)
    return Contributions(0.0, total, zero, zero, total.sum(axis=1), "path")


def test_the_strongest_stand_first_on_each_side():
    found = reasons(of([[0.5, -0.2, 2.0, 0.7, -3.0, 0.1, -0.9, -0.3]]))
    assert found.for_fields.tolist() == [[2, 3, 0]]
    assert found.for_values.tolist() == [[2.0, 0.7, 0.5]]
    assert found.against_fields.tolist() == [[4, 6, 7]]
    assert found.against_values.tolist() == [[-3.0, -0.9, -0.3]]


def test_what_hardly_moves_a_person_is_no_reason():
    found = reasons(of([[0.009, -0.009, 0.02, 0.0], [5.0, 0.04, -0.06, 0.0]]), top=2)
    assert found.for_fields.tolist() == [[2, NONE], [0, NONE]]
    assert found.against_fields.tolist() == [[NONE, NONE], [2, NONE]]
    assert np.isnan(found.against_values[0]).all()


def test_fewer_fields_than_reasons_still_fill_the_table():
    found = reasons(of([[1.0]]), top=3)
    assert found.for_fields.tolist() == [[0, NONE, NONE]]
    assert found.against_values.shape == (1, 3)
