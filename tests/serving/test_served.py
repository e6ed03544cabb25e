import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepfm.fields.fields import DenseField, FieldSet
from deepfm.serving.served import ServedModel

NUMBERS = st.floats(-1e300, 1e300)


@given(
    knots=st.lists(st.lists(NUMBERS, max_size=6, unique=True).map(sorted), min_size=1, max_size=3),
    numbers=st.lists(st.floats(), min_size=3, max_size=3),
    on_a_knot=st.integers(0, 5),
)
def test_segments_place_a_number_as_its_field_does(random_model, knots, numbers, on_a_knot):
    fields = FieldSet((), tuple(DenseField(f"x{i}", tuple(k)) for i, k in enumerate(knots)))
    model = random_model(fields)
    s = ServedModel.of(fields, model).segments
    for place, field in enumerate(fields.dense):
        number = numbers[place]
        if on_a_knot < len(field.knots):
            number = field.knots[on_a_knot]
        ids, fraction = field.encode(pd.Series([number]))
        expected = np.zeros(len(model.table))
        row = model.offsets[place] + ids[0]
        expected[row] += 1 - fraction[0]
        expected[min(row + 1, len(expected) - 1)] += fraction[0]
        found = np.zeros(len(model.table))
        if np.isfinite(number):
            segment = s.first[place] + np.sum(s.inner[place] <= number)
            way = np.clip((number - s.start[segment]) / s.width[segment], 0, 1).astype(np.float32)
            found[s.left[segment]] += 1 - way
            found[s.right[segment]] += way
        else:
            found[s.missing[place]] = 1
        assert np.allclose(found, expected, rtol=0, atol=1e-7)


def test_rows_of_texts_are_those_of_the_field(fields, random_model):
    model = random_model(fields)
    served = ServedModel.of(fields, model)
    for place, vocabulary in enumerate(served.vocabularies):
        field = fields.sparse[place]
        ids = field.encode(pd.Series([None, *field.values, "new"]))
        rows = dict(zip(vocabulary.texts, vocabulary.rows.tolist(), strict=True))
        found = [*(rows[text] for text in (vocabulary.texts[0], *field.values)), vocabulary.unseen]
        assert found == (model.offsets[place] + ids).tolist()


def test_a_model_of_other_fields_is_refused(fields, random_model):
    with pytest.raises(ValueError, match=r"the fields have \(5, 2, 4\) rows and 0 are dense"):
        ServedModel.of(FieldSet(fields.sparse, ()), random_model(fields))
