"""How far the people of a later log are from those that a run was trained on."""

from __future__ import annotations

from deepfm.evaluation.drift import FieldDrift, drift, spread
from deepfm.features.stored import StoredPart, stored_parts
from deepfm.fields.fields import FieldSet
from deepfm.prospects.scorer import Scorer
from deepfm.runs import shapes
from deepfm.runs.files import parse_json
from deepfm.runs.run import Run
from deepfm.shape import checked

SPREAD = "spread.json"


def training_spread(run: Run) -> dict[str, list[int]]:
    """What the training's examples were like, as from ``deepfm.evaluation.drift.spread``.

    A run that borrows its model keeps it as spread.json; of others it is computed.
    """
    if (run.folder / SPREAD).is_file():
        kept: dict[str, list[int]] = parse_json(
            run.folder / SPREAD, lambda data: checked(shapes.SPREAD, data)
        )
        return kept
    fields = Scorer.open(run.folder).fields
    return _spread(fields, stored_parts(run.examples)["train"])


def drifted(run: Run, rows: StoredPart) -> list[FieldDrift]:
    """The drift of each field between the training and ``rows`` of a later log."""
    fields = Scorer.open(run.folder).fields
    now = _spread(fields, rows)
    return drift(training_spread(run), now, [field.name for field in fields.sparse])


def _spread(fields: FieldSet, rows: StoredPart) -> dict[str, list[int]]:
    return spread(fields, (fields.encode(batch) for batch in rows.batches(fields.names)))
