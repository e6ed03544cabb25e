"""What a server installs is what the app asks for, each file with its hash."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PIN = re.compile(
    r"^([\w.\-]+)(?:\[[\w,\-]+\])?==([^ ]+) \\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", re.M
)


def _pins() -> dict[str, str]:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = {canonicalize_name(name): version for name, version, _ in PIN.findall(text)}
    assert len(found) == len(re.findall(r"^[\w].*==", text, re.M))
    return found


def test_every_requirement_is_pinned_within_its_range() -> None:
    pins = _pins()
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert asked
    wrong = [
        str(one) for one in asked if pins.get(canonicalize_name(one.name), "") not in one.specifier
    ]
    assert not wrong, "make lock pins them anew"
