"""Why a warning is shown: the rule behind it, with its borders as they stand in the code."""

from __future__ import annotations

from deepfm.evaluation.drift import LARGE, MODERATE
from deepfm.evaluation.slices import LEAST_OF_A_KIND, WEAK_ERRORS
from deepfm.evaluation.verdict import BANDS, OF_THE_POSSIBLE
from deepfm.features.guards import LEAK, SHIFTED, SUSPECT
from deepfm.language import Sentence
from deepfm.task.examples import LEAST_EVALUATION, LEAST_TRAIN, RELIABLE


def quality_rule() -> Sentence:
    """Of the word for the quality of a model."""
    borders: dict[str, float] = {}
    for name, area, lift in BANDS:
        borders |= {name: area, f"{name}_lift": lift}
    return Sentence(
        "The word goes by the AUC and by the lift of the top 10%; both must reach it. Excellent: "
        "from {excellent:.1f} and {excellent_lift:.1f}×. Good: from {good:.1f} and "
        "{good_lift:.1f}×. Fair: from {fair:.1f} and {fair_lift:.1f}×. Where many do it anyway, "
        "{possible:.0%} of the greatest possible lift will do. The AUC borders 0.7 and 0.8 are "
        "those of Hosmer, Lemeshow and Sturdivant (Applied Logistic Regression, 2013, section "
        "5.2.4), the others are a convention of ours.",
        possible=OF_THE_POSSIBLE,
        **borders,
    )


def weakness_rule() -> Sentence:
    """Of a group of people that is named as weaker."""
    return Sentence(
        "A group is named when its AUC is below that of the whole by more than {errors:.1f} "
        "standard errors. Groups in which fewer than {least} did it, or did not, are left out.",
        errors=WEAK_ERRORS,
        least=LEAST_OF_A_KIND,
    )


def enough_rule() -> Sentence:
    """Of too few examples."""
    return Sentence(
        "A model needs people who did it and people who did not. Below {train} of either in the "
        "training part, or {evaluation} in validation and test, there is no training; from "
        "{reliable} on in each part the result is reliable.",
        train=LEAST_TRAIN,
        evaluation=LEAST_EVALUATION,
        reliable=RELIABLE,
    )


def leak_rule() -> Sentence:
    """Of a feature that may hold the answer."""
    return Sentence(
        "Each feature is tried alone on the validation part. From a Gini of {suspect} on it is "
        "named, and from {leak} on it stops the run unless you give a reason: what is known before "
        "the outcome rarely tells so much.",
        suspect=SUSPECT,
        leak=LEAK,
    )


def shift_rule() -> Sentence:
    """Of a present that is unlike the past."""
    return Sentence(
        "Boosted trees try to tell the people of now from those of training. Where both are alike "
        "they reach an AUC of 0.5; from {shifted} on they are said to differ.",
        shifted=SHIFTED,
    )


def drift_rule() -> Sentence:
    """Of features that moved between training and a later log."""
    return Sentence(
        "The stability index (PSI) compares how a feature is spread now and in training: up to "
        "{moderate} is quiet, above {large} it has moved far.",
        moderate=MODERATE,
        large=LARGE,
    )
