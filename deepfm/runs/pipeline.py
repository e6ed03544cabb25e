"""The whole way from a log to an explained list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

from deepfm.errors import InputError
from deepfm.evaluation.baselines import baseline_scores, simplest_rule
from deepfm.evaluation.report import evaluate
from deepfm.evaluation.verdict import model_in
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.feature import Feature
from deepfm.features.frame import write_examples
from deepfm.features.guards import find_shift, leaks
from deepfm.features.strength import feature_strengths
from deepfm.fields.encoded import Encoded
from deepfm.fields.fields import FieldSet
from deepfm.language import Sentence, listed
from deepfm.log.engine import engine_name
from deepfm.log.log import Log
from deepfm.model.scoring import ScoringModel
from deepfm.prospects import names as files
from deepfm.prospects.baselines import save_baselines
from deepfm.prospects.people import last_seen
from deepfm.prospects.score import score_list
from deepfm.prospects.scorer import Scorer
from deepfm.runs import progress as stages
from deepfm.runs.create import choose_features
from deepfm.runs.engine import engine_address
from deepfm.runs.files import write_json
from deepfm.runs.limits import check_examples, limits
from deepfm.runs.places import places
from deepfm.runs.process import stop_requested
from deepfm.runs.progress import Progress
from deepfm.runs.run import ENGINE, REFERENCES, Run
from deepfm.runs.train import Data, train
from deepfm.task.examples import check_enough
from deepfm.task.history import log_now
from deepfm.task.plan import PARTS, make_plan
from deepfm.task.question import Question
from deepfm.whole import whole


class StoppedEarly(Exception):  # noqa: N818 - not an error
    """The analyst stopped the run before there was a model to keep."""


def run(run: Run, progress: Progress) -> None:
    """Compute features, train, evaluate, explain and list; every result is written to the folder.

    When a stop is requested while training, the rest is done with the best weights so far.

    Raises:
        InputError: the data cannot answer the question.
        StoppedEarly: a stop was requested before the training.
    """
    where = places()
    log = run.log()
    data = _prepare(run, log, progress)
    model = train(run, data, progress, where)
    _evaluate(run, data, model, progress)
    _list(run, log, data, progress)


def chosen_features(
    log: Log, question: Question, names: Sequence[str]
) -> tuple[tuple[Feature, ...], tuple[Feature, ...]]:
    """The named features, and these with those that they are computed from."""
    catalogue = feature_catalogue(log, question)
    chosen = choose_features(catalogue, names)
    wanted = {f.name for f in chosen} | {name for f in chosen for name in f.needs}
    return chosen, tuple(f for f in catalogue if f.name in wanted)


def _prepare(run: Run, log: Log, progress: Progress) -> Data:
    progress.enter(stages.FEATURES)
    question = run.question
    chosen, computed = chosen_features(log, question, list(run.words))
    if question.kind != "event":
        check_examples(log.users, len(make_plan(question, log).snapshots))
    if not run.examples.is_file():
        address = engine_address()
        with whole(run.examples) as draft:
            write_examples(log, question, computed, draft, address=address)
            write_json(run.folder / ENGINE, {"engine": engine_name(address)})
    _check_stop(run)
    progress.enter(stages.FIELDS)
    frame = pd.read_parquet(run.examples)
    notes = [*log.mends.sentences(), *check_enough(_counts(frame))]
    write_json(run.folder / REFERENCES, _references(frame))
    train = frame[frame["part"] == "train"]
    constant = constant_columns(train, [feature.name for feature in chosen])
    kept = [feature for feature in chosen if feature.name not in constant]
    if not kept:
        raise InputError("Every feature has the same value for everyone. Choose other features.")
    settings = run.settings
    fields = FieldSet.fit(
        train,
        [f.name for f in kept if f.kind == "sparse"],
        [f.name for f in kept if f.kind == "dense"],
        min_count=settings.min_count,
        max_values=limits().values,
        knots=settings.knots,
    )
    write_json(run.folder / files.FIELDS, {**fields.to_json(), "constant": constant})
    if constant:
        notes.append(_constant_note(run, constant))
    notes += _guard(run, frame, kept)
    progress.change(notes=(*progress.status.notes, *notes))
    encoded: dict[str, Encoded] = {
        part: fields.encode(frame[frame["part"] == part]) for part in PARTS if part != "now"
    }
    _check_stop(run)
    return Data(frame, fields, encoded)


def _guard(run: Run, frame: pd.DataFrame, features: Sequence[Feature]) -> list[Sentence]:
    """Refuse a feature that holds the answer; say what else should make one careful."""
    train, valid = (frame[frame["part"] == part] for part in ("train", "valid"))
    notes = []
    for leak in leaks(feature_strengths(train, valid, features), features):
        if leak.blocks and run.reason is None:
            raise InputError.of(leak.sentence())
        notes.append(
            Sentence(
                "The feature {name} is kept, though it tells the outcome by itself: {reason}",
                name=leak.feature.label,
                reason=run.reason,
            )
            if leak.blocks
            else leak.sentence()
        )
    shift = find_shift(frame, features, run.settings.seed)
    return notes if shift is None else [*notes, shift.sentence(), *shift.fields]


def constant_columns(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Those of ``names`` with one value only; a missing value counts as one."""
    return [name for name in names if frame[name].nunique(dropna=False) <= 1]


def _constant_note(run: Run, constant: Sequence[str]) -> Sentence:
    return Sentence(
        "{count} features are left out, because they are the same for everyone: {names}.",
        count=len(constant),
        names=listed([run.words[name].label for name in constant]),
    )


def _counts(frame: pd.DataFrame) -> pd.DataFrame:
    """As ``count_examples``, from examples that are there already."""
    counts = frame.groupby("part")["label"].agg(["size", "sum"]).astype(int)
    counts = counts.reindex([part for part in PARTS if part != "now"], fill_value=0)
    return pd.DataFrame(
        {"part": counts.index, "did": counts["sum"], "did_not": counts["size"] - counts["sum"]}
    )


def _references(frame: pd.DataFrame) -> dict[str, Any]:
    """As ``Run.references``."""
    valid = (frame["part"] == "valid").to_numpy()
    label = frame.loc[valid, "label"].to_numpy(np.int64)
    rate = float(label.mean())
    ((rule, scores),) = simplest_rule(frame).items()
    return {
        "rule": rule,
        "auc": float(roc_auc_score(label, scores[valid])),
        "loss": float(log_loss(label, np.full(len(label), rate), labels=[0, 1])),
        "base_rate": rate,
    }


def _evaluate(run: Run, data: Data, model: ScoringModel, progress: Progress) -> None:
    progress.enter(stages.EVALUATION)
    sparse = [field.name for field in data.fields.sparse]
    dense = [field.name for field in data.fields.dense]
    baselines = baseline_scores(data.frame, sparse, dense, run.settings.seed)
    progress.within(0.9)
    now = (data.frame["part"] == "now").to_numpy()
    past = data.frame[~now]
    logit = np.zeros(len(past))
    for part, encoded in data.encoded.items():
        logit[(past["part"] == part).to_numpy()] = model.logit(encoded)
    known = {name: scores[~now] for name, scores in baselines.items()}
    evaluation = evaluate(past, sparse, dense, logit, known)
    write_json(run.folder / files.EVALUATION, evaluation)
    ahead = {name: scores[now] for name, scores in baselines.items()}
    save_baselines(data.frame[now], ahead, run.baselines)
    progress.change(auc=model_in(evaluation)["auc"])


def _list(run: Run, log: Log, data: Data, progress: Progress) -> None:
    progress.enter(stages.EXPLANATION)
    seen = last_seen(log, log_now(log, run.question.as_of))

    def on_progress(share: float) -> None:
        progress.within(share)
        if share == 1.0:
            progress.enter(stages.LIST)

    now = data.frame[data.frame["part"] == "now"]
    people = score_list(Scorer.open(run.folder), now, seen, run.folder, on_progress)
    progress.change(people=people)


def _check_stop(run: Run) -> None:
    if stop_requested(run.folder):
        raise StoppedEarly
