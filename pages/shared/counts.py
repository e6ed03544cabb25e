"""How many did it and did not, counted once for each log and question."""

import json

import pandas as pd
import streamlit as st

from deepfm.log.log import Log
from deepfm.runs.store import open_log
from deepfm.task.examples import count_examples
from deepfm.task.question import Question
from pages.shared.address import t


def counts_of(log: Log, question: Question) -> pd.DataFrame:
    """As ``count_examples``; the reader sees that it takes a moment."""
    with st.spinner(t("Counting")):
        return _counted(log.folder.name, log.fingerprint, json.dumps(question.to_json()))


# Never by the log itself: its size must not matter, and its fingerprint says all.
@st.cache_data(max_entries=64, show_spinner=False)
def _counted(log_id: str, fingerprint: str, question: str) -> pd.DataFrame:
    return count_examples(open_log(log_id), Question.from_json(json.loads(question)))
