"""What stands around every page: the menu, the language, and errors in words."""

import gc

import streamlit as st

from deepfm.glossary import meanings
from deepfm.language import LANGUAGES
from pages.shared.account_parts import say_whose, show_account
from pages.shared.address import keep_address, language, remember, t
from pages.shared.show import attempt
from pages.shared.way import STEPS
from pages.shared.who import let_in, workspace

LANGUAGE_NAMES = {"en": "English", "zh": "中文"}


def choose_language() -> None:
    """The switch in the sidebar."""
    with st.sidebar:
        st.segmented_control(
            t("Language"),
            LANGUAGES,
            default=language(),
            format_func=LANGUAGE_NAMES.get,
            key="language",
            required=True,
            on_change=lambda: remember(lang=st.session_state["language"]),
        )


def offer_glossary() -> None:
    """What the words mean, from every page."""
    with st.sidebar:
        if st.button(t("What the words mean"), icon=":material/menu_book:", type="tertiary"):
            st.dialog(t("What the words mean"), width="medium")(show_glossary)()


def show_glossary() -> None:
    for term, meaning in meanings(language()).items():
        st.markdown(f"**{term}**  \n{meaning}")


def show_page() -> None:
    """The page, unless it is there to make something and the reader may only look."""
    say_whose()
    step = next(step for step in STEPS if step.name == (page.url_path or STEPS[0].name))
    if step.makes and not workspace().writable:
        st.title(t(step.title))
        workspace().check_writable()
    page.run()


@st.cache_resource(show_spinner=False)
def spare_imports(page: str) -> None:
    """Take what a page has imported out of what is searched for garbage.

    Streamlit searches all objects after every run of a script, so every second while a training
    is watched; most of them are modules, which stay.
    """
    gc.collect()
    gc.freeze()


keep_address()
st.set_page_config(
    page_title=t("Prospects from a behaviour log"), page_icon=":material/groups:", layout="wide"
)
page = st.navigation(
    [
        st.Page(
            step.path,
            title=t(step.title),
            icon=step.icon,
            url_path=step.name,
            default=step is STEPS[0],
        )
        for step in STEPS
    ]
)
choose_language()
let_in()
offer_glossary()
show_account()
attempt(show_page)
spare_imports(page.title)
