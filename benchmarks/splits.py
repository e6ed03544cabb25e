"""The data sets: three parts of each, cut by time, and which columns are fields."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.source.source import open_source
from deepfm.runs.create import choose_features
from deepfm.runs.pipeline import chosen_features, constant_columns
from deepfm.task.question import default_question

PARTS = ("train", "valid", "test")
LABEL = "label"

_CHOSEN_ON = 0.15

# Left out of the RetailRocket features, for every model:
# - What was counted over all of the user's visits in the training months, the visit in question
#   included: no training example with user_cat_hist = 0 has y = 1, in the later file 2.8 % of them
#   have. (The same table says user_total_sessions >= 1 in one file, >= 0 in the other.)
_KNOWS_THE_ANSWER = (
    "user_cat_hist",
    "log_user_cat_hist",
    "user_cat_sessions",
    "user_total_sessions",
    "user_avg_session_dur",
)
# - Vectors of the category, probably fitted on the later months too.
_KNOWS_THE_FUTURE = tuple(f"cat_emb_{place}" for place in range(16))
# - Logarithms of columns that are there.
_TWICE = ("log_recency", "log_cat_pop")
_NEVER = 999_999


@dataclass(frozen=True)
class Split:
    """A data set.

    Attributes:
        name: for the table.
        parts: by name, frames with ``label``, the fields and perhaps ``group``.
        sparse, dense: names of the id columns and of the number columns.
    """

    name: str
    parts: Mapping[str, pd.DataFrame]
    sparse: tuple[str, ...]
    dense: tuple[str, ...]

    def label(self, part: str) -> NDArray[np.int64]:
        """``[n]``, 0 or 1."""
        return self.parts[part][LABEL].to_numpy(np.int64)

    def group(self, part: str) -> NDArray[np.int64] | None:
        """Numbers of the groups ``[n]`` within which people choose; None where there are none."""
        frame = self.parts[part]
        return frame["group"].to_numpy(np.int64) if "group" in frame else None


def retailrocket(data: Path) -> Split:
    """Which category goes into the cart next: fit on 85 % by time, choose on 15 %, test later."""
    folder = data / "retailrocket_features"
    known = pd.read_parquet(folder / "X_train.parquet").sort_values("atc_ts", kind="stable")
    later = pd.read_parquet(folder / "X_valid.parquet")
    border = known["atc_ts"].iloc[int(len(known) * (1 - _CHOSEN_ON))]
    parts = {
        "train": known[known["atc_ts"] < border],
        "valid": known[known["atc_ts"] >= border],
        "test": later,
    }
    left_out = {*_KNOWS_THE_ANSWER, *_KNOWS_THE_FUTURE, *_TWICE, "session_id", "atc_ts", "y"}
    sparse = ("category_id", "hour_of_day", "day_of_week", "is_weekend")
    dense = tuple(name for name in later.columns if name not in {*left_out, *sparse})
    return Split(
        "retailrocket", {name: _retailrocket_part(p) for name, p in parts.items()}, sparse, dense
    )


def _retailrocket_part(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        **{LABEL: frame["y"]},
        group=frame.groupby(["session_id", "atc_ts"]).ngroup(),
        recency_sec=frame["recency_sec"].where(frame["recency_sec"] != _NEVER),
    )


def online_retail(data: Path) -> Split:
    """Who buys again within 30 days: the snapshot examples that the command line would make."""
    source = open_source(data / "online_retail" / "online_retail.csv.gz")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = take_in(source, guess_mapping(source), folder / "log")
        question = default_question(log)
        names = [f.name for f in choose_features(feature_catalogue(log, question), None)]
        chosen, computed = chosen_features(log, question, names)
        write_examples(log, question, computed, folder / "examples.parquet")
        frame = pd.read_parquet(folder / "examples.parquet")
    parts = {part: frame[frame["part"] == part] for part in PARTS}
    constant = constant_columns(parts["train"], names)
    kept = [feature for feature in chosen if feature.name not in constant]
    return Split(
        "online_retail",
        parts,
        tuple(f.name for f in kept if f.kind == "sparse"),
        tuple(f.name for f in kept if f.kind == "dense"),
    )


def of_files(
    paths: Sequence[Path],
    label: str | None = None,
    numbers: Sequence[str] = (),
    group: Sequence[str] = (),
) -> Split:
    """A published split.

    Args:
        paths: the training, the validation and the test file, all CSV (``.csv`` in the name) or
            all libfm (``label id:1 id:1 ...``, one id a field in the same order on every line).
        label: name of the label in a CSV; its first column when not given.
        numbers: columns of a CSV that are numbers; all others are ids.
        group: columns of a CSV within whose values the group AUC is taken; no fields.
    """
    frames = [_csv(p, label, group) if ".csv" in p.name else _libfm(p) for p in paths]
    fields = [name for name in frames[0].columns if name not in {LABEL, "group", *group}]
    return Split(
        paths[-1].parent.name or "files",
        dict(zip(PARTS, frames, strict=True)),
        tuple(name for name in fields if name not in numbers),
        tuple(name for name in fields if name in numbers),
    )


def _csv(path: Path, label: str | None, group: Sequence[str]) -> pd.DataFrame:
    frame = pd.read_csv(path)
    name = label or str(frame.columns[0])
    frame = frame.rename(columns={name: LABEL})
    return frame.assign(group=frame.groupby(list(group)).ngroup()) if group else frame


def _libfm(path: Path) -> pd.DataFrame:
    """Field ``i`` is the id of the ``i``-th pair; a label above 0 is a 1.

    Raises:
        ValueError: when a value is not 1, or lines differ in their number of pairs.
    """
    raw = pd.read_csv(path, sep=" ", header=None, dtype=str)
    columns: dict[str, Any] = {LABEL: (raw[0].astype(float) > 0).astype(np.int64)}
    for place in range(1, raw.shape[1]):
        pair = raw[place].str.split(":", n=1, expand=True)
        if raw[place].isna().any() or pair.shape[1] != 2 or (pair[1].astype(float) != 1).any():
            raise ValueError(f"{path}: pair {place} of a line is not 'id:1'")
        columns[f"field_{place}"] = pair[0]
    return pd.DataFrame(columns)
