"""The process that takes one look at features: ``python -m deepfm.runs.look_worker FOLDER``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.feature import Feature
from deepfm.features.guards import Guards
from deepfm.features.preview import sample_of_parts
from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.runs.alive import living
from deepfm.runs.create import choose_features
from deepfm.runs.disk import disk_in_words
from deepfm.runs.files import read_json, remove, write_json
from deepfm.runs.looks import FAILURE, GUARDS, PROGRESS, REQUEST, WANTED
from deepfm.runs.memory import memory_in_words
from deepfm.runs.previews import preview_examples
from deepfm.runs.process import give_way
from deepfm.runs.queue import few, turn
from deepfm.task.question import Question

# A page asks twice a second; a browser may let those that nobody sees sleep.
_PATIENCE_SECONDS = 90.0


class NobodyAsksError(Exception):
    """Whoever asked for the look has gone before its turn came."""


def main(folder: Path) -> int:
    """Take the look that ``folder`` asks for.

    Returns:
        0 when it is taken or nobody asks for it any longer, 1 when the input is at fault. Any other
        error ends the process with its traceback in worker.log.
    """
    try:
        take_look(folder)
    except NobodyAsksError:
        remove(folder)
    except InputError as error:
        write_json(folder / FAILURE, error.sentence.to_json())
        return 1
    return 0


def take_look(folder: Path) -> None:
    """Compute what ``look_at`` asks for, when its turn comes.

    Raises:
        InputError: the question cannot be answered, or this machine cannot answer it.
        NobodyAsksError: nobody asked for a while, and the turn had not come.
    """
    request = read_json(folder / REQUEST)
    log = Log.open(folder.parents[1])
    question = Question.from_json(request["question"])

    @cache
    def tell(before: int) -> None:
        _tell(folder, Sentence("Waiting for {count} earlier previews", count=before))

    def wait(before: int) -> None:
        if time.time() - (folder / WANTED).stat().st_mtime > _PATIENCE_SECONDS:
            raise NobodyAsksError
        tell(before)

    with (
        living(folder),
        memory_in_words(),
        disk_in_words(folder),
        turn("looks", few(), wait),
    ):
        _tell(folder, Sentence("Computing features"))
        examples = preview_examples(log, question)
        _tell(folder, Sentence("Looking for features that tell too much"))
        features = choose_features(feature_catalogue(log, question), request["names"])
        write_json(folder / GUARDS, _guards(examples, features).to_json())


def _guards(examples: Path, features: Sequence[Feature]) -> Guards:
    # Only now, as scikit-learn takes a second to load, and people see the examples meanwhile.
    from deepfm.features.shift import find_shift
    from deepfm.features.strength import feature_strengths

    frame = sample_of_parts(examples)
    train, valid = (frame[frame["part"] == part] for part in ("train", "valid"))
    return Guards(feature_strengths(train, valid, features), find_shift(frame, features))


def _tell(folder: Path, words: Sentence) -> None:
    write_json(folder / PROGRESS, words.to_json())


if __name__ == "__main__":
    give_way()
    sys.exit(main(Path(sys.argv[1])))
