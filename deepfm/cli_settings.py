"""What is named on the command line goes before the settings of the server."""

from __future__ import annotations

import os
from argparse import Namespace

from deepfm.log.engine import check_reachable
from deepfm.runs import engine, places


def apply_settings(options: Namespace) -> None:
    """Take over what computes the features, and who trains where the command trains.

    Raises:
        InputError: it is none, or the engine does not answer.
    """
    if options.engine is not None:
        os.environ[engine.SETTING] = options.engine
    if "workers" in options:
        if options.workers is not None:
            os.environ[places.SETTING] = options.workers
        places.places()
    check_reachable(engine.engine_address())
