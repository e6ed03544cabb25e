"""The process of one worker of several: ``python -m deepfm.runs.crew_worker FOLDER``.

Which one it is stands in ``TF_CONFIG``. It tells what happens in lines of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from deepfm.errors import InputError
from deepfm.features.stored import stored_parts
from deepfm.fields.encoded import Examples
from deepfm.fields.fields import FieldSet
from deepfm.fields.shelf import encode_part
from deepfm.prospects import names as files
from deepfm.runs.files import parse_json
from deepfm.runs.process import stop_requested
from deepfm.runs.run import MODEL, Run
from deepfm.training.checkpoint import CheckpointError
from deepfm.training.device import share_gpu
from deepfm.whole import whole

Tell = Callable[..., None]
Part = tuple[Examples, np.ndarray[Any, Any]]


def main(folder: Path) -> None:
    """Train the run in ``folder`` with the others, tell how it ended, and wait to be ended.

    An error that is not meant for the analyst ends the process with a traceback.
    """
    # Whoever presses Ctrl-C means the training, which is told to stop by another way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tell = _teller()
    parent = threading.Thread(target=_end_with_parent, daemon=True)
    parent.start()
    share_gpu()
    from deepfm.training.loop import BatchTooLargeError

    try:
        _train(Run.open(folder), tell)
    except CheckpointError as error:
        tell("checkpoint", sentence=error.sentence.to_json())
    except InputError as error:
        tell("refused", sentence=error.sentence.to_json())
    except BatchTooLargeError:
        tell("batch")
    except MemoryError:
        tell("memory")
    # Others may still be reading what this one has sent; the parent knows when all are done.
    parent.join()


def _train(run: Run, tell: Tell) -> None:
    from deepfm.model.deepfm import build_deepfm
    from deepfm.training.crew import check_alike
    from deepfm.training.crew_tensorflow import TensorFlowCrew
    from deepfm.training.fit import fit

    fields = parse_json(run.folder / files.FIELDS, FieldSet.from_json)
    train, valid = _parts(run, fields)
    tell("ready")
    crew = TensorFlowCrew()
    check_alike(crew, (train, valid))
    tell("met")
    settings = run.chosen
    model = build_deepfm(fields.sizes, len(fields.dense), settings.model, settings.seed)
    hooks: dict[str, Any] = {}
    if crew.rank == 0:
        hooks = {
            "on_step": lambda report: tell("step", **asdict(report)),
            "on_evaluation": lambda evaluation: tell("evaluation", **asdict(evaluation)),
            "should_stop": lambda: stop_requested(run.folder),
        }
    result = fit(model, *train, *valid, settings, checkpoint=run.checkpoint, crew=crew, **hooks)
    if crew.rank == 0:
        with whole(run.folder / MODEL) as draft:
            model.save(draft)
    # Whoever leaves first would break off the others' last message.
    crew.gather([0.0])
    tell("result", **asdict(result))


def _parts(run: Run, fields: FieldSet) -> tuple[Part, Part]:
    """Examples and labels of the training and of the validation."""
    rank = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    stored = stored_parts(run.examples)
    train, valid = (
        (
            encode_part(fields, stored[name], run.encoded / f"worker-{rank + 1}" / name),
            stored[name]["label"].to_numpy(np.int64),
        )
        for name in ("train", "valid")
    )
    return train, valid


def _teller() -> Tell:
    """Takes the standard output for itself: what libraries print there goes to the log."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(kind: str, **values: Any) -> None:
        lines.write(json.dumps({"kind": kind, **values}) + "\n")
        lines.flush()

    return tell


def _end_with_parent() -> None:
    """The other end of the standard input is the parent's, which the kernel closes at its death."""
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
