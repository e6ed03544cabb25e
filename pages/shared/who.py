"""Who looks at the pages, and whose logs and runs they see."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address

import streamlit as st

from deepfm.runs.members import Member, open_workspace
from deepfm.runs.workspace import Workspace, common_workspace
from pages.shared.address import t, value_of

UNGUARDED = "DEEPFM_UNGUARDED"


def workspace() -> Workspace:
    """The workspace that the reader is in; found anew at every use, as a session may change hands.

    Raises:
        InputError: the address names one that is not shared with them.
    """
    if not login_on():
        return common_workspace()
    return open_workspace(member(), value_of("workspace"))


def login_on() -> bool:
    """Whether ``.streamlit/secrets.toml`` says how people log in."""
    return bool(st.secrets.load_if_toml_exists() and "auth" in st.secrets)


def member() -> Member:
    """Who is logged in; nothing goes on where nobody is."""
    if not st.user.is_logged_in:
        st.stop()
    user = st.user.to_dict()
    # Some providers do not say whether they verified it; one that says no does not count.
    email = str(user.get("email") or "") if user.get("email_verified") is not False else ""
    name = str(user.get("name") or email or user["sub"])
    return Member(str(user["iss"]), str(user["sub"]), name, email)


def let_in() -> None:
    """Go on for who may see the pages; show others how they get in."""
    if login_on() and not st.user.is_logged_in:
        ask_to_log_in()
        st.stop()
    if not login_on() and open_to_others() and os.environ.get(UNGUARDED) != "1":
        st.title(t("Prospects from a behaviour log"))
        st.error(
            t(
                "Other machines can reach this server, and nobody has to log in: it shows nothing. "
                "Set up a login, or leave server.address at 127.0.0.1. The documentation of the "
                "deployment says how, and what to do where something in front asks for the login."
            ),
            icon=":material/lock:",
        )
        st.stop()


def ask_to_log_in() -> None:
    st.title(t("Prospects from a behaviour log"))
    st.write(t("Log in to see your logs and runs. Nobody else sees them unless you share them."))
    providers = [name for name, value in st.secrets["auth"].items() if isinstance(value, Mapping)]
    for provider in providers or [None]:
        label = t("Log in") if provider is None else t("Log in with {name}", name=provider)
        st.button(
            label,
            on_click=st.login,
            args=[provider],
            key=f"log-in-{provider}",
            type="primary",
            icon=":material/login:",
        )


def open_to_others() -> bool:
    """Whether the server listens to more than this machine."""
    address = st.get_option("server.address")
    if address == "localhost":
        return False
    try:
        # Without an address Streamlit listens on all.
        return not (address and ip_address(address).is_loopback)
    except ValueError:
        return True
