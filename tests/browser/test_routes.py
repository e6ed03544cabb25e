"""What other machines ask of the server."""

from __future__ import annotations

import json
import urllib.request

import pytest

from tests.browser.conftest import Shop

pytestmark = pytest.mark.browser


def test_the_server_says_that_it_is_ready(shop: Shop) -> None:
    with urllib.request.urlopen(f"{shop.address}/ready", timeout=30) as answer:
        assert json.load(answer) == {"disk": "ok", "worker": "ok"}


def test_the_server_tells_its_numbers(shop: Shop) -> None:
    with urllib.request.urlopen(f"{shop.address}/metrics", timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        text = answer.read().decode()
    assert 'deepfm_runs{state="done"}' in text
    assert text.endswith("# EOF\n")
