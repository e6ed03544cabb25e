"""Several users on one server, who log in with OpenID Connect: real provider, real browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread
from selenium.webdriver.common.by import By

from deepfm.runs.example import open_example
from deepfm.runs.members import Member
from deepfm.runs.run import Run
from deepfm.runs.workspace import Workspace
from tests.browser.chromium import Page, free_port, server

pytestmark = pytest.mark.browser

SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "of the tests alone, and long enough to sign with"
client_id = "prospects"
client_secret = "nobody asks for it"
server_metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"
"""
NAMES = ("ann", "ben", "root")
# What the page Runs says above a table with runs.
LISTED = "Choose one to open or delete it"


@dataclass(frozen=True)
class Office:
    """A server with login.

    Attributes:
        address: of the server.
        home: where it keeps everything.
        issuer: who vouches for its users.
        run: of ann, done.
    """

    address: str
    home: Path
    issuer: str
    run: Run

    def folder(self, name: str) -> Path:
        """The workspace of a user."""
        return self.home / "workspaces" / _id(self.issuer, name)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Ann has the example; the others have nothing."""
    home = tmp_path_factory.mktemp("office")
    port = free_port()
    users = [
        User(sub=name, claims={"name": name.title(), "email": f"{name}@example.com"})
        for name in NAMES
    ]
    with run_server_in_thread(user_claims=users) as provider:
        secrets = home / "secrets.toml"
        secrets.write_text(SECRETS.format(port=port, provider=provider.server_port))
        issuer = f"http://localhost:{provider.server_port}"
        run = open_example(Workspace(home / "workspaces" / _id(issuer, "ann")))
        options = ("--secrets.files", str(secrets))
        admins = {"DEEPFM_ADMINS": "root@example.com"}
        with server(home, "app.py", *options, port=port, **admins) as address:
            yield Office(address, home, issuer, run)


def _id(issuer: str, name: str) -> str:
    return Member(issuer, name, "", "").id


class Visitor(Page):
    """One who logs in."""

    def log_in(self, office: Office, name: str, path: str = "") -> None:
        """Come to a page as a stranger, and leave the provider as ``name``."""
        self.open(f"{office.address}/{path}")
        assert "Nobody else sees them" in self.text()
        self.press("Log in")
        self.press(name)
        _until(lambda: "Use my log" in self.text())
        self.settle()

    def press(self, text: str) -> None:
        """Click a button that leads to the provider, or is there."""
        query = (By.XPATH, f"//button[contains(., '{text}')]")
        _until(lambda: self.driver.find_elements(*query))
        self.driver.find_element(*query).click()


def _until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_stranger_sees_nothing_whatever_the_address_says(office: Office, tmp_path: Path) -> None:
    with Visitor(tmp_path) as page:
        for path in ("", "runs", f"prospects?run={office.run.id}", f"results?run={office.run.id}"):
            page.open(f"{office.address}/{path}")
            text = page.text()
            assert "Nobody else sees them" in text
            assert "Download the list" not in text
            assert LISTED not in text


def test_users_see_their_own_and_share_on_purpose(office: Office, tmp_path: Path) -> None:
    with Visitor(tmp_path) as ann, Visitor(tmp_path) as ben:
        ann.log_in(office, "ann")
        ben.log_in(office, "ben")
        ann.go_to("Runs")
        assert LISTED in ann.text()
        own = f"prospects?run={office.run.id}"
        ann.open(f"{office.address}/{own}")
        assert "Download the list" in ann.text()
        # The same address in the hands of another opens nothing.
        ben.open(f"{office.address}/{own}")
        assert "has no run.json" in ben.text()
        theirs = f"workspace={office.folder('ann').name}"
        ben.open(f"{office.address}/{own}&{theirs}")
        assert "not shared with you" in ben.text()
        ben.go_to("Runs")
        assert LISTED not in ben.text()

        ann.click("Ann")
        ann.wait_for("Who may read my workspace")
        box = ann.driver.find_element(By.CSS_SELECTOR, "textarea")
        box.send_keys("Ben@example.com")
        ann.click("Share")
        ann.wait_for(theirs)

        ben.open(f"{office.address}/runs?{theirs}")
        assert "ann@example.com shares this workspace" in ben.text()
        assert LISTED in ben.text()
        ben.open(f"{office.address}/{own}&{theirs}")
        assert "Download the list" in ben.text()
        ben.go_to("Train")
        assert "Go back to your own" in ben.text()
        assert "Start the training" not in ben.text()
        ben.click("Back to my own")
        ben.go_to("Runs")
        assert LISTED not in ben.text()


def test_what_a_user_makes_lies_in_their_own_workspace(office: Office, tmp_path: Path) -> None:
    with Visitor(tmp_path) as ben:
        ben.log_in(office, "ben")
        ben.click("Load the demo log")
        ben.wait_for("Next: ask a question")
    assert len(list((office.folder("ben") / "logs").iterdir())) == 1
    assert not (office.home / "logs").exists()
    assert not (office.home / "uploads").exists()


def test_an_administrator_enters_all_and_leaves_again(office: Office, tmp_path: Path) -> None:
    with Visitor(tmp_path) as root:
        root.log_in(office, "root")
        root.open(f"{office.address}/runs?workspace={office.folder('ann').name}")
        assert "You are in the workspace of ann@example.com" in root.text()
        assert LISTED in root.text()
        root.click("Root")
        root.press("Log out")
        root.press("End session")
        _until(lambda: "Nobody else sees them" in root.text())


def test_a_server_open_to_others_shows_nothing_without_login(tmp_path: Path) -> None:
    options = ("--server.address", "0.0.0.0")
    with server(tmp_path, "app.py", *options) as address, Page(tmp_path) as page:
        page.open(address)
        assert "nobody has to log in" in page.text()
        assert "Use my log" not in page.text()
    with (
        server(tmp_path, "app.py", *options, DEEPFM_UNGUARDED="1") as address,
        Page(tmp_path) as page,
    ):
        page.open(address)
        assert "whoever reaches this server sees everything" in page.text()
        assert "Use my log" in page.text()
