"""DeepFM and the simpler ways on real logs, from the raw file to the test part: ``--help``.

Each log is read as the page would read it and asked the page's default question: Taobao about the
next day, Online Retail about the next 30 days, the made-up demo log about the next 7. Every number
is of the test part, which is later than all that was learned from, with a 95 % interval from a
bootstrap that draws whole users. ``difference`` is DeepFM's AUC minus that of the other on the same
draws: where its interval holds 0, the log does not tell which is better.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from deepfm.evaluation import metrics
from deepfm.evaluation.baselines import baseline_scores
from deepfm.evaluation.bootstrap import interval, resample
from deepfm.evaluation.verdict import MODEL_NAMES
from deepfm.log.demo import write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.source.source import open_source
from deepfm.model.scoring import Floats
from deepfm.prospects.scorer import Scorer
from deepfm.runs.create import create_run
from deepfm.runs.job import carry_out
from deepfm.task.question import default_question
from deepfm.training.settings import preset

DATA = Path(os.environ.get("DEEPFM_SHARED", Path(__file__).parents[2] / "shared")) / "data"
LOGS = {
    "taobao": "taobao_userbehavior/UserBehavior.csv",
    "online_retail": "online_retail/online_retail.csv.gz",
    "demo": None,
}
# Of logs whose times are seconds since 1970, where the people live.
TIME_ZONES = {"taobao": "Asia/Shanghai"}
SHARE = 0.1
MEASURES = {"auc": "AUC", "average_precision": "PR-AUC", "lift_10": "lift at 10%"}


def take(name: str, folder: Path) -> Log:
    """The log, as the page reads it."""
    path = write_demo(folder / "demo.csv").path if LOGS[name] is None else DATA / str(LOGS[name])
    source = open_source(path)
    mapping = guess_mapping(source)
    if name in TIME_ZONES:
        mapping = replace(mapping, time_zone=TIME_ZONES[name])
    return take_in(source, mapping, folder / "log")


def scores_of(log: Log, folder: Path, chosen: str, seeds: int) -> tuple[pd.DataFrame, dict]:
    """The rows of the test part, and each model's scores of them."""
    question = default_question(log)
    print(question.sentence().text())
    found: dict[str, Floats] = {}
    for seed in range(seeds):
        settings = replace(preset(chosen), seed=seed)
        run = create_run(folder / f"run-{seed}", log, question, settings)
        carry_out(run.folder)
        frame = pd.read_parquet(run.examples)
        scorer = Scorer.open(run.folder)
        test = frame[frame["part"] == "test"].reset_index(drop=True)
        name = "DeepFM" if seeds == 1 else f"DeepFM, seed {seed}"
        found[name] = scorer.model.logit(scorer.fields.encode(test))
    sparse = [field.name for field in scorer.fields.sparse]
    dense = [field.name for field in scorer.fields.dense]
    known = frame[frame["part"] != "now"]
    for key, scores in baseline_scores(known, sparse, dense).items():
        found[MODEL_NAMES[key].text()] = scores[(known["part"] == "test").to_numpy()]
    return test, found


def measured(test: pd.DataFrame, scores: Mapping[str, Floats]) -> pd.DataFrame:
    """Every measure of every model with its interval, and the first one's lead in AUC."""
    label = test["label"].to_numpy(np.int64)
    draws = resample(label, scores, test["user"].to_numpy(object), (SHARE,))
    first = next(iter(scores))
    rows = []
    for model, score in scores.items():
        values = {
            "auc": metrics.auc(label, score),
            "average_precision": metrics.average_precision(label, score),
            "lift_10": metrics.lift_at(label, score, SHARE),
        }
        row = {
            title: with_interval(values[name], draws[model][name])
            for name, title in MEASURES.items()
        }
        lead = metrics.auc(label, scores[first]) - values["auc"]
        leads = draws[first]["auc"] - draws[model]["auc"]
        rows.append(
            {"": model, **row, "difference": "" if model == first else with_interval(lead, leads)}
        )
    return pd.DataFrame(rows)


def with_interval(value: float, draws: Floats) -> str:
    """A number, and the middle 95 % of it over the draws."""
    low, high = interval(draws)
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    """Print a table for each log."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs", nargs="*", default=list(LOGS), help=f"of {', '.join(LOGS)}")
    parser.add_argument("--preset", default="standard", help="quick, standard or thorough")
    parser.add_argument("--seeds", type=int, default=1, help="how often DeepFM is trained")
    options = parser.parse_args()
    for name in options.logs:
        if LOGS[name] is not None and not (DATA / str(LOGS[name])).exists():
            print(f"{name}: {DATA / str(LOGS[name])} is not here")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            print(f"\n{name}")
            folder = Path(scratch)
            log = take(name, folder)
            test, scores = scores_of(log, folder, options.preset, options.seeds)
            did = int(test["label"].sum())
            print(f"{len(test):,} people in the test part, {did:,} of them did it\n")
            print(measured(test, scores).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
