"""What stands around every page: the menu, the language, and errors in words."""

import gc

import streamlit as st

from deepfm.glossary import meanings
from deepfm.language import LANGUAGES
from pages.shared.address import keep_address, language, remember, t
from pages.shared.show import attempt
from pages.shared.way import STEPS

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
offer_glossary()
attempt(page.run)
spare_imports(page.title)
