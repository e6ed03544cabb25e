"""Start: what this does, the way through it, and the two ways to begin."""

import streamlit as st

from deepfm.runs.example import has_example, open_example
from deepfm.runs.status import STATE_NAMES
from deepfm.runs.store import open_run
from pages.shared.address import language, remember, t, value_of
from pages.shared.data_get import load_demo
from pages.shared.way import STEPS, go_to, heading, link
from pages.shared.who import workspace

WORDS = {
    "data": "Load a log of who did what and when, and see it checked.",
    "question": "Say who is asked about, what they will do, and within how many days.",
    "features": "See what was known of each user before the moment that is asked about.",
    "training": "Let the model learn, and watch how good it gets.",
    "results": "Read how far the list can be trusted, beside simpler ways.",
    "prospects": "Browse the people most likely to act, with the reasons, and download them.",
    "runs": "Come back to everything that you trained, compare it, or list a later log.",
}


def begin() -> None:
    """With the example, with made-up data, or with one's own."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header(t("Try it with demo data"))
        st.write(t("A made-up shop: look at a finished run, or go all the way yourself."))
        with st.container(horizontal=True):
            if has_example() and st.button(
                t("See a finished example"), icon=":material/visibility:", type="primary"
            ):
                run = open_example(workspace())
                remember(run=run.id, log=run.log_folder.name, upload=None, intake=None)
                go_to("prospects")
            if st.button(t("Load the demo log"), icon=":material/play_arrow:", key="demo"):
                load_demo()
    with right:
        st.header(t("Use my log"))
        st.write(t("One row for each thing that somebody did: a user, an action, a time."))
        link("data", t("Go to the data"))


def states() -> dict[str, tuple[str, str]]:
    """Word and colour of how far each step is, by its name."""
    done, next_, later = (t("done"), "green"), (t("next"), "blue"), (t("later"), "gray")
    found = dict.fromkeys((step.name for step in STEPS), later)
    run_id, log_id = value_of("run"), value_of("log")
    if run_id is not None:
        status = open_run(workspace(), run_id).status
        ended = status.state == "done"
        found |= dict.fromkeys(("data", "question", "features"), done)
        found["training"] = done if ended else (STATE_NAMES[status.state].text(language()), "blue")
        found |= dict.fromkeys(("results", "prospects"), next_ if ended else later)
        found["runs"] = next_ if ended else later
    elif log_id is not None:
        found |= {"data": done, "question": next_}
    else:
        found["data"] = next_
    return found


def show_way() -> None:
    """Each step with what it is for, and how far it is."""
    st.header(t("The way"))
    found = states()
    for step in STEPS[1:]:
        word, color = found[step.name]
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            link(step.name, t(step.title))
            st.markdown(t(WORDS[step.name]), width="stretch")
            st.badge(word, color=color)


heading("start", t("Find the people most likely to act, from a log of what they did."))
st.write(
    t(
        "You bring a log of who did what and when, and ask who will act next. A model learns from "
        "the past days of the log and is tested on later ones that it has not seen. You get a list "
        "of people with a probability and the reasons for each; nothing leaves this machine."
    )
)
begin()
show_way()
