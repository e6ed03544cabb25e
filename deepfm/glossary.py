"""What the words of the pages and of the files mean, in one line each."""

from __future__ import annotations

from collections.abc import Mapping

from deepfm.language import Language, translate

# In the order in which a reader meets them.
GLOSSARY: Mapping[str, str] = {
    "Snapshot": "A moment at which the model looks at everybody: it knows what came before, and is "
    "to tell what comes after.",
    "Lookback": "How many days before a snapshot the features look at.",
    "Horizon": "How many days after a snapshot count: whoever acts within them did it.",
    "Label": "Whether somebody did it within the horizon, yes or no.",
    "Feature": "Something that was known of a user at the snapshot, such as the days since the "
    "last visit.",
    "Base rate": "Share of all who did it. A random list reaches as many.",
    "AUC": "Of two people, one that did it and one that did not, how often the right one is put "
    "first. 0.5 is a coin, 1 is perfect.",
    "Log loss": "How far the probabilities are from what happened, with a heavy price for being "
    "sure and wrong. Less is better.",
    "Average precision": "Share that did it, averaged over the places of the list where somebody "
    "did. It counts the top most; a random list has the base rate.",
    "Lift": "How many times as often those at the top of the list did it as anybody.",
    "Lift of the top 10%": "How many times as often the first tenth of the list did it as anybody.",
    "95% interval": "Where the figure would most likely lie with other people of the same kind.",
    "Calibration": "Turns a score into a probability: of people at 20%, about one in five does it.",
    "Score": "What the model says, from 0 to 1, before the calibration. Good for the order only.",
    "Percentile": "Share of the list that stands below.",
    "Probability": "How likely somebody is to do it, after the calibration.",
    "Tier": "The list in parts: A is its first 5%, B goes on to 20%, C to 50%, D is the rest.",
    "Logit": "The score on the scale on which contributions add up: 0 is one half.",
    "Contribution": "What a feature adds to somebody's logit, against a typical user.",
    "Strength": "Size of a feature's contributions, on average over the people.",
    "Expected to act": "The probabilities of all on the list, added up.",
    "In the first 10%": "The probabilities of the first tenth of the list, added up.",
    "Hold-out": "People who are left alone at random, so that the effect of a campaign can be "
    "measured.",
    "Will do it": "Expected number of those contacted who do it, whether for the contact or not.",
    "Wasted contacts": "Expected number of those contacted who do not do it.",
    "Missed": "Expected number of those not contacted who do it.",
    "Expected profit": "What those who do it bring, less the cost of all contacts.",
    "Likeness": "Cosine between two vectors of the model: 1 is the same, 0 has nothing in common.",
    "Gini": "Twice the AUC less one: 0 tells nothing, 1 tells all.",
    "Stability index (PSI)": "How far a feature has moved since the training. Up to 0.1 is quiet, "
    "from 0.25 on the people are others.",
}


def meanings(language: Language) -> dict[str, str]:
    """Each term with its meaning, both in a language."""
    return {translate(k, language): translate(v, language) for k, v in GLOSSARY.items()}
