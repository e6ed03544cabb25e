"""Numbers that whoever runs the server sets by environment variables."""

from __future__ import annotations

import os

from deepfm.errors import InputError


def whole_number(name: str, usual: int) -> int:
    """The variable ``name``, or ``usual`` where it is not set.

    Raises:
        InputError: it is no whole number from 1 on.
    """
    text = os.environ.get(name) or str(usual)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise InputError(
            "{name} is {text}. It must be a whole number from 1 on.", name=name, text=text
        )
    return int(text)
