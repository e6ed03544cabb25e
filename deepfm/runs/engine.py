"""Which engine computes for the runs: a setting of the server, or of one command."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.address import EMBEDDED
from deepfm.log.engine import check_address

SETTING = "DEEPFM_ENGINE"
T = TypeVar("T")


def engine_address() -> str:
    """``$DEEPFM_ENGINE``, or the embedded one.

    Raises:
        InputError: it is none.
    """
    return check_address(os.environ.get(SETTING) or EMBEDDED)


def on_engine(
    on_cluster: Callable[[str], T], here: Callable[[], T], note: Callable[[Sentence], Sentence]
) -> tuple[T, tuple[Sentence, ...]]:
    """What this machine can do, too, done by the cluster, if one is set.

    Nobody should lose a model that took hours because the cluster has gone meanwhile.

    Args:
        on_cluster: does it, given the address.
        here: does the same.
        note: that this machine did it, and why.

    Returns:
        What came of it, and the note where the cluster could not.

    Raises:
        InputError: as ``here``.
    """
    address = engine_address()
    if address == EMBEDDED:
        return here(), ()
    try:
        return on_cluster(address), ()
    except InputError as error:
        reason = error.sentence
    return here(), (note(reason),)
