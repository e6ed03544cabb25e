"""Write a trained model for other programs to serve."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal, get_args

from deepfm.errors import InputError
from deepfm.fields.fields import FieldSet
from deepfm.model.scoring import ScoringModel
from deepfm.serving.inputs import ServedInput
from deepfm.serving.served import ServedModel
from deepfm.whole import settle_all, whole

Format = Literal["saved_model", "onnx"]
FORMATS: tuple[Format, ...] = get_args(Format)


def export(
    fields: FieldSet, model: ScoringModel, path: Path | str, format: Format = "saved_model"
) -> tuple[ServedInput, ...]:
    """Write a model that takes raw columns and gives logit and score.

    Its inputs are tensors ``[n]``, one a field: text for ids, doubles for numbers. Vocabularies and
    knots are inside. Its outputs ``logit`` and ``score`` (the logit's sigmoid) are float32 ``[n]``,
    computed in single precision but for the knots: within 1e-5 of
    ``sigmoid(model.logit(fields.encode(frame)))``, where ``""`` stands for a missing id.

    - ``"saved_model"``: a folder for TensorFlow, signature ``serving_default``.
    - ``"onnx"``: a file for any ONNX runtime (operators of version 17, ai.onnx.ml of version 3).

    Args:
        fields: vocabularies and knots.
        model: trained on these fields.
        path: a new or empty folder, or a file, which is replaced.
        format: ``"saved_model"`` or ``"onnx"``.

    Returns:
        The inputs; the export describes them too (see ``ServedInput``).

    Raises:
        InputError: the format is unknown, ``path`` cannot be written to, or the model is larger
            than the format allows.
        ValueError: fields and model do not belong together.
    """
    if format not in FORMATS:
        raise InputError(
            "The format {format} is unknown. Use saved_model or onnx.", format=str(format)
        )
    path = Path(path).absolute()
    served = ServedModel.of(fields, model)
    if format == "onnx":
        _check_file(path)
        from deepfm.serving.onnx_model import write_onnx

        with whole(path) as draft:
            write_onnx(served, draft)
    else:
        _check_folder(path)
        from deepfm.serving.saved_model import write_saved_model

        draft = path.with_name(f".{path.name}.draft")
        if draft.exists():
            shutil.rmtree(draft)
        write_saved_model(served, draft)
        settle_all(draft)
        if path.exists():
            path.rmdir()
        draft.rename(path)
    return served.inputs


def _check_file(path: Path) -> None:
    _check_parent(path)
    if path.is_dir():
        raise InputError("{name} is a folder. Give the name of a file.", name=path.name)


def _check_folder(path: Path) -> None:
    _check_parent(path)
    if path.exists() and not path.is_dir():
        raise InputError("{folder} is a file. Choose a new folder.", folder=str(path))
    if path.is_dir() and any(path.iterdir()):
        raise InputError("The folder {folder} is not empty. Choose a new one.", folder=str(path))


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise InputError(
            "There is no folder {folder}. Make it, or choose another.", folder=str(path.parent)
        )
