"""A question as a file, to be kept, sent and asked again."""

from __future__ import annotations

import json
from pathlib import Path

from deepfm.errors import InputError
from deepfm.task.question import Question


def question_text(question: Question) -> str:
    """The content of the file: JSON, indented, one part a line."""
    return json.dumps(question.to_json(), ensure_ascii=False, indent=1) + "\n"


def read_question(path: Path) -> Question:
    """The question in ``path``.

    Raises:
        InputError: there is no such file, or no question in it; as a ``QuestionError`` where a
            part makes no sense.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError("There is no file {name}. Check the path.", name=str(path)) from error
    except (OSError, ValueError) as error:
        raise _no_question(path) from error
    if not isinstance(data, dict):
        raise _no_question(path)
    return Question.from_json(data)


def _no_question(path: Path) -> InputError:
    return InputError(
        "{name} holds no question. Download question.json from the page Question.", name=path.name
    )
