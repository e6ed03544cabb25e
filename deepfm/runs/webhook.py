"""Tell another program that a run has ended: a POST to ``$DEEPFM_WEBHOOK``."""

from __future__ import annotations

import json
import logging
import os
import time
import urllib.request
from http.client import HTTPException
from typing import Any

from deepfm.runs.run import Run

WEBHOOK = "DEEPFM_WEBHOOK"
_PAUSES = (1.0, 5.0)
_JSON = {"Content-Type": "application/json"}
_PATIENCE_SECONDS = 10.0
_LOGGER = logging.getLogger(__name__)


def tell(run: Run) -> None:
    """Post how ``run`` ended, if an address is set; three times, if it must be.

    A run is not worth less where nobody listens: what went wrong is logged, and so a line of the
    run's worker.log.
    """
    address = os.environ.get(WEBHOOK)
    if not address:
        return
    if not address.startswith(("http://", "https://")):
        _LOGGER.warning("%s is no http address, so nobody was told.", WEBHOOK)
        return
    body = json.dumps(summary(run), ensure_ascii=False).encode()
    for pause in (*_PAUSES, None):
        try:
            # Of http only, as was seen above.
            request = urllib.request.Request(address, body, _JSON)  # noqa: S310
            with urllib.request.urlopen(  # noqa: S310 # nosec B310
                request, timeout=_PATIENCE_SECONDS
            ):
                return
        except (OSError, ValueError, HTTPException) as error:
            if pause is None:
                # Without the address, which may hold a secret.
                _LOGGER.warning("%s does not answer: %s", WEBHOOK, type(error).__name__)
                return
        time.sleep(pause)


def summary(run: Run) -> dict[str, Any]:
    """How a run stands, without a word about any person."""
    status = run.status
    return {
        "run": run.id,
        "state": status.state,
        "question": run.question.sentence().text(),
        "auc": status.auc,
        "people": status.people,
        "message": status.message.text() if status.message else None,
        "notes": [note.text() for note in status.notes],
    }
