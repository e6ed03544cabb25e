"""Prospects from a behaviour log.

The data goes one way, a folder a step: ``log`` → ``task`` → ``features`` → ``fields`` →
``model`` → ``training`` → ``evaluation`` → ``explanation`` → ``prospects``; ``runs`` keeps all
of it in one folder a run, ``charts`` draws it, ``serving`` writes the model for other programs.

What a notebook needs has its name here, and is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deepfm.estimator import DeepFMClassifier
    from deepfm.log.demo import write_demo
    from deepfm.notebook import explain_user, read_list, read_log, train
    from deepfm.runs.rescore import score_log
    from deepfm.runs.run import Run
    from deepfm.task.question import Question
    from deepfm.training.settings import TrainingSettings

__all__ = [
    "DeepFMClassifier",
    "Question",
    "Run",
    "TrainingSettings",
    "explain_user",
    "read_list",
    "read_log",
    "score_log",
    "train",
    "write_demo",
]

_HOMES = {
    "DeepFMClassifier": "deepfm.estimator",
    "Question": "deepfm.task.question",
    "Run": "deepfm.runs.run",
    "TrainingSettings": "deepfm.training.settings",
    "explain_user": "deepfm.notebook",
    "read_list": "deepfm.notebook",
    "read_log": "deepfm.notebook",
    "score_log": "deepfm.runs.rescore",
    "train": "deepfm.notebook",
    "write_demo": "deepfm.log.demo",
}


def __getattr__(name: str) -> object:
    """One of the names above; pages and command line must not wait for what they do not need."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'deepfm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
