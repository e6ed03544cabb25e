import numpy as np

from deepfm.explanation.contributions import typical_rows
from deepfm.explanation.pairs import interactions, mean_interactions


def test_pairs_add_up_to_the_fm_part(make_model, encoded):
    model = make_model(fusion=(1.0, 0.5, 1.0))
    table = interactions(model, encoded)
    assert np.array_equal(table, table.transpose(0, 2, 1))
    assert not table.diagonal(axis1=1, axis2=2).any()
    expected = 0.5 * model.parts(model.rows(encoded)).fm
    assert np.allclose(table.sum(axis=(1, 2)) / 2, expected, atol=1e-12)


def test_with_a_base_a_pair_is_what_two_fields_add_only_together(make_model, encoded):
    model = make_model()
    base = typical_rows(model, encoded)
    rows = model.rows(encoded)[0]

    def fm(*fields):
        mixed = base.copy()
        mixed[list(fields)] = rows[list(fields)]
        return model.parts(mixed[None]).fm[0]

    together = fm(1, 3) - fm(1) - fm(3) + fm()
    assert np.isclose(interactions(model, encoded, base)[0, 1, 3], together, atol=1e-12)


def test_the_mean_over_people_is_of_absolute_values(make_model, encoded):
    model = make_model()
    expected = np.abs(interactions(model, encoded)).mean(axis=0)
    assert np.allclose(mean_interactions(model, encoded), expected, atol=1e-12)
    assert not mean_interactions(model, encoded.take(slice(0, 0))).any()
