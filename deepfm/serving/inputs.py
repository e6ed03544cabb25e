"""What a served model takes: one input a field, under a name that every format accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from deepfm.fields.fields import FieldSet, SparseField

LOGIT = "logit"
SCORE = "score"

# TensorFlow calls a signature as a method, with the inputs' names as keywords.
_TAKEN = (LOGIT, SCORE, "self")
_NO_IDENTIFIER = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class ServedInput:
    """One input, a tensor ``[n]``.

    Attributes:
        field: the field's name, which is the column's name.
        name: the input's name.
        type: text for an id, a double for a number.
        missing: the text that stands for a missing id, as no format has null texts; for a number
            "NaN", and infinities are missing too.
    """

    field: str
    name: str
    type: Literal["string", "float64"]
    missing: str


def served_inputs(fields: FieldSet) -> tuple[ServedInput, ...]:
    """The inputs ``[F]``, in the order of the fields."""
    names = input_names(fields.names)
    split = len(fields.sparse)
    return (
        *(
            ServedInput(field.name, name, "string", missing_text(field))
            for field, name in zip(fields.sparse, names[:split], strict=True)
        ),
        *(
            ServedInput(field.name, name, "float64", "NaN")
            for field, name in zip(fields.dense, names[split:], strict=True)
        ),
    )


def input_names(fields: Sequence[str]) -> tuple[str, ...]:
    """A distinct identifier for each field, its own name where that is one.

    ONNX wants C90 identifiers, TensorFlow a letter or digit first. All that is no ASCII letter or
    digit becomes an underscore, a name without a letter in front gets ``field_`` before it, and a
    name that is taken, in capitals or not, a number behind it: ``since:cart`` is ``since_cart``.
    """
    given: list[str] = []
    taken = set(_TAKEN)
    for field in fields:
        plain = _NO_IDENTIFIER.sub("_", field).strip("_")
        if not plain[:1].isalpha():
            plain = f"field_{plain}".rstrip("_")
        name, number = plain, 1
        while name.lower() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.lower())
        given.append(name)
    return tuple(given)


def missing_text(field: SparseField) -> str:
    """The empty text, or ``<missing>`` where the empty text is one of the field's values."""
    text = ""
    while text in field.values:
        text = f"<{text or 'missing'}>"
    return text


def describe(inputs: Sequence[ServedInput]) -> str:
    """The inputs as JSON, for the programs that call the model."""
    entries = [
        {"field": one.field, "input": one.name, "type": one.type, "missing": one.missing}
        for one in inputs
    ]
    return json.dumps(entries, ensure_ascii=False)
