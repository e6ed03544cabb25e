from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from deepfm.features.stored import StoredPart
from deepfm.prospects.score import score_list
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.scores import score_rows

Stored = Callable[[pd.DataFrame], StoredPart]


def test_scores_are_in_the_order_of_the_rows(
    scorer: Scorer, rows: pd.DataFrame, stored: Stored
) -> None:
    encoded = scorer.fields.encode(rows)
    found = score_rows(scorer.fields, scorer.model, stored(rows))
    np.testing.assert_allclose(found.logit, scorer.model.logit(encoded))
    np.testing.assert_allclose(found.vector, scorer.model.vector(encoded))


def test_nobody_has_no_scores(scorer: Scorer, rows: pd.DataFrame, stored: Stored) -> None:
    found = score_rows(scorer.fields, scorer.model, stored(rows.head(0)))
    assert [array.shape for array in found] == [(0,), (0, scorer.model.dim)]


def test_a_list_of_known_scores_is_the_same_file(
    scorer: Scorer, rows: pd.DataFrame, stored: Stored, seen: pd.Series, tmp_path: Path
) -> None:
    part = stored(rows)
    scores = score_rows(scorer.fields, scorer.model, part)
    for name, known in (("own", None), ("known", scores)):
        (tmp_path / name).mkdir()
        score_list(scorer, part, seen, tmp_path / name, scores=known)
    for file in ("prospects.parquet", "contributions.parquet", "vectors.npy"):
        own, known = ((tmp_path / name / file).read_bytes() for name in ("own", "known"))
        assert own == known


def test_what_the_workers_of_a_cluster_import_needs_no_more_than_they_have() -> None:
    code = (
        "import sys, deepfm.prospects.scores, deepfm.fields.on_cluster\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = set(ended.stdout.split())
    assert {"deepfm", "numpy", "pandas", "pyarrow"} <= found
    assert not {"duckdb", "ibis", "scipy", "sklearn", "keras", "tensorflow", "pyspark"} & found
