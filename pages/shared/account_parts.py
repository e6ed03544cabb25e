"""The account: who is logged in, whose workspace is open, and with whom it is shared."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from deepfm.errors import InputError
from deepfm.runs.members import Entry, Member, entries, owner_of, share, shared_with
from pages.shared.address import remember, t, value_of
from pages.shared.plain import plain
from pages.shared.show import problem
from pages.shared.who import login_on, member, open_to_others, workspace


def show_account() -> None:
    """In the sidebar: the account, or that there is none."""
    with st.sidebar:
        if not login_on():
            st.caption(
                t("Without login: whoever reaches this server sees everything.")
                if open_to_others()
                else t("Without login: only this machine can open these pages.")
            )
            return
        me = member()
        if st.button(me.name, icon=":material/account_circle:", type="tertiary", key="account"):
            st.dialog(t("Account"))(_show)(me)


def say_whose() -> None:
    """Above a page of another's workspace: that it is one, and the way back.

    Without a right to enter it there is no page.
    """
    if not login_on() or value_of("workspace") in (None, member().id):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        try:
            here = workspace()
        except InputError as error:
            st.title(t("Workspace"))
            problem(error)
            _offer_own()
            st.stop()
        text = t("You are in the workspace of {owner}.", owner=owner_of(here))
        if not here.writable:
            text = t("{owner} shares this workspace with you to be read.", owner=owner_of(here))
        st.info(plain(text), icon=":material/group:")
        _offer_own()


def _offer_own() -> None:
    st.button(t("Back to my own"), on_click=_enter, args=[None], key="back-to-own")


def _show(me: Member) -> None:
    st.text(" · ".join(filter(None, (me.name, me.email))))
    _choose(me)
    _share(me)
    st.button(t("Log out"), on_click=st.logout, icon=":material/logout:", key="log-out")


def _choose(me: Member) -> None:
    """Another workspace, where there is one to enter."""
    found = {entry.id: entry for entry in entries(me)}
    if len(found) == 1:
        return
    ids = list(found)
    here = value_of("workspace") or me.id
    st.selectbox(
        t("Workspace"),
        ids,
        index=ids.index(here) if here in found else 0,
        format_func=lambda id: t("My own") if id == me.id else _name(found[id]),
        key="workspace",
        help=t("Yours, and those that others share with you."),
        on_change=lambda: _enter(st.session_state["workspace"]),
    )


def _share(me: Member) -> None:
    before = shared_with(me)
    with st.form("share", border=False):
        text = st.text_area(
            t("Who may read my workspace"),
            "\n".join(before),
            placeholder="name@example.com",
            help=t(
                "E-mail addresses, as they log in with. They see all runs and lists and may "
                "download them, and change nothing."
            ),
        )
        if st.form_submit_button(t("Share"), icon=":material/share:"):
            try:
                before = share(me, text)
            except InputError as error:
                problem(error)
    if before:
        st.caption(t("They open it at this address:"))
        page = urlsplit(str(st.context.url))
        st.code(
            f"{page.scheme}://{page.netloc}/runs?workspace={me.id}", language=None, wrap_lines=True
        )


def _name(entry: Entry) -> str:
    if entry.writable:
        return entry.owner
    return t("{owner}, to be read", owner=entry.owner)


def _enter(id: str | None) -> None:
    """Go to another workspace; logs and runs of this one are not there."""
    own = id is None or id == member().id
    others = dict.fromkeys(("log", "run", "upload", "intake"))
    remember(workspace=None if own else id, **others)
