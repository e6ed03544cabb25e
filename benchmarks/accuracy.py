"""Our DeepFM beside others on the same rows: ``--help``.

Every model is fitted on the training part, chosen (rounds, weights, strengths) by the AUC of the
validation part, and measured on the test part, which is later. Ends with exit code 1 when ours is
below the best peer DeepFM by more than the tolerance in ``accuracy.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.contestants import BINNED, CONTESTANTS, OURS, PEERS, WITHOUT_CHANCE
from benchmarks.measures import measure
from benchmarks.recipe import CHOSEN, Recipe, bars
from benchmarks.splits import Split, of_files, online_retail, retailrocket

GATE = Path(__file__).with_suffix(".json")
DATA = Path(os.environ.get("DEEPFM_SHARED", Path(__file__).parents[2] / "shared")) / "data"

_LOADERS = {"retailrocket": retailrocket, "online_retail": online_retail}
_MEASURES = ("auc", "group_auc", "log_loss", "seconds")


def main() -> int:
    """Run what is asked for, print the table, check the gate."""
    options = _parser().parse_args()
    rows = _kept(options.keep)
    for split in _splits(options):
        print(_described(split), flush=True)
        recipe = _recipe(options, split.name)
        for name in options.models:
            if name in BINNED and not split.dense:
                continue
            for seed in range(1 if name in WITHOUT_CHANCE else options.seeds):
                if any(_same(row, split.name, name, seed) for row in rows):
                    continue
                rows.append(_run(split, name, recipe, seed))
                _keep(options.keep, rows[-1])
    table = pd.DataFrame(rows)
    print(_printed(table))
    return check(table)


def _run(split: Split, name: str, recipe: Recipe, seed: int) -> dict[str, Any]:
    started = time.perf_counter()
    scores = CONTESTANTS[name](split, recipe, seed)
    seconds = time.perf_counter() - started
    test = measure(split.label("test"), scores["test"], split.group("test"))
    valid = measure(split.label("valid"), scores["valid"], None)
    row = {"data": split.name, "model": name, "seed": seed, **asdict(test)}
    row |= {"seconds": seconds, "valid_auc": valid.auc}
    print({key: round(v, 5) if isinstance(v, float) else v for key, v in row.items()}, flush=True)
    return row


def _described(split: Split) -> str:
    counts = ", ".join(
        f"{part} {len(frame):,} ({split.label(part).mean():.2%} positive)"
        for part, frame in split.parts.items()
    )
    return f"{split.name}: {len(split.sparse)} ids, {len(split.dense)} numbers; {counts}"


def _printed(rows: pd.DataFrame) -> str:
    """Mean and deviation over the seeds, the best AUC of each data set first."""
    groups = rows.groupby(["data", "model"], sort=False)
    mean, deviation = groups[list(_MEASURES)].mean(), groups[list(_MEASURES)].std(ddof=1)
    mean = mean.reset_index().sort_values(["data", "auc"], ascending=[True, False])
    counts = groups.size()
    lines = [
        f"{'data':16}{'model':24}{'seeds':>5}"
        f"{'test AUC':>20}{'group AUC':>20}{'log loss':>20}{'s':>8}"
    ]
    for row in mean.to_dict("records"):
        key = (row["data"], row["model"])
        cells = [_cell(row[m], deviation.loc[key, m]) for m in _MEASURES[:3]]
        lines.append(
            f"{row['data']:16}{row['model']:24}{counts[key]:5}"
            + "".join(f"{cell:>20}" for cell in cells)
            + f"{row['seconds']:8.1f}"
        )
    return "\n".join(lines)


def _cell(mean: float | None, deviation: float) -> str:
    if mean is None or pd.isna(mean):
        return "-"
    return f"{mean:.5f}" if pd.isna(deviation) else f"{mean:.5f} ± {deviation:.5f}"


def check(rows: pd.DataFrame) -> int:
    """The number of data sets on which ours is too low; each verdict is printed."""
    gate = json.loads(GATE.read_text())
    auc = rows.groupby(["data", "model"])["auc"].mean()
    failed = 0
    for data in rows["data"].unique():
        models = auc[data]
        if not {OURS, *PEERS} - set(BINNED) <= set(models.index):
            print(f"{data}: not checked, as ours and both peers are needed")
            continue
        peer = max(models.index.intersection(PEERS), key=lambda name: models[name])
        difference = models[OURS] - models[peer]
        held = difference >= -gate["tolerance"]
        failed += not held
        print(
            f"{data}: {OURS} {difference:+.5f} AUC against {peer}, the best peer: "
            f"{'passed' if held else 'FAILED'} (tolerance {gate['tolerance']})"
        )
        best = models.idxmax()
        if best not in (OURS, *PEERS):
            print(f"{data}: {best} is better than {OURS}, by {models[best] - models[OURS]:.5f} AUC")
    return min(failed, 1)


def _splits(options: argparse.Namespace) -> list[Split]:
    paths = (options.train, options.valid, options.test)
    if any(paths):
        if not all(paths):
            raise SystemExit("--train, --valid and --test go together")
        return [of_files(paths, options.label, options.numbers, options.group)]
    return [_LOADERS[name](DATA) for name in options.data]


def _recipe(options: argparse.Namespace, data: str) -> Recipe:
    if options.preset == "bars":
        return bars(options.l2, options.dropout)
    return CHOSEN.get(data, Recipe())


def _kept(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def _keep(path: Path | None, row: dict[str, Any]) -> None:
    if path is not None:
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def _same(row: dict[str, Any], data: str, model: str, seed: int) -> bool:
    return bool(row["data"] == data and row["model"] == model and row["seed"] == seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", choices=_LOADERS, default=list(_LOADERS))
    parser.add_argument("--models", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0")
    parser.add_argument("--keep", type=Path, help="JSON lines; what stands there is not run again")
    files = parser.add_argument_group("a published split, CSV or libfm")
    for part in ("train", "valid", "test"):
        files.add_argument(f"--{part}", type=Path, metavar="FILE")
    files.add_argument("--label", help="column of a CSV; its first when not given")
    files.add_argument("--numbers", nargs="*", default=[], help="columns of a CSV that are no ids")
    files.add_argument("--group", nargs="*", default=[], help="columns of a CSV for the group AUC")
    parser.add_argument("--preset", choices=("ours", "bars"), default="ours", help="the recipe")
    parser.add_argument("--l2", type=float, default=0.05, help="of bars: Frappe's by default")
    parser.add_argument("--dropout", type=float, default=0.2, help="of bars: Frappe's by default")
    return parser


if __name__ == "__main__":
    sys.exit(main())
