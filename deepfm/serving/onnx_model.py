"""A served model as an ONNX file.

Built operator by operator, which needs no TensorFlow. tf2onnx 1.17 converts the SavedModel too, but
what it made gave NaN for every row with a missing number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from deepfm.errors import InputError
from deepfm.model.scoring import ScoringModel
from deepfm.serving.inputs import LOGIT, SCORE, describe
from deepfm.serving.served import Segments, ServedModel, Vocabulary

# Old enough for the runtimes of 2022, new enough for all operators here in double precision.
OPSET = 17
ML_OPSET = 3
IR_VERSION = 8
# What one protobuf message may hold, less what everything but table and texts takes.
MOST_BYTES = 2**31 - 2**27

_ML = "ai.onnx.ml"
_TYPES = {"string": TensorProto.STRING, "float64": TensorProto.DOUBLE}


def write_onnx(served: ServedModel, path: Path) -> None:
    """Write ``served`` into the file ``path``.

    The inputs are described in the model's metadata, under ``inputs``.

    Raises:
        InputError: the model is larger than ONNX allows.
    """
    texts = sum(len(t.encode()) + 16 for v in served.vocabularies for t in v.texts)
    needed = texts + served.model.table.size * np.float32().nbytes
    if needed > MOST_BYTES:
        raise InputError(
            "The model takes {needed:.1f} GiB, and an ONNX file holds 2. Export a saved_model.",
            needed=needed / 2**30,
        )
    onnx.save(onnx_model(served), path)


def onnx_model(served: ServedModel) -> onnx.ModelProto:
    """``served`` as a checked ONNX model."""
    graph = _Graph()
    table = graph.floats(served.model.table)
    split = len(served.vocabularies)
    columns = [graph.add("Unsqueeze", i.name, graph.integers(1)) for i in served.inputs]
    rows = []
    if split:
        pairs = zip(served.vocabularies, columns[:split], strict=True)
        ids = [_look_up(graph, vocabulary, column) for vocabulary, column in pairs]
        rows.append(graph.add("Gather", table, graph.add("Concat", *ids, axis=1)))
    if columns[split:]:
        numbers = graph.add("Concat", *columns[split:], axis=1)
        rows.append(_between(graph, table, served.segments, numbers))
    _logit(graph, served.model, graph.add("Concat", *rows, axis=1))
    graph.add("Sigmoid", LOGIT, output=SCORE)
    return _checked(graph, served)


class _Graph:
    """Nodes and constants under names that no input has: those begin with a letter."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its output."""
        output = output or f"_{len(self.nodes)}_{operator}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, values: NDArray[Any]) -> str:
        """Add a constant; returns its name."""
        name = f"_constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def floats(self, values: NDArray[Any]) -> str:
        """Add a constant in single precision; returns its name."""
        return self.constant(values.astype(np.float32))

    def integers(self, *values: int) -> str:
        """Add a constant list of integers, such as axes; returns its name."""
        return self.constant(np.array(values, np.int64))


def _look_up(graph: _Graph, vocabulary: Vocabulary, texts: str) -> str:
    return graph.add(
        "LabelEncoder",
        texts,
        domain=_ML,
        keys_strings=vocabulary.texts,
        values_int64s=vocabulary.rows,
        default_int64=vocabulary.unseen,
    )


def _between(graph: _Graph, table: str, segments: Segments, numbers: str) -> str:
    """Interpolated rows ``[n, D, k + 1]`` of ``numbers``, double ``[n, D]``."""
    zero, one = (graph.constant(np.array(value, np.float64)) for value in (0, 1))
    largest = graph.constant(np.array(np.finfo(np.float64).max))
    known = graph.add("LessOrEqual", graph.add("Abs", numbers), largest)
    numbers = graph.add("Where", known, numbers, zero)
    wide = graph.add("Unsqueeze", numbers, graph.integers(2))
    passed = graph.add("GreaterOrEqual", wide, graph.constant(segments.inner))
    passed = graph.add("Cast", passed, to=TensorProto.INT64)
    passed = graph.add("ReduceSum", passed, graph.integers(2), keepdims=0)
    segment = graph.add("Add", passed, graph.constant(segments.first))

    def of_segment(values: NDArray[Any]) -> str:
        return graph.add("Gather", graph.constant(values), segment)

    way = graph.add("Sub", numbers, of_segment(segments.start))
    way = graph.add("Div", way, of_segment(segments.width))
    fraction = graph.add("Cast", graph.add("Clip", way, zero, one), to=TensorProto.FLOAT)
    fraction = graph.add("Unsqueeze", fraction, graph.integers(2))
    missing = graph.constant(segments.missing)
    left, right = (
        graph.add("Gather", table, graph.add("Where", known, of_segment(rows), missing))
        for rows in (segments.left, segments.right)
    )
    step = graph.add("Mul", fraction, graph.add("Sub", right, left))
    return graph.add("Add", left, step)


def _logit(graph: _Graph, model: ScoringModel, rows: str) -> None:
    """``ScoringModel.logit_of_rows`` in single precision."""
    across = graph.integers(1)
    vectors = graph.add(
        "Slice", rows, graph.integers(0), graph.integers(model.dim), graph.integers(2)
    )
    weights = graph.add("Gather", rows, graph.constant(np.array(model.dim)), axis=2)
    first = graph.add("ReduceSum", weights, across, keepdims=1)
    total = graph.add("ReduceSum", vectors, across, keepdims=0)
    squares = graph.add("ReduceSum", graph.add("Mul", vectors, vectors), across, keepdims=0)
    pairs = graph.add("Sub", graph.add("Mul", total, total), squares)
    hidden = graph.add("Flatten", vectors, axis=1)
    for place, (kernel, bias) in enumerate(zip(model.kernels, model.biases, strict=True)):
        hidden = graph.add("Gemm", hidden, graph.floats(kernel), graph.floats(bias))
        if place < len(model.kernels) - 1:
            hidden = graph.add("Relu", hidden)
    pairs = graph.add("ReduceSum", pairs, across, keepdims=1)
    parts = graph.add("Concat", first, pairs, hidden, axis=1)
    # The half of the FM's formula is in its weight.
    weights = graph.floats(model.fusion[:, None] * [[1.0], [0.5], [1.0]])
    logit = graph.add("Gemm", parts, weights, graph.floats(np.array([model.bias])))
    graph.add("Squeeze", logit, across, output=LOGIT)


def _checked(graph: _Graph, served: ServedModel) -> onnx.ModelProto:
    n = ["n"]
    inputs = [
        helper.make_tensor_value_info(i.name, _TYPES[i.type], n, doc_string=i.field)
        for i in served.inputs
    ]
    outputs = [helper.make_tensor_value_info(o, TensorProto.FLOAT, n) for o in (LOGIT, SCORE)]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "deepfm", inputs, outputs, graph.constants),
        producer_name="deepfm",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(_ML, ML_OPSET)],
    )
    helper.set_model_props(model, {"inputs": describe(served.inputs)})
    onnx.checker.check_model(model, full_check=True)
    return model
