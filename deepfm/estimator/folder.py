"""A fitted classifier as a folder of plain files: JSON and arrays, no pickle."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfm.arrays import UNREADABLE
from deepfm.errors import InputError
from deepfm.estimator.columns import place_names
from deepfm.fields.fields import FieldSet
from deepfm.model.scoring import Floats, ScoringModel
from deepfm.prospects.names import FIELDS, TYPICAL, WEIGHTS
from deepfm.prospects.scorer import save_typical
from deepfm.runs.files import write_json
from deepfm.training.progress import Evaluation

VERSION = 1
ESTIMATOR = "estimator.json"


@dataclass(frozen=True)
class Saved:
    """All that a fitted classifier consists of.

    Attributes:
        parameters: of the constructor.
        classes: the two labels ``[2]``.
        columns: how many columns X has.
        names: their names ``[columns]``, where X had any.
        validation_rows: how many rows chose the weights.
        evaluations: the looks at them.
        fields: vocabularies and knots, F fields.
        model: the weights.
        typical: mean row of each field ``[F, k + 1]``.
    """

    parameters: Mapping[str, Any]
    classes: NDArray[Any]
    columns: int
    names: tuple[str, ...] | None
    validation_rows: int
    evaluations: tuple[Evaluation, ...]
    fields: FieldSet
    model: ScoringModel
    typical: Floats


def write(saved: Saved, folder: Path) -> None:
    """Write ``saved`` into ``folder``, which is made where it is absent.

    Raises:
        InputError: the labels or a parameter cannot be written as JSON.
    """
    description = {
        "version": VERSION,
        "parameters": dict(saved.parameters),
        "classes": {"dtype": saved.classes.dtype.str, "values": saved.classes.tolist()},
        "columns": saved.columns,
        "names": saved.names,
        "validation_rows": saved.validation_rows,
        "evaluations": [asdict(evaluation) for evaluation in saved.evaluations],
    }
    try:
        text = json.dumps(description, default=_plain)
    except (TypeError, ValueError) as error:
        raise InputError(
            "The classifier cannot be saved: {reason}. Labels and parameters must be text, "
            "numbers or booleans.",
            reason=str(error),
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    # Written last, so that a folder without it is seen to be incomplete.
    (folder / ESTIMATOR).unlink(missing_ok=True)
    write_json(folder / FIELDS, saved.fields.to_json())
    saved.model.save(folder / WEIGHTS)
    save_typical(saved.typical, folder)
    write_json(folder / ESTIMATOR, json.loads(text))


def _plain(value: Any) -> Any:
    if isinstance(value, np.random.RandomState):
        return None
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays, an index of pandas
        return value.tolist()
    raise TypeError(f"{value!r} is a {type(value).__name__}")


def read(folder: Path, known: Collection[str]) -> Saved:
    """What ``write`` wrote.

    Args:
        folder: as given to ``write``.
        known: names of the constructor's parameters.

    Raises:
        InputError: the folder holds no classifier, is damaged, or a newer version wrote it.
    """
    if not (folder / ESTIMATOR).is_file():
        raise InputError(
            "The folder {folder} holds no saved classifier. Choose one that "
            "DeepFMClassifier.save wrote.",
            folder=folder.name,
        )
    try:
        saved = _read(folder)
    except InputError:
        raise
    except UNREADABLE as error:
        raise _damaged(folder) from error
    names = saved.names or place_names(saved.columns)
    whole = (
        saved.fields.sizes == saved.model.sizes
        and saved.typical.shape == (len(saved.model.sizes), saved.model.dim + 1)
        and len(saved.classes) == 2
        and len(names) == saved.columns
        and sorted(names) == sorted(saved.fields.names)
        and set(saved.parameters) <= set(known)
    )
    if not whole:
        raise _damaged(folder)
    return saved


def _read(folder: Path) -> Saved:
    data = json.loads((folder / ESTIMATOR).read_text(encoding="utf-8"))
    if data["version"] > VERSION:
        raise InputError(
            "The model {name} was written by a newer version. Update the program.",
            name=folder.name,
        )
    with np.load(folder / TYPICAL, allow_pickle=False) as arrays:
        typical = arrays["rows"]
    parameters = data["parameters"]
    return Saved(
        parameters={**parameters, "units": tuple(parameters["units"])},
        classes=np.array(data["classes"]["values"], dtype=data["classes"]["dtype"]),
        columns=data["columns"],
        names=tuple(data["names"]) if data["names"] else None,
        validation_rows=data["validation_rows"],
        evaluations=tuple(Evaluation(**evaluation) for evaluation in data["evaluations"]),
        fields=FieldSet.from_json(json.loads((folder / FIELDS).read_text(encoding="utf-8"))),
        model=ScoringModel.load(folder / WEIGHTS),
        typical=typical,
    )


def _damaged(folder: Path) -> InputError:
    return InputError(
        "The saved classifier {folder} is damaged or incomplete. Save it again.",
        folder=folder.name,
    )
