"""What became of people that the question was asked about earlier."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deepfm.log.engine import engine
from deepfm.log.log import Log
from deepfm.task.examples import with_label
from deepfm.task.plan import Plan, Snapshot
from deepfm.task.question import Question


def closes(question: Question, snapshot: datetime) -> datetime:
    """When all is known of those who were asked about at ``snapshot``."""
    return snapshot + timedelta(days=question.gap_days + question.horizon_days)


def outcome(
    log: Log, question: Question, people: pd.DataFrame, snapshot: datetime
) -> NDArray[np.int8]:
    """Whether each did it after ``snapshot``, by the same rule as in training.

    Args:
        log: a later one, that goes on until ``closes(question, snapshot)`` at least.
        question: of users or pairs.
        people: ``user``, and ``value`` in a question of pairs ``[n]``; those without an event in
            ``log`` did not do it.
        snapshot: when they were listed.

    Returns:
        0 or 1 ``[n]``.
    """
    keys = [name for name in ("user", "value") if name in people.columns]
    plan = Plan(snapshot, (Snapshot(snapshot, 0, "test"),), 0)
    rows = people[keys].assign(
        place=np.arange(len(people)), snapshot=snapshot, offset=0, part="test"
    )
    labelled = with_label(ibis.memtable(rows), log, question, plan, [*keys, "place"], on=keys)
    with engine(log) as embedded:
        found = embedded.to_pandas(labelled.order_by("place"))
    return np.asarray(found["label"], np.int8)
