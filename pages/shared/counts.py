"""How many did it and did not, and what would make it enough: once for each log and question."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.task.advice import advise
from deepfm.task.examples import RELIABLE, count_examples, enough_rule
from deepfm.task.question import Question
from pages.shared.address import t
from pages.shared.plain import said
from pages.shared.show import warn

# So many events are counted in a second or two.
_EVENTS = 2_000_000
# An estimate of so many of a kind is far from where it matters whether there are enough.
_PLENTY = 2 * RELIABLE


def counts_of(log: Log, question: Question) -> tuple[pd.DataFrame, int]:
    """As ``count_examples``, and that one user in so many was counted; 1 where all were.

    The reader sees that it takes a moment.
    """
    with st.spinner(t("Counting")):
        return _counted(str(log.folder), log.fingerprint, json.dumps(question.to_json()))


def advice_for(log: Log, question: Question) -> list[tuple[Sentence, Question]]:
    """As ``advise``: what to change, in words, and the changed question."""
    with st.spinner(t("Looking for a question that the log can answer")):
        found = _advised(str(log.folder), log.fingerprint, json.dumps(question.to_json()))
    return [(Sentence.from_json(what), Question.from_json(changed)) for what, changed in found]


# Never by the log itself: its size must not matter, and its fingerprint says all.
@st.cache_data(max_entries=64, show_spinner=False)
def _counted(folder: str, fingerprint: str, question: str) -> tuple[pd.DataFrame, int]:
    log, asked = Log.open(folder), Question.from_json(json.loads(question))
    one_user_in = _one_user_in(log)
    counts = count_examples(log, asked, one_user_in)
    known = counts.loc[counts["part"] != "now", ["did", "did_not"]]
    if one_user_in > 1 and known.to_numpy().min() < _PLENTY:
        return count_examples(log, asked), 1
    return counts, one_user_in


def _one_user_in(log: Log) -> int:
    return max(1, log.rows // _EVENTS)


@st.cache_data(max_entries=64, show_spinner=False)
def _advised(folder: str, fingerprint: str, question: str) -> list[tuple[Any, Any]]:
    log = Log.open(folder)
    found = advise(log, Question.from_json(json.loads(question)), _one_user_in(log))
    return [(advice.what.to_json(), advice.question.to_json()) for advice in found]


def warn_of_few(warnings: Sequence[Sentence]) -> None:
    """What ``check_enough`` found, if anything."""
    if warnings:
        warn("\n".join(f"- {said(one)}" for one in warnings), enough_rule())
