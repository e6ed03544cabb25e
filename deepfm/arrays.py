"""Files of plain arrays."""

from __future__ import annotations

import struct
import zlib
from zipfile import BadZipFile

# What reading half of one ends in, or one that somebody has changed.
UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    MemoryError,
    RuntimeError,
    BadZipFile,
    struct.error,
    zlib.error,
)
