"""The key with which a workspace hashes ids."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from deepfm.log.hashing import KEY_BYTES
from deepfm.runs.workspace import Workspace
from deepfm.whole import settle


def hashing_key(workspace: Workspace) -> bytes:
    """The key, made at the first call; a file that only its owner may read.

    It lies beside logs and runs, never in them: who gets a log cannot try ids against its hashes.
    """
    path = workspace.keys / "ids.key"
    if not path.is_file():
        _make(path)
    return bytes.fromhex(path.read_text(encoding="ascii"))


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(2)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        # Two processes may get here at once; the first key is the one that counts.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    settle(path.parent)
