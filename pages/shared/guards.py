"""What should make one careful, worked out once for each preview."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from deepfm.features.feature import Feature
from deepfm.features.guards import Leak, Shift, find_shift, leaks
from deepfm.features.preview import sample_of_parts
from deepfm.features.strength import feature_strengths
from pages.shared.address import t


class Guards(NamedTuple):
    """How much each feature tells, which tell too much, and how now differs from then."""

    strengths: pd.DataFrame
    leaks: list[Leak]
    shift: Shift | None


def guards_of(examples: Path, features: Sequence[Feature]) -> Guards:
    """Look at a sample of an example frame; the reader sees that it takes a moment."""
    with st.spinner(t("Looking for features that tell too much")):
        strengths, shift = _measured(str(examples), tuple(features))
    return Guards(strengths, leaks(strengths, features), shift)


# The path of a preview names its log and question; of the features only the names count.
@st.cache_data(
    max_entries=16, show_spinner=False, hash_funcs={Feature: lambda feature: feature.name}
)
def _measured(examples: str, features: tuple[Feature, ...]) -> tuple[pd.DataFrame, Shift | None]:
    frame = sample_of_parts(Path(examples))
    train, valid = (frame[frame["part"] == part] for part in ("train", "valid"))
    return feature_strengths(train, valid, features), find_shift(frame, features)
