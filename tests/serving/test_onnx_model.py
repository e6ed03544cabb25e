import onnx
import pytest

from deepfm.errors import InputError
from deepfm.fields.fields import DenseField, FieldSet
from deepfm.serving import onnx_model
from deepfm.serving.served import ServedModel


@pytest.fixture
def served(fields, random_model):
    return ServedModel.of(fields, random_model(fields))


def test_the_model_passes_the_checker_and_says_what_it_is(served):
    model = onnx_model.onnx_model(served)
    onnx.checker.check_model(model, full_check=True)
    types = {one.name: one.type.tensor_type.elem_type for one in model.graph.input}
    assert types["favorite_category"] == onnx.TensorProto.STRING
    assert types["since_cart"] == onnx.TensorProto.DOUBLE
    assert {one.name: one.doc_string for one in model.graph.input}["since_cart"] == "since:cart"
    assert [one.name for one in model.graph.output] == ["logit", "score"]
    assert {entry.domain for entry in model.opset_import} == {"", "ai.onnx.ml"}


def test_the_graph_does_not_grow_with_the_knots(served, fields, random_model):
    """Numbers are placed together: one more field is one more node."""
    more = DenseField("one more", tuple(float(i) for i in range(100)))
    larger = FieldSet(fields.sparse, (*fields.dense, more))
    nodes = [
        len(onnx_model.onnx_model(one).graph.node)
        for one in (served, ServedModel.of(larger, random_model(larger)))
    ]
    assert nodes[1] == nodes[0] + 1


def test_a_model_that_is_too_large_is_refused(served, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_model, "MOST_BYTES", 100)
    with pytest.raises(InputError, match="and an ONNX file holds 2"):
        onnx_model.write_onnx(served, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
