"""Who listens is told how a run ended; who does not, does no harm."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deepfm.log.log import Log
from deepfm.runs import webhook
from deepfm.runs.create import create_run
from deepfm.runs.job import carry_out
from deepfm.runs.run import Run
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

_FAILURES = 1


class _Listener(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        heard: list[Any] = self.server.heard  # type: ignore[attr-defined]
        heard.append((self.headers["Content-Type"], json.loads(body)))
        # The first answer is an error, as from a service that is just starting.
        self.send_response(503 if len(heard) <= _FAILURES else 204)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def listener() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Listener) as server:
        server.heard = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_PAUSES", (0.0, 0.0))


def test_a_run_that_is_done_is_told_until_it_is_heard(
    done: Run, listener: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(webhook.WEBHOOK, f"http://127.0.0.1:{listener.server_port}/hook?key=1")
    webhook.tell(done)
    heard = listener.heard  # type: ignore[attr-defined]
    assert len(heard) == 2
    kind, told = heard[-1]
    assert kind == "application/json"
    assert told == webhook.summary(done)
    assert (told["run"], told["state"]) == (done.id, "done")
    assert told["people"] == done.status.people
    assert told["auc"] == pytest.approx(done.status.auc)


def test_a_run_that_fails_is_told_too(
    log: Log, listener: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(webhook.WEBHOOK, f"http://127.0.0.1:{listener.server_port}")
    question = Question(("purchase",), least_amount=1e9)
    run = create_run(common_workspace(), log, question, TrainingSettings())
    with pytest.raises(ValueError, match="at least 100 of each"):
        carry_out(run.folder)
    told = listener.heard[-1][1]  # type: ignore[attr-defined]
    assert told["state"] == "failed"
    assert "at least 100 of each" in told["message"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:1/secret", "does not answer"),
        ("file:///etc/passwd", "is no http address"),
        ("http://[", "does not answer"),
        ("http://a b/", "does not answer"),
    ],
)
def test_who_does_not_listen_does_no_harm(
    done: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    address: str,
    said: str,
) -> None:
    monkeypatch.setenv(webhook.WEBHOOK, address)
    webhook.tell(done)
    assert said in caplog.text
    assert "secret" not in caplog.text
    caplog.clear()
    monkeypatch.delenv(webhook.WEBHOOK)
    webhook.tell(done)
    assert caplog.text == ""
