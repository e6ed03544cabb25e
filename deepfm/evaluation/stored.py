"""What an evaluation needs of examples on the disk: scores in batches, and few columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from deepfm.evaluation.baselines import (
    MOST_TRAINING_ROWS,
    columns_of_rule,
    fit_baselines,
    simplest_rule,
)
from deepfm.features.stored import StoredPart
from deepfm.model.scoring import Floats

_EXPLANATORY = ("user", "value", "snapshot", "part", "label", "line")

Parts = Mapping[str, StoredPart]
ByPart = dict[str, Floats]


def stored_baseline_scores(
    parts: Parts, sparse: Sequence[str], dense: Sequence[str], seed: int = 0
) -> dict[str, ByPart]:
    """As ``baseline_scores``, for each part; at most so many validation rows are used, too."""
    train, valid = (parts[part].sample(MOST_TRAINING_ROWS, seed) for part in ("train", "valid"))
    fitted = fit_baselines(train, valid, sparse, dense, seed)
    del train, valid
    found = rule_scores(parts)
    for name, score in fitted.items():
        found[name] = {"train": np.full(len(parts["train"]), np.nan)}
        for part in ("valid", "test", "now"):
            batches = parts[part].batches([*sparse, *dense])
            found[name][part] = np.concatenate([np.zeros(0), *map(score, batches)])
    return found


def rule_scores(parts: Parts) -> dict[str, ByPart]:
    """As ``simplest_rule``, for each part."""
    some = parts["train"]
    frame = pd.read_parquet(some.path, columns=columns_of_rule(some.columns))
    scores = simplest_rule(frame)
    return {
        name: {part: score[rows.first : rows.last] for part, rows in parts.items()}
        for name, score in scores.items()
    }


def known_examples(parts: Parts, sparse: Sequence[str]) -> pd.DataFrame:
    """The examples whose outcome is known, with the columns that ``evaluate`` looks at.

    Texts are categories, as there are few of them beside the rows; the ``sparse`` columns are
    there for the test part only.
    """
    test = parts["test"]
    known = StoredPart(test.path, 0, parts["now"].first)
    told = known.frame([n for n in known.columns if n in _EXPLANATORY], categories=True)
    fields = test.frame([n for n in sparse if n not in told], categories=True)
    fields.index = pd.RangeIndex(test.first, test.last)
    return told.assign(part=told["part"].astype(object)).join(fields)
