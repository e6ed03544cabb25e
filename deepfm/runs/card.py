"""The model card of a run: what it is, how good it is, and what it must not be used for.

The sections are those of Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from deepfm.document import Section, html_page, markdown
from deepfm.errors import InputError
from deepfm.evaluation.tables import models_table, parts_table, slices_table
from deepfm.evaluation.verdict import verdict
from deepfm.language import Language, Sentence, translate
from deepfm.log.closed import closed
from deepfm.prospects.export import Card
from deepfm.prospects.strength import field_strength
from deepfm.prospects.words import group_text
from deepfm.runs.run import Run
from deepfm.task.plan import PART_NAMES
from deepfm.whole import whole

_MOST_FIELDS = 10
_USES = (
    Sentence("Meant for: choosing whom to contact first, and how many, in one campaign."),
    Sentence(
        "Meant for: people of the log that it was trained on, or of a later log of the same shop."
    ),
)
_MISUSES = (
    Sentence(
        "Not meant for: decisions about one person that weigh heavily, such as credit, prices, "
        "work or insurance."
    ),
    Sentence(
        "Not meant for: finding out what makes people act. A reason says what the model looked at. "
        "Whether a contact changes anything is measured with a hold-out only."
    ),
    Sentence(
        "Not meant for: a time after the question's days are over. Make a new list from a later "
        "log, and train again when the people have changed."
    ),
)


def model_card(run: Run, language: Language) -> Card:
    """The title and the sections of a run's card, from its own numbers.

    Raises:
        InputError: the run is not done.
    """
    evaluation = run.evaluation()
    sections = [
        Section(translate("Question", language), [run.question.sentence().text(language)]),
        _data(run, evaluation, language),
        _training(run, language),
        Section(
            translate("Quality", language),
            [sentence.text(language) for sentence in verdict(evaluation)],
            models_table(evaluation, language),
        ),
        _weak_groups(run, evaluation, language),
        _fields(run, language),
        Section(
            translate("Use and misuse", language),
            [sentence.text(language) for sentence in (*_USES, *_MISUSES)],
        ),
    ]
    return translate("Model card of the run {run}", language, run=run.id), sections


def write_card(card: Card, path: Path, language: Language) -> None:
    """Write a card as a page of HTML or as Markdown, by the suffix: .html or .md.

    Raises:
        InputError: another suffix, or a folder that is not there.
    """
    forms: dict[str, Callable[..., str]] = {
        ".html": partial(html_page, language=language),
        ".md": markdown,
    }
    form = forms.get(path.suffix.lower())
    if form is None:
        raise InputError("{name} has no known suffix. Use .html or .md.", name=path.name)
    if not path.absolute().parent.is_dir():
        raise InputError(
            "There is no folder {folder}. Make it, or choose another.", folder=str(path.parent)
        )
    with whole(path) as draft:
        draft.write_text(form(*card), encoding="utf-8")


def _data(run: Run, evaluation: Mapping[str, Any], language: Language) -> Section:
    entry = run.log_entry
    read = Sentence("{rows:,} events of {users:,} users.", rows=entry["rows"], users=entry["users"])
    lines = [read, *run.mends.sentences(), *_periods(run), *run.status.notes]
    return Section(
        translate("Data", language),
        [line.text(language) for line in lines],
        parts_table(evaluation, language),
    )


def _periods(run: Run) -> list[Sentence]:
    """From when to when the examples of each part are."""
    with closed(run.examples) as connection:
        rows = connection.execute(
            "SELECT part, min(snapshot), max(snapshot) FROM read_parquet(?) GROUP BY part "
            "ORDER BY 2",
            [str(run.examples)],
        ).fetchall()
    return [
        Sentence(
            "{part}: snapshots of {first} to {last}.",
            part=PART_NAMES[part],
            first=f"{first:%Y-%m-%d}",
            last=f"{last:%Y-%m-%d}",
        )
        for part, first, last in rows
        if part in PART_NAMES
    ]


def _training(run: Run, language: Language) -> Section:
    settings, model = run.chosen, run.chosen.model
    units = " × ".join(map(str, model.units)) or translate("none", language)
    lines = [
        Sentence(
            "A DeepFM with {fields} fields, vectors of {dim} numbers and hidden layers of {units}.",
            fields=len(run.words),
            dim=model.dim,
            units=units,
        ),
        Sentence(
            "Batch size {batch}, learning rate {rate:g}, at most {epochs} epochs, seed {seed}.",
            batch=settings.batch_size,
            rate=settings.learning_rate,
            epochs=settings.epochs,
            seed=settings.seed,
        ),
        Sentence("Made at {time}.", time=f"{run.created:%Y-%m-%d %H:%M}"),
    ]
    if run.engine is not None:
        lines.append(Sentence("The features were computed by {engine}.", engine=run.engine))
    return Section(
        translate("How it was trained", language), [line.text(language) for line in lines]
    )


def _weak_groups(run: Run, evaluation: Mapping[str, Any], language: Language) -> Section:
    weak = [group for group in evaluation.get("slices") or () if group["weak"]]
    title = translate("Where it is weaker", language)
    if not weak:
        none = translate("No group of people is clearly worse off than the whole.", language)
        return Section(title, [none])
    words = run.words
    names = [group_text(group, words, language) for group in weak]
    return Section(title, table=slices_table(names, weak, language))


def _fields(run: Run, language: Language) -> Section:
    strength, words = field_strength(run.contributions).head(_MOST_FIELDS), run.words
    table = pd.DataFrame(
        {
            translate("Feature", language): [
                words[name].label.text(language) for name in strength.index
            ],
            translate("Strength", language): strength.round(3).to_numpy(),
        }
    )
    about = translate("Mean size of the contribution to the log-odds.", language)
    return Section(translate("What the model looks at", language), [about], table)
