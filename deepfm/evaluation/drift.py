"""How far the people of a later log have moved away from those that the model learned from.

The population stability index of a field, ``sum((b - a) ln(b / a))`` over its values, with the
borders 0.1 and 0.25 (Siddiqi, Credit Risk Scorecards, 2006, chapter 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfm.fields.encoded import Encoded
from deepfm.fields.fields import MISSING, OUT_OF_VOCABULARY, FieldSet
from deepfm.language import Sentence, listed

MODERATE, LARGE = 0.1, 0.25
# With hundreds of rare values chance alone would reach the borders.
_MOST_BINS = 20
# An empty bin would make the index infinite.
_LEAST_SHARE = 1e-4
_MOST_NAMED = 5


@dataclass(frozen=True)
class FieldDrift:
    """One field.

    Attributes:
        field: its name.
        psi: population stability index.
        unseen: share of rows whose value was not learned, as it was never or seldom seen in
            training; 0 for a number.
        unseen_before: the same share of the training's own rows, whose rare values count too.
        missing: share of rows without a value now.
        missing_before: share of rows without a value in training.
    """

    field: str
    psi: float
    unseen: float
    unseen_before: float
    missing: float
    missing_before: float

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


def spread(fields: FieldSet, batches: Iterable[Encoded]) -> dict[str, list[int]]:
    """How many examples stand at each row of each field's part of the embedding table."""
    counts = {n: np.zeros(s, np.int64) for n, s in zip(fields.names, fields.sizes, strict=True)}
    for encoded in batches:
        for place, count in enumerate(counts.values()):
            count += np.bincount(encoded.ids[:, place], minlength=len(count))
    return {name: count.tolist() for name, count in counts.items()}


def drift(
    before: Mapping[str, Sequence[int]], after: Mapping[str, Sequence[int]], sparse: Sequence[str]
) -> list[FieldDrift]:
    """Compare two spreads, the field that moved furthest first.

    Args:
        before: in training, as from ``spread``.
        after: now.
        sparse: names of the fields that are ids.
    """
    found = []
    for name, counts in before.items():
        was, now = (np.asarray(c, np.float64) / max(1, sum(c)) for c in (counts, after[name]))
        unseen = [
            float(shares[OUT_OF_VOCABULARY]) if name in sparse else 0.0 for shares in (now, was)
        ]
        missing = [float(shares[MISSING]) for shares in (now, was)]
        found.append(FieldDrift(name, stability_index(was, now), *unseen, *missing))
    return sorted(found, key=lambda field: -field.psi)


def stability_index(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """The index of two lists of shares; beyond 20 values the rarest before count as one."""
    if len(before) > _MOST_BINS:
        frequent = np.argsort(-before, kind="stable")[: _MOST_BINS - 1]
        before, after = (
            np.append(shares[frequent], max(0.0, 1 - shares[frequent].sum()))
            for shares in (before, after)
        )
    was, now = np.maximum(before, _LEAST_SHARE), np.maximum(after, _LEAST_SHARE)
    return float(((now - was) * np.log(now / was)).sum())


def drift_sentences(found: Sequence[FieldDrift], labels: Mapping[str, Sentence]) -> list[Sentence]:
    """What ``drift`` found, in plain words; ``labels`` are what the fields are called."""
    far = [f for f in found if f.psi > LARGE]
    some = [f for f in found if MODERATE <= f.psi <= LARGE]
    sentences = []
    if far:
        sentences.append(
            Sentence(
                "Much changed since the training (PSI above 0.25), {n} of {all} features: {names}. "
                "Train again on the later log before you rely on this list.",
                **_named(far, found, labels),
            )
        )
    if some:
        sentences.append(
            Sentence(
                "Somewhat changed since the training (PSI 0.1 to 0.25), {n} of {all} features: "
                "{names}.",
                **_named(some, found, labels),
            )
        )
    if not far and not some:
        sentences.append(
            Sentence("The people are like those of the training: no PSI is above 0.1.")
        )
    new = [f for f in found if f.unseen - f.unseen_before > MODERATE]
    return [*sentences, *(_unseen(field, labels) for field in new[:_MOST_NAMED])]


def _named(
    some: Sequence[FieldDrift], found: Sequence[FieldDrift], labels: Mapping[str, Sentence]
) -> dict[str, object]:
    names = listed([labels[field.field] for field in some[:_MOST_NAMED]])
    return {"n": len(some), "all": len(found), "names": names}


def _unseen(field: FieldDrift, labels: Mapping[str, Sentence]) -> Sentence:
    return Sentence(
        "{share:.0%} of the people have a value of {name} that the training did not know, against "
        "{before:.0%} then. It counts as unknown.",
        share=field.unseen,
        before=field.unseen_before,
        name=labels[field.field],
    )


def drift_rule() -> Sentence:
    """The rule by which features are said to have moved."""
    return Sentence(
        "The stability index (PSI) compares how a feature is spread now and in training: up to "
        "{moderate} is quiet, above {large} it has moved far.",
        moderate=MODERATE,
        large=LARGE,
    )
