"""What the model's score would be if one value of a person were another one.

The model's view, not what would happen: the other values of a person would change too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deepfm.fields.encoded import Encoded
from deepfm.fields.fields import FieldSet
from deepfm.prospects.person import now_rows_of
from deepfm.prospects.score import value_texts
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.words import FieldWords, number_text

# Where somebody lives and what day it is cannot be changed by anybody.
_FIXED = ("calendar", "profile")
_MOST_VALUES = 30
_FIRST_VALUE = 2
_FIRST_KNOT = 1


def what_would_change(
    scorer: Scorer,
    examples: Path,
    words: Mapping[str, FieldWords],
    user: str,
    value: str | None = None,
) -> pd.DataFrame:
    """For each changeable field the nearest value that moves a person's score most.

    Nearest values of a number are the next knots below and above it; of an id its most frequent
    values, 30 at most. In the row-by-row question all rows of a person are changed.

    Args:
        scorer: the trained model.
        examples: the run's example frame.
        words: of the fields, by name.
        user: the id.
        value: what the user is paired with, in a question of pairs.

    Returns:
        field, value (own value as text; None where missing), other (the other value as text),
        change (of the logit), probability (calibrated, with the other value); what raises the score
        most first.

    Raises:
        InputError: the user is not on the list.
    """
    rows = now_rows_of(examples, user, value)
    encoded = scorer.fields.encode(rows)
    base = float(scorer.model.logit(encoded).mean())
    found: list[dict[str, Any]] = []
    newest = encoded.take(slice(-1, None))
    for place, name in enumerate(scorer.fields.names):
        own = value_texts(rows[name].iloc[-1:])[0]
        near = {} if words[name].family in _FIXED else _others(scorer.fields, newest, place)
        # What is rounded to the same text is no other value to the reader.
        others = {row: text for row, text in near.items() if text != own}
        if not others:
            continue
        logits = np.array([_logit_with(scorer, encoded, place, row) for row in others])
        best = int(np.argmax(np.abs(logits - base)))
        found.append(
            {
                "field": name,
                "value": own,
                "other": others[list(others)[best]],
                "change": logits[best] - base,
                "probability": float(scorer.calibration.probability(logits[best : best + 1])[0]),
            }
        )
    columns = ["field", "value", "other", "change", "probability"]
    table = pd.DataFrame(found, columns=columns)
    return table.sort_values("change", ascending=False, kind="stable", ignore_index=True)


def _others(fields: FieldSet, newest: Encoded, place: int) -> dict[int, str]:
    """Rows of a field's part of the table that are near the own one, and their values as text."""
    own = int(newest.ids[0, place])
    dense = place - len(fields.sparse)
    if dense < 0:
        values = enumerate(fields.sparse[place].values[:_MOST_VALUES], _FIRST_VALUE)
        return {row: value for row, value in values if row != own}
    knots = fields.dense[dense].knots
    # A number lies at the knot ``own`` or beyond it; a missing one is near the first.
    below = own if newest.fraction[0, dense] > 0 else own - 1
    near = (below, own + 1) if own else (_FIRST_KNOT,)
    rows = [row for row in near if _FIRST_KNOT <= row <= len(knots)]
    return {row: number_text(knots[row - _FIRST_KNOT]) for row in rows}


def _logit_with(scorer: Scorer, encoded: Encoded, place: int, row: int) -> float:
    """The mean logit with the field at ``place`` set to a row of its part of the table."""
    ids, fraction = encoded.ids.copy(), encoded.fraction.copy()
    ids[:, place] = row
    dense = place - len(scorer.fields.sparse)
    if dense >= 0:
        # The last row has no next one to lie before.
        last = scorer.fields.sizes[place] - 1
        ids[:, place], fraction[:, dense] = (row - 1, 1.0) if row == last > 1 else (row, 0.0)
    changed = replace(encoded, ids=ids, fraction=fraction)
    return float(scorer.model.logit(changed).mean())
