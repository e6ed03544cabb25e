"""A small scorer and its people, made without training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.evaluation.calibration import Calibration
from deepfm.explanation.contributions import typical_rows
from deepfm.features.stored import StoredPart, stored_parts
from deepfm.fields.fields import FieldSet
from deepfm.language import Sentence
from deepfm.model.scoring import ScoringModel
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.words import FieldWords

DIM = 3


@pytest.fixture
def rows() -> pd.DataFrame:
    """400 people with one row each, some ids dangerous in a spreadsheet."""
    rng = np.random.default_rng(5)
    users = [f"u{i:04d}" for i in range(394)]
    users += ["=1+1", "+8613", "-5", "@me", "123456789012345678", "小明"]
    return pd.DataFrame(
        {
            "user": users,
            "city": rng.choice(["=cmd|' /C calc'!A0", "北京", "Wuhan", None], 400),
            "part_of_day": rng.choice(["morning", "night"], 400),
            "days": np.where(rng.random(400) < 0.2, np.nan, rng.exponential(9, 400)),
        }
    )


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[pd.DataFrame], StoredPart]:
    """Rows on the disk, as part "now" of the examples."""

    def write(rows: pd.DataFrame) -> StoredPart:
        path = tmp_path / "examples.parquet"
        rows.assign(part="now").to_parquet(path, index=False, row_group_size=150)
        return stored_parts(path)["now"]

    return write


@pytest.fixture
def scorer(rows: pd.DataFrame) -> Scorer:
    fields = FieldSet.fit(rows, ["city", "part_of_day"], ["days"], min_count=1, knots=6)
    rng = np.random.default_rng(6)
    model = ScoringModel(
        sizes=fields.sizes,
        dense_fields=1,
        table=rng.normal(size=(sum(fields.sizes), DIM + 1)),
        kernels=(rng.normal(size=(3 * DIM, 8)), rng.normal(size=(8, 1))),
        biases=(rng.normal(size=8), rng.normal(size=1)),
        fusion=np.array([1.0, 0.7, 1.3]),
        bias=-1.0,
    )
    return Scorer(fields, model, typical_rows(model, fields.encode(rows)), Calibration(0.8, -0.5))


@pytest.fixture
def seen(rows: pd.DataFrame) -> pd.Series:
    return pd.Series(pd.Timestamp("2026-11-24 15:03:12"), index=rows["user"])


@pytest.fixture
def words() -> Mapping[str, FieldWords]:
    fields = (
        FieldWords("city", Sentence("Last: {what}", what="city"), "sparse", "taste", ""),
        FieldWords("part_of_day", Sentence("Part of the day"), "sparse", "calendar", ""),
        FieldWords("days", Sentence("Days since the last event"), "dense", "recency", "days"),
    )
    return {field.name: field for field in fields}
