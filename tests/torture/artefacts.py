"""What lies in a home folder: whether each file is whole, and what was finished is still there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pyarrow.parquet as pq

from deepfm.errors import InputError
from deepfm.log.log import Log
from deepfm.model.scoring import ScoringModel
from deepfm.prospects.scorer import Scorer
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.training.checkpoint import Checkpoint


def _read_parquet(path: Path) -> None:
    file = pq.ParquetFile(path)
    assert sum(len(batch) for batch in file.iter_batches()) == file.metadata.num_rows


def _read_arrays(path: Path) -> None:
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].size >= 0 for name in stored.files)


def _read_lines(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        json.loads(line)


def _read_zip(path: Path) -> None:
    with ZipFile(path) as archive:
        assert archive.testzip() is None


_READERS: dict[str, Callable[[Path], object]] = {
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
    ".jsonl": _read_lines,
    ".parquet": _read_parquet,
    ".npz": _read_arrays,
    ".npy": lambda path: np.load(path, allow_pickle=False),
    ".keras": _read_zip,
}
_PASSING = ("heartbeat", "worker.lock", "worker.log", "earlier-worker.log", "draft.json")


def _files(folder: Path) -> Iterator[Path]:
    """All that has a name of its own, and is no draft."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") for part in inside):
            yield path


def damaged(home: Path) -> list[str]:
    """The files that are neither whole nor absent, with what is wrong."""
    found = []
    for path in _files(home):
        reader = _READERS.get(path.suffix)
        if reader is None or "uploads" in path.relative_to(home).parts:
            continue
        try:
            reader(path)
        # Whatever a reader raises, the file is broken.
        except Exception as error:  # noqa: BLE001
            found.append(f"{path.relative_to(home)}: {error!r}")
    for folder in home.glob("runs/*/checkpoint"):
        try:
            Checkpoint(folder).read()
        except InputError as error:
            found.append(str(error))
    return found


def finished(home: Path) -> dict[str, str]:
    """The digest of every file that belongs to something that is done."""
    folders = [folder for folder in home.glob("runs/*") if _is_done(folder)]
    folders += [folder for folder in home.glob("logs/*") if (folder / "log.json").is_file()]
    folders += [folder for folder in home.glob("uploads/*") if (folder / "name.json").is_file()]
    found = {}
    for path in (path for folder in folders for path in _files(folder)):
        if path.name not in _PASSING and not {"previews", "unpacked"} & set(path.parts):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(home))] = digest
    return found


def lost(home: Path, before: dict[str, str]) -> list[str]:
    """What was finished ``before``, and is gone or another one now; and what is half there."""
    now = finished(home)
    gone = [name for name, digest in before.items() if now.get(name) != digest]
    return [*(f"{name}: gone" for name in gone), *damaged(home), *_unusable(home)]


def _unusable(home: Path) -> list[str]:
    """What says that it is done, and cannot be used."""
    found = []
    for folder in home.glob("runs/*"):
        if _is_done(folder):
            try:
                Scorer.open(folder)
                ScoringModel.load(folder / "weights.npz")
                assert pq.read_metadata(Run(folder).prospects).num_rows == _status(folder).people
            except (InputError, OSError, AssertionError) as error:
                found.append(f"{folder.name}: {error!r}")
    for path in home.glob("logs/*/log.json"):
        try:
            log = Log.open(path.parent)
            assert pq.read_metadata(log.parquet).num_rows == log.rows
            digest = hashlib.sha256(log.parquet.read_bytes()).hexdigest()
            assert digest == log.fingerprint
        except (InputError, OSError, AssertionError) as error:
            found.append(f"{path.parent.name}: {error!r}")
    return found


def _status(folder: Path) -> Status:
    return Status.from_json(json.loads((folder / "status.json").read_text(encoding="utf-8")))


def _is_done(folder: Path) -> bool:
    return (folder / "status.json").is_file() and _status(folder).state == "done"
