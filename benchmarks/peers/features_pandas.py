"""The features of benchmarks/features.py as one would write them in pandas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from deepfm.task.plan import Plan, Snapshot
from deepfm.task.question import Question

WINDOWS = (1, 3, 7, 14, 28)


def pandas_features(
    log: Path, plan: Plan, question: Question, actions: Sequence[str], out: Path
) -> None:
    """Write the example frame."""
    events = pd.read_parquet(log)
    frames = [one_snapshot(events, s, question, actions) for s in plan.snapshots]
    pd.concat(frames, ignore_index=True).to_parquet(out, index=False)


def one_snapshot(
    events: pd.DataFrame, snapshot: Snapshot, question: Question, actions: Sequence[str]
) -> pd.DataFrame:
    """Features and labels of one moment."""
    t = snapshot.time
    start = t - timedelta(days=question.lookback_days)
    known = events[(events["time"] >= start) & (events["time"] < t)].copy()
    age = (t - known["time"]) / pd.Timedelta(days=1)
    by_user = known.groupby("user", sort=True)
    frame = pd.DataFrame(index=by_user.size().index)
    frame["days_since_last"] = (t - by_user["time"].max()) / pd.Timedelta(days=1)
    frame["days_since_first"] = (t - by_user["time"].min()) / pd.Timedelta(days=1)
    for action in actions:
        last = known[known["action"] == action].groupby("user")["time"].max()
        frame[f"since:{action}"] = ((t - last) / pd.Timedelta(days=1)).reindex(frame.index)
    known["day"] = np.ceil(age).astype(int)
    for days in WINDOWS:
        inside = known[age <= days]
        users = inside.groupby("user")
        columns = {f"events_{days}d": users.size(), f"active_days_{days}d": users["day"].nunique()}
        for action in actions:
            columns[f"count:{action}:{days}d"] = (
                inside[inside["action"] == action].groupby("user").size()
            )
        if days in WINDOWS[-3:]:
            columns[f"amount_{days}d"] = users["amount"].sum()
        for name, column in columns.items():
            frame[name] = column.reindex(frame.index).fillna(0)
    newest = known.sort_values(["time", "line"]).groupby("user").tail(1).set_index("user")
    for column in ("action", "item", "category", "amount"):
        frame[f"last:{column}"] = newest[column].reindex(frame.index)
    order = known.sort_values(["time", "line"], ignore_index=True)
    order["place"] = order.index
    for column in ("item", "category"):
        counts = order.groupby(["user", column])["place"].agg(["size", "max"]).reset_index()
        frame[f"distinct:{column}"] = counts.groupby("user").size().reindex(frame.index)
        best = counts.sort_values(["size", "max"]).groupby("user").tail(1).set_index("user")
        frame[f"favorite:{column}"] = best[column].reindex(frame.index)
    frame["snapshot"], frame["part"] = t, snapshot.part
    opens = t + timedelta(days=question.gap_days)
    closes = opens + timedelta(days=question.horizon_days)
    later = events[(events["time"] > opens) & (events["time"] <= closes)]
    did = later[later["action"].isin(question.targets)]["user"].unique()
    frame["label"] = np.where(snapshot.part == "now", np.nan, frame.index.isin(did))
    return frame.reset_index()
