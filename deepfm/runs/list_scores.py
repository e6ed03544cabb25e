"""Who computes the scores of a list."""

from __future__ import annotations

from functools import partial

from deepfm.features.stored import StoredPart
from deepfm.language import Sentence
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.scores import Scores, score_on_cluster, score_rows
from deepfm.runs.engine import on_engine


def list_scores(scorer: Scorer, rows: StoredPart) -> tuple[Scores, tuple[Sentence, ...]]:
    """The scores of ``rows``: the cluster's, if one is set and can.

    Args:
        scorer: the trained model.
        rows: of a file that the workers of a cluster see.

    Returns:
        The scores, and a note where the cluster could not compute them.
    """
    given = scorer.fields, scorer.model, rows
    return on_engine(
        partial(score_on_cluster, *given),
        partial(score_rows, *given),
        lambda reason: Sentence(
            "This machine has scored the list in place of the cluster. {reason}", reason=reason
        ),
    )
