"""The lists of the simpler ways, for when one of them beats DeepFM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from deepfm.evaluation.calibration import Calibration
from deepfm.evaluation.verdict import OURS, model_in
from deepfm.model.scoring import Floats
from deepfm.prospects.names import BASELINES, PROSPECTS
from deepfm.prospects.people import PAIRED, People, person_keys, sorted_by_person
from deepfm.prospects.ranking import best_first, ranked, write_ranking
from deepfm.whole import whole


def save_baselines(now: pd.DataFrame, scores: Mapping[str, Floats], path: Path) -> None:
    """Write each person's score in each simpler way, higher is likelier.

    Args:
        now: the rows of part "now": ``user``, and ``value`` in a question of pairs ``[n]``;
            several rows of a person count with their mean.
        scores: by name of the way ``[n]``.
        path: Parquet with ``user`` (ascending), ``value`` if there is one, and a DOUBLE column a
            way.
    """
    rows = sorted_by_person(now[person_keys(now.columns)].assign(**scores))
    people = People.of(rows)
    means = {name: people.mean(rows[name].to_numpy()) for name in scores}
    who = {"user": people.users}
    if people.values is not None:
        who[PAIRED] = people.values
    with whole(path) as draft:
        pd.DataFrame({**who, **means}).to_parquet(draft, index=False)


def rankings(folder: Path, evaluation: Mapping[str, Any]) -> list[str]:
    """Names of the ways that a run can list its people by, DeepFM first.

    Args:
        folder: of the run.
        evaluation: its evaluation.json; runs of before the simpler ways were calibrated have
            DeepFM's list only.
    """
    if not (folder / BASELINES).is_file():
        return [OURS]
    others = [m["name"] for m in evaluation["models"] if "calibration" in m]
    return [OURS, *(name for name in others if name != OURS)]


def ranking(folder: Path, evaluation: Mapping[str, Any], name: str) -> Path:
    """The list of one way, as ``deepfm.prospects.ranking.ranked`` has it.

    That of a simpler way is made when it is first asked for. Its logit is the calibrated one, and
    it knows no reasons.

    Args:
        folder: of the run.
        evaluation: its evaluation.json.
        name: from ``rankings``.
    """
    if name == OURS:
        return folder / PROSPECTS
    path = folder / f"prospects-{name}.parquet"
    if not path.is_file():
        calibration = Calibration.from_json(model_in(evaluation, name)["calibration"])
        write_ranking(_ranked_by(folder, name, calibration), path)
    return path


def _ranked_by(folder: Path, name: str, calibration: Calibration) -> pd.DataFrame:
    scores = pd.read_parquet(folder / BASELINES)
    seen = pd.read_parquet(folder / PROSPECTS, columns=["user", "last_seen"])
    logit = calibration.a * scores[name].to_numpy() + calibration.b
    order = best_first(logit)
    people = People.of(scores).take(order)[0]
    last_seen = seen.drop_duplicates("user").set_index("user")["last_seen"]
    probability = calibration.probability(scores[name].to_numpy()[order])
    return ranked(people, logit[order], probability, last_seen)
