"""Addresses of engines: this process, or a Spark cluster."""

from __future__ import annotations

import re

EMBEDDED = "duckdb"
_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):\d{1,5}"
CONNECT = "sc://"
_CONNECT = rf"{CONNECT}{_HOST}(?:/(?:;[^;=\s]+=[^;\s]*)*)?"
_CLUSTER = re.compile(rf"spark://{_HOST}(?:,{_HOST})*|{_CONNECT}|local\[[1-9]\d*\]")


def is_cluster(address: str) -> bool:
    """Whether ``address`` is written as that of a Spark cluster."""
    return _CLUSTER.fullmatch(address) is not None


def public(address: str) -> str:
    """``address`` without what may stand behind it, as that may be a secret."""
    return address.partition("/;")[0]
