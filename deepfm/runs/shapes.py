"""What stands in the smaller files of a run, as who reads them relies on it."""

from __future__ import annotations

from deepfm.evaluation.verdict import MODEL_NAMES, OURS
from deepfm.prospects.names import PROSPECTS
from deepfm.shape import MOST, Between, Each, Maybe, OneOf

_USE = dict.fromkeys(("events", "users", "values", "pairs"), int)
LOG_ENTRY = {
    "place": OneOf(("home", "run", "path")),
    "name": str,
    "fingerprint": str,
    "mapping": {
        "user": str,
        "time": str,
        **dict.fromkeys(("item", "action", "amount"), Maybe(str)),
        **dict.fromkeys(("categories", "numbers", "time_parts"), Maybe([str])),
        "action_names": Maybe([(str, str)]),
        "time_zone": str,
        "only_action": str,
        "day_first": Maybe(bool),
        "excel_times": Maybe(bool),
        "hash_users": Maybe(bool),
    },
    "mends": {
        "drop_duplicates": bool,
        "leave_out": [str],
        "since": Maybe(str),
        "until": Maybe(str),
        "random_actions": Maybe(int),
    },
    "actions": Each(int),
    # Runs of before do not have it.
    "columns": Maybe(Each(_USE)),
    "rows": int,
    "users": int,
}
FEATURES = {
    "features": [
        {"name": str, "label": dict, "kind": OneOf(("sparse", "dense")), "family": str, "unit": str}
    ],
    "reason": Maybe(str),
}
TRIAL = {
    "number": int,
    "values": {
        **dict.fromkeys(("units", "fusion"), str),
        **dict.fromkeys(("dim", "batch_size"), int),
        **dict.fromkeys(("dropout", "learning_rate", "l2"), float),
    },
    "auc": Maybe(float),
    "state": OneOf(("done", "pruned", "failed")),
    "seconds": float,
}
HANDOUT = {
    "ranking": OneOf([PROSPECTS, *(f"prospects-{n}.parquet" for n in MODEL_NAMES if n != OURS)]),
    "filter": dict,
    "limit": Maybe(Between(1, MOST)),
    "hold_out": Between(0, 0.99),
    "seed": int,
}
SPREAD = Each([int])
