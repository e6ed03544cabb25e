"""What a cluster is to do and cannot is done here, and a note says so."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from deepfm.errors import InputError
from deepfm.features.stored import stored_parts
from deepfm.language import Sentence
from deepfm.prospects.scorer import Scorer
from deepfm.runs.engine import on_engine
from deepfm.runs.list_scores import list_scores
from deepfm.runs.run import Run


def nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"spark://127.0.0.1:{server.getsockname()[1]}"


def test_a_list_is_scored_though_the_cluster_is_gone(
    done: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, scorer = stored_parts(done.examples)["now"], Scorer.open(done.folder)
    here, told = list_scores(scorer, rows)
    assert told == ()
    address = nobody()
    monkeypatch.setenv("DEEPFM_ENGINE", address)
    found, (note,) = list_scores(scorer, rows)
    assert all(np.array_equal(one, other) for one, other in zip(here, found, strict=True))
    start = "This machine has scored the list in place of the cluster. "
    assert note.text().startswith(start)
    assert address in note.text().removeprefix(start)
    assert address in note.text("zh")


def test_what_cannot_be_done_here_either_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(where: str) -> None:
        raise InputError("Not {where}.", where=where)

    monkeypatch.setenv("DEEPFM_ENGINE", nobody())
    with pytest.raises(InputError, match="Not here"):
        on_engine(fail, lambda: fail("here"), lambda reason: Sentence("{why}", why=reason))


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(address: str) -> int:
        raise ZeroDivisionError

    monkeypatch.setenv("DEEPFM_ENGINE", nobody())
    with pytest.raises(ZeroDivisionError):
        on_engine(fail, lambda: 1, lambda reason: reason)
