"""Examples that were computed to be looked at, kept beside their log so that a look costs once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.log.log import Log
from deepfm.runs.files import remove
from deepfm.task.question import Question
from deepfm.whole import sweep_drafts, whole

_KEPT = 4
_TRAINING_SNAPSHOTS = 3
_EVENTS = 200_000


def preview_examples(log: Log, question: Question) -> Path:
    """Part of the example frame of ``question``, every feature of the catalogue, as Parquet.

    It has the last three training snapshots and all later ones, and of a large log one user in so
    many (see ``one_user_in``), so that a look takes a moment.

    Raises:
        InputError: when the log is too short for the question.
    """
    path = preview_path(log, question)
    path.parent.mkdir(exist_ok=True)
    if not path.is_file():
        with whole(path) as draft:
            write_examples(
                log,
                question,
                feature_catalogue(log, question),
                draft,
                most_snapshots=_TRAINING_SNAPSHOTS,
                one_user_in=one_user_in(log),
            )
        _forget_old(path.parent)
    return path


def preview_path(log: Log, question: Question) -> Path:
    """Where ``preview_examples`` keeps what it computed; a name for the question to this log."""
    asked = json.dumps([log.fingerprint, question.to_json()], sort_keys=True)
    name = hashlib.sha256(asked.encode()).hexdigest()[:16]
    return log.folder / "previews" / f"{name}.parquet"


def one_user_in(log: Log) -> int:
    """A preview looks at one user in so many; 1 where it looks at all."""
    return max(1, log.rows // _EVENTS)


def _forget_old(folder: Path) -> None:
    sweep_drafts(folder)
    newest_first = sorted(
        folder.glob("[!.]*.parquet"), key=lambda p: p.stat().st_mtime, reverse=True
    )
    for path in newest_first[_KEPT:]:
        for look in folder.glob(f"{path.stem}-*"):
            remove(look)
        path.unlink(missing_ok=True)
