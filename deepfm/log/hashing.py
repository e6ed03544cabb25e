"""Ids as keyed hashes, so that a log says nothing of who its people are."""

from __future__ import annotations

KEY_BYTES = 32
_BLOCK = 64


def hmac_sql(text: str, key: bytes) -> str:
    """SQL for HMAC-SHA256 (RFC 2104) of the VARCHAR expression ``text``, 64 hexadecimal digits.

    Args:
        text: SQL expression; NULL stays NULL.
        key: at most 64 bytes; the same key gives the same id the same hash.

    Raises:
        ValueError: the key is empty or too long.
    """
    if not 0 < len(key) <= _BLOCK:
        raise ValueError(f"a key of {len(key)} bytes")
    padded = key.ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded).hex() for pad in (0x36, 0x5C))
    return f"sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode({text}))))"
