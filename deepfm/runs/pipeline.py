"""The whole way from a log to an explained list."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

from deepfm.errors import InputError
from deepfm.evaluation.report import PARTS, evaluate
from deepfm.evaluation.stored import (
    Parts,
    known_examples,
    rule_scores,
    stored_baseline_scores,
)
from deepfm.evaluation.verdict import model_in
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.feature import Feature
from deepfm.features.frame import write_examples
from deepfm.features.guards import leaks
from deepfm.features.shift import MOST_ROWS, find_shift
from deepfm.features.stored import Columns, StoredPart, stored_parts
from deepfm.features.strength import feature_strengths
from deepfm.fields.fields import FieldSet
from deepfm.fields.on_cluster import fit_on_cluster
from deepfm.fields.shelf import encode_part
from deepfm.language import Sentence, listed
from deepfm.log.engine import engine_name
from deepfm.log.log import Log
from deepfm.model.scoring import Floats
from deepfm.prospects import names as files
from deepfm.prospects.baselines import save_baselines
from deepfm.prospects.people import last_seen, person_keys
from deepfm.prospects.score import score_list
from deepfm.prospects.scorer import Scorer
from deepfm.runs import progress as stages
from deepfm.runs.create import choose_features
from deepfm.runs.engine import engine_address, on_engine
from deepfm.runs.files import write_json
from deepfm.runs.limits import check_examples, limits
from deepfm.runs.list_scores import list_scores
from deepfm.runs.places import places
from deepfm.runs.process import stop_requested
from deepfm.runs.progress import Progress
from deepfm.runs.run import ENGINE, REFERENCES, Run
from deepfm.runs.train import Data, train
from deepfm.task.examples import check_enough
from deepfm.task.history import log_now
from deepfm.task.plan import make_plan
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
    try:
        data = _prepare(run, log, progress)
        model = train(run, data, progress, where)
        logit = np.concatenate([model.logit(data.encoded[part]) for part in PARTS])
        # The simpler ways need the memory.
        data = replace(data, encoded={})
        gc.collect()
        _evaluate(run, data, logit, progress)
    finally:
        shutil.rmtree(run.encoded, ignore_errors=True)
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
    parts = stored_parts(run.examples)
    notes = [*log.mends.sentences(), *check_enough(_counts(parts))]
    write_json(run.folder / REFERENCES, _references(parts))
    train = parts["train"]
    constant = constant_columns(train, [feature.name for feature in chosen])
    kept = [feature for feature in chosen if feature.name not in constant]
    if not kept:
        raise InputError("Every feature has the same value for everyone. Choose other features.")
    fields, told = _fit(run, train, kept)
    notes += told
    write_json(run.folder / files.FIELDS, {**fields.to_json(), "constant": constant})
    if constant:
        notes.append(_constant_note(run, constant))
    notes += _guard(run, parts, kept)
    progress.change(notes=(*progress.status.notes, *notes))
    encoded = {part: encode_part(fields, parts[part], run.encoded / part) for part in PARTS}
    _check_stop(run)
    return Data(parts, fields, encoded)


def _fit(
    run: Run, train: StoredPart, features: Sequence[Feature]
) -> tuple[FieldSet, tuple[Sentence, ...]]:
    """Vocabularies and knots, and a note where the cluster could not learn them."""
    settings = run.settings
    sparse, dense = ([f.name for f in features if f.kind == k] for k in ("sparse", "dense"))
    how = {
        "min_count": settings.min_count,
        "max_values": limits().values,
        "knots": settings.knots,
    }
    return on_engine(
        lambda address: fit_on_cluster(train, sparse, dense, address, **how),
        lambda: FieldSet.fit(train, sparse, dense, **how),
        lambda reason: Sentence(
            "This machine has learned the vocabularies in place of the cluster. {reason}",
            reason=reason,
        ),
    )


def _guard(run: Run, parts: Parts, features: Sequence[Feature]) -> list[Sentence]:
    """Refuse a feature that holds the answer; say what else should make one careful."""
    notes = []
    strengths = feature_strengths(parts["train"], parts["valid"], features)
    for leak in leaks(strengths, features):
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
    seed = run.settings.seed
    sample = pd.concat([parts[part].sample(MOST_ROWS, seed) for part in ("train", "now")])
    shift = find_shift(sample, features, seed)
    return notes if shift is None else [*notes, shift.sentence(), *shift.fields]


def constant_columns(frame: Columns, names: Sequence[str]) -> list[str]:
    """Those of ``names`` with one value only; a missing value counts as one."""
    return [name for name in names if frame[name].nunique(dropna=False) <= 1]


def _constant_note(run: Run, constant: Sequence[str]) -> Sentence:
    return Sentence(
        "{count} features are left out, because they are the same for everyone: {names}.",
        count=len(constant),
        names=listed([run.words[name].label for name in constant]),
    )


def _counts(parts: Parts) -> pd.DataFrame:
    """As ``count_examples``, from examples that are there already."""
    did = [int(parts[part]["label"].sum()) for part in PARTS]
    did_not = [len(parts[part]) - count for part, count in zip(PARTS, did, strict=True)]
    return pd.DataFrame({"part": PARTS, "did": did, "did_not": did_not})


def _references(parts: Parts) -> dict[str, Any]:
    """As ``Run.references``."""
    label = parts["valid"]["label"].to_numpy(np.int64)
    rate = float(label.mean())
    ((rule, scores),) = rule_scores(parts).items()
    return {
        "rule": rule,
        "auc": float(roc_auc_score(label, scores["valid"])),
        "loss": float(log_loss(label, np.full(len(label), rate), labels=[0, 1])),
        "base_rate": rate,
    }


def _evaluate(run: Run, data: Data, logit: Floats, progress: Progress) -> None:
    progress.enter(stages.EVALUATION)
    sparse = [field.name for field in data.fields.sparse]
    dense = [field.name for field in data.fields.dense]
    baselines = stored_baseline_scores(data.parts, sparse, dense, run.settings.seed)
    progress.within(0.9)
    known = {n: np.concatenate([s[part] for part in PARTS]) for n, s in baselines.items()}
    evaluation = evaluate(known_examples(data.parts, sparse), sparse, dense, logit, known)
    write_json(run.folder / files.EVALUATION, evaluation)
    now = data.parts["now"]
    ahead = {name: scores["now"] for name, scores in baselines.items()}
    save_baselines(now.frame(person_keys(now.columns)), ahead, run.baselines)
    progress.change(auc=model_in(evaluation)["auc"])


def _list(run: Run, log: Log, data: Data, progress: Progress) -> None:
    progress.enter(stages.EXPLANATION)
    seen = last_seen(log, log_now(log, run.question.as_of))

    def on_progress(share: float) -> None:
        progress.within(share)
        if share == 1.0:
            progress.enter(stages.LIST)

    scorer = Scorer.open(run.folder)
    now = data.parts["now"]
    scores, notes = list_scores(scorer, now)
    people = score_list(scorer, now, seen, run.folder, on_progress, scores)
    progress.change(people=people, notes=(*progress.status.notes, *notes))


def _check_stop(run: Run) -> None:
    if stop_requested(run.folder):
        raise StoppedEarly
