"""Which engine computes the examples of the runs: a setting of the server, or of one command."""

from __future__ import annotations

import os

from deepfm.log.engine import EMBEDDED, check_address

SETTING = "DEEPFM_ENGINE"


def engine_address() -> str:
    """``$DEEPFM_ENGINE``, or the embedded one.

    Raises:
        InputError: it is none.
    """
    return check_address(os.environ.get(SETTING) or EMBEDDED)
