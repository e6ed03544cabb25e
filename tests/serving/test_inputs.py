import json

import pytest

from deepfm.fields.fields import SparseField
from deepfm.serving.inputs import describe, input_names, missing_text, served_inputs


def test_a_name_that_is_an_identifier_stays():
    names = ("hour", "last_city", "Amount2")
    assert input_names(names) == names


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (("since:cart", "ratio: cart", "_x_"), ("since_cart", "ratio_cart", "x")),
        (("城市", "7d", "", "年龄"), ("field", "field_7d", "field_2", "field_3")),
        (("a:b", "a b", "a_b_2", "A_B"), ("a_b", "a_b_2", "a_b_2_2", "A_B_3")),
        (("logit", "score", "self", "Score"), ("logit_2", "score_2", "self_2", "Score_3")),
    ],
)
def test_other_names_become_distinct_identifiers(fields, names):
    assert input_names(fields) == names


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (("a", "b"), ""),
        (("a", ""), "<missing>"),
        (("<missing>", ""), "<<missing>>"),
        (("<missing>",), ""),
    ],
)
def test_no_value_of_a_field_stands_for_missing(values, text):
    assert missing_text(SparseField("x", values)) == text


def test_the_description_names_every_input(fields):
    inputs = served_inputs(fields)
    described = json.loads(describe(inputs))
    assert [one["field"] for one in described] == list(fields.names)
    assert described[2] == {
        "field": "note",
        "input": "note",
        "type": "string",
        "missing": "<missing>",
    }
    assert described[5]["input"] == "score_2"
    assert described[5]["type"] == "float64"
