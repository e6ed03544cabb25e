"""Where the workers of a training are: a setting of the server, or of one command."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from deepfm.errors import InputError

SETTING = "DEEPFM_WORKERS"
MOST_WORKERS = 64
_LOOPBACK = "127.0.0.1"
_ADDRESS = re.compile(r"[\w.-]+:\d{1,5}", re.ASCII)
_ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class Places:
    """The workers of one training.

    Attributes:
        count: how many there are.
        addresses: host:port of each; empty where all are on this machine, at ports that are free.
    """

    count: int
    addresses: tuple[str, ...] = ()

    def settled(self) -> tuple[str, ...]:
        """The address of each worker, now."""
        if self.addresses:
            return self.addresses
        # All are open at once, so that no port is given twice.
        sockets = [socket.create_server((_LOOPBACK, 0)) for _ in range(self.count)]
        ports = [server.getsockname()[1] for server in sockets]
        for server in sockets:
            server.close()
        return tuple(f"{_LOOPBACK}:{port}" for port in ports)


def places() -> Places:
    """What ``$DEEPFM_WORKERS`` says; one worker, where it says nothing.

    Raises:
        InputError: it is neither a number of workers nor a list of addresses.
    """
    text = (os.environ.get(SETTING) or "1").strip()
    if text.isdecimal() and text.isascii() and 1 <= int(text) <= MOST_WORKERS:
        return Places(int(text))
    found = tuple(part.strip() for part in text.split(","))
    if 2 <= len(found) == len(set(found)) <= MOST_WORKERS and all(map(_is_address, found)):
        return Places(len(found), found)
    raise InputError(
        "{value} says nothing of workers. Write how many, from 1 to {most}, or the address of "
        "each, such as {example}.",
        value=text,
        most=MOST_WORKERS,
        example="10.0.0.1:7001,10.0.0.2:7001",
    )


def _is_address(text: str) -> bool:
    return bool(_ADDRESS.fullmatch(text)) and 0 < int(text.rpartition(":")[2]) < 65_536


def host(address: str) -> str:
    """The machine of an address."""
    return address.rpartition(":")[0]


def answers(address: str) -> bool:
    """Whether a worker listens there."""
    name, _, port = address.rpartition(":")
    try:
        socket.create_connection((name, int(port)), _ANSWER_SECONDS).close()
    except OSError:
        return False
    return True


def environment(addresses: tuple[str, ...], rank: int) -> Mapping[str, str]:
    """What tells a process that it is worker ``rank`` of those at ``addresses``.

    Workers of the same machine share its cores. Each has a GPU of its own, where there are any.

    Raises:
        InputError: there are GPUs, and fewer than workers.
    """
    neighbours = [n for n, other in enumerate(addresses) if host(other) == host(addresses[rank])]
    place = neighbours.index(rank)
    cores = max(1, (os.cpu_count() or 1) // len(neighbours))
    told = {
        "TF_CONFIG": json.dumps(
            {"cluster": {"worker": list(addresses)}, "task": {"type": "worker", "index": rank}}
        ),
        "TF_NUM_INTRAOP_THREADS": str(cores),
    }
    gpus = _gpus()
    if gpus and len(gpus) < len(neighbours):
        raise InputError(
            "This machine has {gpus} GPUs for {workers} workers. Each needs one: let no more "
            "workers train here.",
            gpus=len(gpus),
            workers=len(neighbours),
        )
    return told | ({"CUDA_VISIBLE_DEVICES": gpus[place]} if gpus else {})


def _gpus() -> list[str]:
    """The NVIDIA GPUs that this process may use, as CUDA names them."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [name.strip() for name in allowed.split(",") if name.strip() not in ("", "-1")]
    command = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return told.stdout.split()
