"""The evaluation in words, for someone who has to decide what to do with the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from deepfm.language import Sentence

Band = Literal["poor", "fair", "good", "excellent"]

OURS = "deepfm"
MODEL_NAMES: Mapping[str, Sentence] = {
    "deepfm": Sentence("DeepFM"),
    "recency": Sentence("the recency rule (most recently active first)"),
    "habit": Sentence("the habit rule (whoever did it most often first)"),
    "logistic": Sentence("logistic regression"),
    "trees": Sentence("gradient-boosted trees"),
}

# AUC from 0.7 and from 0.8: "acceptable" and "excellent" discrimination, below 0.7 "poor" (Hosmer,
# Lemeshow and Sturdivant, Applied Logistic Regression, 3rd ed. 2013, section 5.2.4). The border
# at 0.6 is ours: an AUC of 0.6 to 0.7 is weak for a diagnosis and still saves part of a campaign.
# The lift of the top tenth is a convention of ours too: whoever converts less than 1.2 times as
# often as anyone is hardly worth a list, from twice as often a campaign of its own pays.
_BANDS: tuple[tuple[Band, float, float], ...] = (
    ("excellent", 0.8, 2.0),
    ("good", 0.7, 1.5),
    ("fair", 0.6, 1.2),
)
# With a high base rate no list can double the rate; then four fifths of the possible will do.
_OF_THE_POSSIBLE = 0.8
# The coming days are rarely this predictable; a field that knows the answer is likelier.
_TOO_GOOD = 0.97

_RULES = ("recency", "habit")

_BAND_TEXT: Mapping[Band, str] = {
    "poor": "Quality: poor. Of two {unit}, one that will do it and one that will not, the model "
    "puts the right one first {share:.0%} of the time (AUC {auc:.3f}; a coin reaches 50%).",
    "fair": "Quality: fair. Of two {unit}, one that will do it and one that will not, the model "
    "puts the right one first {share:.0%} of the time (AUC {auc:.3f}; a coin reaches 50%).",
    "good": "Quality: good. Of two {unit}, one that will do it and one that will not, the model "
    "puts the right one first {share:.0%} of the time (AUC {auc:.3f}; a coin reaches 50%).",
    "excellent": "Quality: excellent. Of two {unit}, one that will do it and one that will not, "
    "the model puts the right one first {share:.0%} of the time (AUC {auc:.3f}; a coin reaches "
    "50%).",
}
_OUTCOME_TEXT = {
    "wins": "DeepFM wins by {difference:.3f} AUC against {model} (95% interval {low:+.3f} to "
    "{high:+.3f}).",
    "ties": "DeepFM ties with {model}: the difference of {signed:+.3f} AUC is too small or too "
    "uncertain to count (95% interval {low:+.3f} to {high:+.3f}).",
    "loses": "DeepFM loses by {difference:.3f} AUC against {model} (95% interval {low:+.3f} to "
    "{high:+.3f}).",
}


def band(auc: float, lift: float, base_rate: float) -> Band:
    """Quality in one word: both AUC and lift must reach it.

    Args:
        auc: on the test part.
        lift: of the top tenth.
        base_rate: share of all who did it.
    """
    possible = min(10.0, 1.0 / base_rate)
    for name, least_auc, least_lift in _BANDS:
        if auc >= least_auc and lift >= min(least_lift, _OF_THE_POSSIBLE * possible):
            return name
    return "poor"


def quality_rule() -> Sentence:
    """The rule behind the word for the quality, for whoever asks why they see it."""
    borders: dict[str, float] = {}
    for name, area, lift in _BANDS:
        borders |= {name: area, f"{name}_lift": lift}
    return Sentence(
        "The word goes by the AUC and by the lift of the top 10%; both must reach it. Excellent: "
        "from {excellent:.1f} and {excellent_lift:.1f}×. Good: from {good:.1f} and "
        "{good_lift:.1f}×. Fair: from {fair:.1f} and {fair_lift:.1f}×. Where many do it anyway, "
        "{possible:.0%} of the greatest possible lift will do. The AUC borders 0.7 and 0.8 are "
        "those of Hosmer, Lemeshow and Sturdivant (Applied Logistic Regression, 2013, section "
        "5.2.4), the others are a convention of ours.",
        possible=_OF_THE_POSSIBLE,
        **borders,
    )


def quality(evaluation: Mapping[str, Any]) -> Band:
    """The band of DeepFM in an evaluation."""
    deepfm = model_in(evaluation)
    return band(deepfm["auc"], deepfm["lift"]["10"], evaluation["base_rate"])


def verdict(evaluation: Mapping[str, Any]) -> list[Sentence]:
    """What ``evaluate`` found, in plain words, the most important first."""
    return [
        _quality_sentence(evaluation),
        _top_tenth(evaluation),
        *_certainty(evaluation),
        *(_comparison(c) for c in evaluation["comparisons"]),
        _calibration(evaluation),
        *_too_good(evaluation),
        _advice(evaluation),
    ]


def model_in(evaluation: Mapping[str, Any], name: str = OURS) -> Mapping[str, Any]:
    """The measures of one model in an evaluation."""
    found: Mapping[str, Any] = next(m for m in evaluation["models"] if m["name"] == name)
    return found


def _unit(evaluation: Mapping[str, Any]) -> Sentence:
    return Sentence(evaluation["unit"])


def _quality_sentence(evaluation: Mapping[str, Any]) -> Sentence:
    auc = model_in(evaluation)["auc"]
    text = _BAND_TEXT[quality(evaluation)]
    return Sentence(text, unit=_unit(evaluation), share=auc, auc=auc)


def _top_tenth(evaluation: Mapping[str, Any]) -> Sentence:
    top = evaluation["deciles"][0]
    return Sentence(
        "The top 10% of the test list ({people:,} {unit}) contains {converted:,} of the {all:,} "
        "that did it: {lift:.1f} times as many as a random 10%.",
        people=top["people"],
        unit=_unit(evaluation),
        converted=top["converted"],
        all=evaluation["parts"]["test"]["positives"],
        lift=top["lift"],
    )


def _certainty(evaluation: Mapping[str, Any]) -> list[Sentence]:
    """How much chance is in the figures; evaluations of before did not say."""
    intervals = model_in(evaluation).get("intervals")
    if intervals is None:
        return []
    (low, high), (least, most) = intervals["auc"], intervals["lift_10"]
    return [
        Sentence(
            "So sure are these figures: with other people of the same kind the AUC would most "
            "likely be {low:.3f} to {high:.3f}, and the top 10% {least:.1f} to {most:.1f} times a "
            "random 10% (95% intervals).",
            low=low,
            high=high,
            least=least,
            most=most,
        )
    ]


def _comparison(comparison: Mapping[str, Any]) -> Sentence:
    difference = comparison["difference"]
    values: dict[str, object] = {
        "model": MODEL_NAMES[comparison["against"]],
        "low": comparison["low"],
        "high": comparison["high"],
    }
    if comparison["outcome"] == "ties":
        return Sentence(_OUTCOME_TEXT["ties"], signed=difference, **values)
    return Sentence(_OUTCOME_TEXT[comparison["outcome"]], difference=abs(difference), **values)


def _calibration(evaluation: Mapping[str, Any]) -> Sentence:
    return Sentence(
        "The calibrated probabilities of the test part add up to {expected:,.0f}; {observed:,} did "
        "it.",
        expected=evaluation["calibration"]["expected"],
        observed=evaluation["calibration"]["observed"],
    )


def _too_good(evaluation: Mapping[str, Any]) -> list[Sentence]:
    if model_in(evaluation)["auc"] < _TOO_GOOD:
        return []
    return [
        Sentence(
            "This is too good to be believed at once. Look for a field that knows the answer, for "
            "example a column that is only filled in afterwards."
        )
    ]


def winner(evaluation: Mapping[str, Any]) -> str:
    """The model to go by: DeepFM, or the best of those that it loses to."""
    better = [c for c in evaluation["comparisons"] if c["outcome"] == "loses"]
    return min(better, key=lambda c: float(c["difference"]))["against"] if better else OURS


def _advice(evaluation: Mapping[str, Any]) -> Sentence:
    if quality(evaluation) == "poor":
        return Sentence(
            "Next: do not spend money on this list. Bring a longer log or more columns, or ask for "
            "a more frequent action."
        )
    best = winner(evaluation)
    if best != OURS:
        return Sentence(
            "Next: use the list of {model} for now. DeepFM may gain from more history or from more "
            "columns.",
            model=MODEL_NAMES[best],
        )
    if any(c["outcome"] == "ties" and c["against"] in _RULES for c in evaluation["comparisons"]):
        return Sentence(
            "Next: a simple rule does as well, so the rule will do until the log has more history "
            "or more columns."
        )
    return Sentence(
        "Next: start at the top of the list, and leave a random part of it alone, so that the "
        "effect of the campaign itself can be measured."
    )
