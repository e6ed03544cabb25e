"""One person of the list, explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from deepfm.errors import InputError
from deepfm.explanation.contributions import explain
from deepfm.explanation.pairs import interactions
from deepfm.language import Language
from deepfm.model.scoring import Floats
from deepfm.prospects.people import PAIRED
from deepfm.prospects.score import value_texts
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.words import FieldWords


@dataclass(frozen=True)
class Person:
    """Why someone stands where they stand; ``base + contributions["total"].sum() = logit``.

    Attributes:
        user: the id.
        value: what they are paired with, in a question of pairs.
        base: logit of the typical person.
        logit: of this person; the mean over their rows in the row-by-row question.
        contributions: a row a field, in the model's order: field, value (text or None; of the
            newest row), first, interaction, deep, total.
        pairs: what each pair of fields adds together, beyond what each adds alone ``[F, F]``.
    """

    user: str
    value: str | None
    base: float
    logit: float
    contributions: pd.DataFrame
    pairs: Floats

    def readable(self, words: Mapping[str, FieldWords], language: Language) -> pd.DataFrame:
        """``contributions`` with ``label`` and ``value`` in words, the strongest first."""
        table = self.contributions.assign(
            label=[words[name].label.text(language) for name in self.contributions["field"]],
            value=[
                words[name].value_text(None if pd.isna(value) else value, language)
                for name, value in self.contributions[["field", "value"]].itertuples(index=False)
            ],
        )
        order = table["total"].abs().sort_values(ascending=False, kind="stable").index
        return table.loc[order].reset_index(drop=True)


def explain_person(scorer: Scorer, examples: Path, user: str, value: str | None = None) -> Person:
    """Explain the score of one user of the list.

    Args:
        scorer: the trained model.
        examples: the run's example frame.
        user: the id.
        value: what the user is paired with, in a question of pairs.

    Raises:
        InputError: the user is not on the list.
    """
    rows = now_rows_of(examples, user, value)
    encoded = scorer.fields.encode(rows)
    split = explain(scorer.model, encoded, scorer.typical)
    newest = rows.tail(1)
    names = scorer.fields.names
    table = pd.DataFrame(
        {
            "field": names,
            "value": [value_texts(newest[name])[0] for name in names],
            "first": split.first.mean(axis=0),
            "interaction": split.interaction.mean(axis=0),
            "deep": split.deep.mean(axis=0),
            "total": split.total.mean(axis=0),
        }
    )
    pairs = interactions(scorer.model, encoded, scorer.typical).mean(axis=0)
    return Person(user, value, split.base, float(split.logit.mean()), table, pairs)


def now_rows_of(examples: Path, user: str, value: str | None = None) -> pd.DataFrame:
    """The rows that one user of the list is scored by, the newest last.

    Args:
        examples: the run's example frame.
        user: the id.
        value: what the user is paired with, in a question of pairs.

    Raises:
        InputError: the user is not on the list.
    """
    wanted = [("part", "==", "now"), ("user", "==", user)]
    if value is not None:
        wanted.append((PAIRED, "==", value))
    rows = pd.read_parquet(examples, filters=wanted)
    if rows.empty:
        raise InputError("The user {user} is not on this list. Check the id.", user=user)
    return rows
