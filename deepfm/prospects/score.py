"""The list: every person with rank, score, probability and reasons, on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from deepfm.errors import InputError
from deepfm.explanation.contributions import Contributions, explain
from deepfm.explanation.reasons import NONE, Reasons, reasons
from deepfm.features.stored import StoredPart
from deepfm.fields.fields import FieldSet
from deepfm.prospects.names import CONTRIBUTIONS, PROSPECTS
from deepfm.prospects.people import PAIRED, People, person_keys, sorted_by_person
from deepfm.prospects.ranking import (
    TOP_REASONS,
    best_first,
    ranked,
    reason_names,
    write_ranking,
)
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.scores import Scores, score_rows
from deepfm.prospects.similar import save_vectors
from deepfm.prospects.words import number_text
from deepfm.whole import whole

MOST_EXPLAINED_ROWS = 100_000
PARTS = ("total", "first", "interaction", "deep")
_CHUNK = 4096

Progress = Callable[[float], None]


def score_list(
    scorer: Scorer,
    rows: StoredPart,
    last_seen: pd.Series[Any],
    folder: Path,
    on_progress: Progress = lambda share: None,
    scores: Scores | None = None,
) -> int:
    """Score everyone in ``rows`` and write prospects.parquet, contributions.parquet, vectors.npy.

    A person with several rows (the row-by-row question) gets the mean logit and the mean
    contributions over them; the value shown with a reason is that of the most recent row.

    prospects.parquet is as ``ranked`` makes it, with the reasons of those who are explained.

    contributions.parquet, in the same order, for as many of the first people as have 100,000 rows
    together: user, ``value`` (question of pairs), base, logit, residual, then for each field
    ``total:name`` and its parts
    ``first:name``, ``interaction:name``, ``deep:name``. Base, residual and the columns
    ``total:name`` sum to the logit; the residual is rounding, of the columns (float32) too.

    Args:
        scorer: the trained model.
        rows: part "now" of the examples, a user's newest row last.
        last_seen: as from ``deepfm.prospects.people.last_seen``.
        folder: written to.
        on_progress: told the share of the explaining that is done.
        scores: of ``rows``, where they are known already.

    Returns:
        The number of people.

    Raises:
        InputError: when there is nobody to score.
    """
    if not len(rows):
        raise InputError(
            "Nobody is active at the end of the log, so there is nobody to score. "
            "Lengthen the activity window or choose an earlier end."
        )
    keys = sorted_by_person(rows.frame(person_keys(rows.columns)))
    places, people = keys.index.to_numpy(), People.of(keys)
    if scores is None:
        scores = score_rows(scorer.fields, scorer.model, rows)
    logit, vectors = (people.mean(values[places]) for values in scores)
    order = best_first(logit)
    save_vectors(vectors[order], folder)
    probability = scorer.calibration.probability(logit[order])
    table = ranked(people.take(order)[0], logit[order], probability, last_seen)
    some, wanted = people.take(order[: _explained(people.counts[order])])
    _explain(scorer, rows.take(places[wanted]), some, table, folder / CONTRIBUTIONS, on_progress)
    write_ranking(table, folder / PROSPECTS)
    return len(people)


def _explained(counts: NDArray[np.int64]) -> int:
    """How many of the first people have no more than the most rows together; at least one."""
    return max(1, int(np.searchsorted(np.cumsum(counts), MOST_EXPLAINED_ROWS, side="right")))


def _explain(
    scorer: Scorer,
    rows: pd.DataFrame,
    people: People,
    table: pd.DataFrame,
    path: Path,
    on_progress: Progress,
) -> None:
    """Write the contributions of the first people, and their reasons into ``table``."""
    encoded = scorer.fields.encode(rows)
    names = [f"{name}{part}" for name in reason_names() for part in ("", "_value", "_seen")]
    columns = {name: table[name].to_numpy(copy=True) for name in names}
    schema = _schema(scorer.fields, paired=people.values is not None)
    with whole(path) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        for start in range(0, len(people), _CHUNK):
            some, places = people.take(np.arange(start, min(start + _CHUNK, len(people))))
            split = explain(scorer.model, encoded.take(places), scorer.typical)
            split = replace(
                split,
                first=some.mean(split.first),
                interaction=some.mean(split.interaction),
                deep=some.mean(split.deep),
                logit=some.mean(split.logit),
            )
            writer.write_table(_contribution_table(some, split, schema))
            newest = rows.iloc[places[some.newest]]
            _name_reasons(reasons(split, TOP_REASONS), newest, scorer.fields, columns, start)
            on_progress(min(1.0, (start + len(some)) / len(people)))
    for name, values in columns.items():
        table[name] = values


def _name_reasons(
    found: Reasons,
    newest: pd.DataFrame,
    fields: FieldSet,
    columns: dict[str, NDArray[Any]],
    start: int,
) -> None:
    """Put the reasons of a chunk of people into the columns of the list, from row ``start``."""
    sides = {
        "for": (found.for_fields, found.for_values),
        "against": (found.against_fields, found.against_values),
    }
    for name in reason_names():
        side, place = name.split("_")
        positions = sides[side][0][:, int(place) - 1]
        here = slice(start, start + len(positions))
        columns[f"{name}_value"][here] = sides[side][1][:, int(place) - 1]
        for field in np.unique(positions[positions != NONE]):
            who = np.flatnonzero(positions == field)
            column = fields.names[field]
            columns[name][start + who] = column
            columns[f"{name}_seen"][start + who] = value_texts(newest[column].iloc[who])


def value_texts(values: pd.Series[Any]) -> NDArray[np.object_]:
    """Values of a field as text ``[n]``, None where missing."""
    texts = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        if not pd.isna(value):
            texts[place] = number_text(value) if isinstance(value, float) else str(value)
    return texts


def _schema(fields: FieldSet, *, paired: bool) -> pa.Schema:
    keys = [(name, pa.string()) for name in ("user", PAIRED)[: 1 + paired]]
    columns = [(name, pa.float64()) for name in ("base", "logit", "residual")]
    # The part stands first: a field may be named like another one's part, such as "a:deep".
    columns += [(f"{part}:{name}", pa.float32()) for name in fields.names for part in PARTS]
    return pa.schema([*keys, *columns])


def _contribution_table(people: People, split: Contributions, schema: pa.Schema) -> pa.Table:
    parts = [
        part.astype(np.float32)
        for part in (split.total, split.first, split.interaction, split.deep)
    ]
    residual = split.logit - split.base - parts[0].sum(axis=1, dtype=np.float64)
    who = [people.users] if people.values is None else [people.users, people.values]
    columns = [*who, np.full(len(people), split.base), split.logit, residual]
    columns += [part[:, place] for place in range(parts[0].shape[1]) for part in parts]
    arrays = [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
