"""Who is logged in, and which workspaces they may enter.

The login itself is the server's (OpenID Connect). Here stands only what follows from who it was:
each user has a workspace of their own, named by issuer and subject, which alone tell users apart
for good (OpenID Connect Core 1.0, section 5.7). Addresses only say whom to share with.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deepfm.errors import InputError
from deepfm.runs.files import parse_json, read_json, write_json
from deepfm.runs.home import home
from deepfm.runs.workspace import Workspace, common_workspace

ADMINS = "DEEPFM_ADMINS"
MOST_SHARED = 200
_ID = re.compile(r"[0-9a-f]{32}")
_OWNER, _SHARED = "owner.json", "shared.json"
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


@dataclass(frozen=True)
class Member:
    """A user, as the login vouches for them.

    Attributes:
        issuer: who vouches.
        subject: who it is, among those of the issuer.
        name: for people to read.
        email: empty where there is none, or none that was verified.
    """

    issuer: str
    subject: str
    name: str
    email: str

    @property
    def id(self) -> str:
        """The name of their workspace's folder."""
        return hashlib.sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()[:32]

    @property
    def is_admin(self) -> bool:
        """Whether ``$DEEPFM_ADMINS`` lists their address; ``;`` between."""
        return bool(self.email) and _same(self.email) in _addresses(os.environ.get(ADMINS, ""))


@dataclass(frozen=True)
class Entry:
    """A workspace that a member may enter.

    Attributes:
        id: the folder's name.
        owner: name or address of whose it is.
        writable: whether they may change it.
    """

    id: str
    owner: str
    writable: bool


def open_workspace(member: Member, id: str | None = None) -> Workspace:
    """The workspace with this id; None is their own, which is made at the first call.

    Raises:
        InputError: there is none that they may enter. What is not there and what is not theirs
            sound alike.
    """
    if id is None or id == member.id:
        return _own(member)
    folder = _workspaces() / id
    known = _ID.fullmatch(id) is not None and folder.is_dir()
    found = _opened_to(member, folder) if known else None
    if found is not None:
        return found
    raise InputError(
        "This workspace is not shared with you. Ask its owner to share it with the address that "
        "you log in with."
    )


def entries(member: Member) -> list[Entry]:
    """What ``open_workspace`` opens to ``member``: their own first, then by owner."""
    own = Entry(member.id, member.name, writable=True)
    _own(member)
    found = (_opened_to(member, folder) for folder in _folders() if folder.name != member.id)
    others = [Entry(one.folder.name, owner_of(one), one.writable) for one in found if one]
    return [own, *sorted(others, key=lambda entry: entry.owner)]


def owner_of(workspace: Workspace) -> str:
    """The address of whose workspace it is, or their name; that of the folder where it is lost."""
    try:
        return parse_json(
            workspace.folder / _OWNER, lambda owner: str(owner["email"] or owner["name"])
        )
    except InputError:
        return workspace.folder.name


def shared_with(member: Member) -> list[str]:
    """The addresses with which ``member`` shares their workspace."""
    return sorted(_shared(_own(member).folder))


def share(member: Member, text: str) -> list[str]:
    """Let others read the workspace of ``member``: those of ``text``, and nobody else.

    Args:
        member: whose.
        text: e-mail addresses, with spaces, commas, semicolons or lines between; empty for nobody.

    Returns:
        The addresses.

    Raises:
        InputError: what is no address, or more than 200.
    """
    found = sorted(_addresses(text))
    wrong = [address for address in found if _ADDRESS.fullmatch(address) is None]
    if wrong:
        raise InputError("{text} is no e-mail address.", text=wrong[0])
    if len(found) > MOST_SHARED:
        raise InputError("A workspace is shared with at most {most} people.", most=MOST_SHARED)
    write_json(_own(member).folder / _SHARED, {"emails": found})
    return found


def workspaces() -> Iterator[Workspace]:
    """All of the server: the common one, and that of each user who ever came."""
    yield common_workspace()
    yield from map(Workspace, _folders())


def _own(member: Member) -> Workspace:
    folder = _workspaces() / member.id
    owner = {"name": member.name, "email": member.email}
    if not folder.is_dir():
        folder.mkdir(parents=True)
    if _told(folder) != owner:
        write_json(folder / _OWNER, owner)
    return Workspace(folder)


def _opened_to(member: Member, folder: Path) -> Workspace | None:
    """The workspace of another, as far as ``member`` may enter it."""
    if member.is_admin:
        return Workspace(folder)
    if member.email and _same(member.email) in _shared(folder):
        return Workspace(folder, writable=False)
    return None


def _told(folder: Path) -> object:
    try:
        told: object = read_json(folder / _OWNER)
    except InputError:
        return None
    return told


def _folders() -> list[Path]:
    parent = _workspaces()
    found = parent.iterdir() if parent.is_dir() else ()
    return sorted(folder for folder in found if _ID.fullmatch(folder.name) is not None)


def _workspaces() -> Path:
    return home() / "workspaces"


def _shared(folder: Path) -> set[str]:
    path = folder / _SHARED
    return parse_json(path, lambda shared: set(shared["emails"])) if path.is_file() else set()


def _addresses(text: str) -> set[str]:
    return {_same(address) for address in re.split(r"[\s,;]+", text) if address}


def _same(address: str) -> str:
    """Providers spell addresses with and without capitals."""
    return address.casefold()
