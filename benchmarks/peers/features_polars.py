"""The features of benchmarks/features.py as one would write them in Polars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl

from deepfm.task.plan import Plan, Snapshot
from deepfm.task.question import Question

WINDOWS = (1, 3, 7, 14, 28)
DAY = 86_400_000_000


def polars_features(
    log: Path, plan: Plan, question: Question, actions: Sequence[str], out: Path
) -> None:
    """Write the example frame."""
    events = pl.scan_parquet(log)
    frames = [one_snapshot(events, s, question, actions).collect() for s in plan.snapshots]
    pl.concat(frames).write_parquet(out)


def one_snapshot(
    events: pl.LazyFrame, snapshot: Snapshot, question: Question, actions: Sequence[str]
) -> pl.LazyFrame:
    """Features and labels of one moment."""
    t = pl.lit(snapshot.time).cast(pl.Datetime("us"))
    start = snapshot.time - timedelta(days=question.lookback_days)
    known = (
        events.filter((pl.col("time") >= start) & (pl.col("time") < snapshot.time))
        .with_columns(((t - pl.col("time")).dt.total_microseconds() / DAY).alias("age"))
        .with_columns(pl.col("age").ceil().cast(pl.Int32).alias("day"))
        .sort("time", "line")
        .with_row_index("place")
    )
    columns: list[pl.Expr] = [
        pl.col("age").min().alias("days_since_last"),
        pl.col("age").max().alias("days_since_first"),
    ]
    for action in actions:
        mine = pl.col("action") == action
        columns.append(pl.col("age").filter(mine).min().alias(f"since:{action}"))
    for days in WINDOWS:
        inside = pl.col("age") <= days
        columns.append(inside.sum().cast(pl.Float64).alias(f"events_{days}d"))
        columns.append(pl.col("day").filter(inside).n_unique().alias(f"active_days_{days}d"))
        for action in actions:
            both = inside & (pl.col("action") == action)
            columns.append(both.sum().cast(pl.Float64).alias(f"count:{action}:{days}d"))
        if days in WINDOWS[-3:]:
            columns.append(pl.col("amount").filter(inside).sum().alias(f"amount_{days}d"))
    for column in ("action", "item", "category", "amount"):
        columns.append(pl.col(column).last().alias(f"last:{column}"))
    frame = known.group_by("user", maintain_order=False).agg(columns)
    for column in ("item", "category"):
        best = (
            known.group_by("user", column)
            .agg(pl.len().alias("times"), pl.col("place").max().alias("latest"))
            .sort("times", "latest")
            .group_by("user", maintain_order=True)
            .agg(
                pl.len().cast(pl.Float64).alias(f"distinct:{column}"),
                pl.col(column).last().alias(f"favorite:{column}"),
            )
        )
        frame = frame.join(best, on="user", how="left")
    opens = snapshot.time + timedelta(days=question.gap_days)
    closes = opens + timedelta(days=question.horizon_days)
    did = (
        events.filter((pl.col("time") > opens) & (pl.col("time") <= closes))
        .filter(pl.col("action").is_in(list(question.targets)))
        .select("user", pl.lit(1.0).alias("did"))
        .unique()
    )
    label = pl.lit(None) if snapshot.part == "now" else pl.col("did").fill_null(0.0)
    return (
        frame.join(did, on="user", how="left")
        .with_columns(
            label.cast(pl.Float64).alias("label"),
            t.alias("snapshot"),
            pl.lit(snapshot.part).alias("part"),
        )
        .drop("did")
    )
