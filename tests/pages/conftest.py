"""Pages as Streamlit runs them, without a browser.

No ``__init__.py`` here: this folder would then be the package ``pages`` in place of the app's own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deepfm.log.log import Log
from deepfm.runs.run import Run
from deepfm.runs.store import open_log, open_run
from deepfm.runs.workspace import common_workspace


@pytest.fixture
def empty_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end_all: Callable[[Path], None]
) -> Iterator[Path]:
    """A home folder of the test's own, with nothing in it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("DEEPFM_HOME", str(folder))
    yield folder
    end_all(folder)


@pytest.fixture
def own_log(log: Log, empty_home: Path) -> Log:
    """The shared log, copied to a home of the test's own, so that its draft is too."""
    skip = shutil.ignore_patterns("draft.json", "previews")
    shutil.copytree(log.folder, empty_home / "logs" / log.folder.name, ignore=skip)
    return open_log(common_workspace(), log.folder.name)


@pytest.fixture
def own_run(done: Run, own_log: Log, empty_home: Path) -> Run:
    """The finished run and its log, copied to a home of the test's own."""
    shutil.copytree(done.folder, empty_home / "runs" / done.id)
    return open_run(common_workspace(), done.id)


@pytest.fixture
def own_pair_run(done_pair: Run, own_log: Log, empty_home: Path) -> Run:
    """The finished run that asks of pairs, as ``own_run``."""
    shutil.copytree(done_pair.folder, empty_home / "runs" / done_pair.id)
    return open_run(common_workspace(), done_pair.id)


@pytest.fixture
def own_event_run(done_event: Run, own_log: Log, empty_home: Path) -> Run:
    """The finished run that asks of each row, as ``own_run``."""
    shutil.copytree(done_event.folder, empty_home / "runs" / done_event.id)
    return open_run(common_workspace(), done_event.id)
