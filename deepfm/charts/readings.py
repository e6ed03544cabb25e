"""How to read each figure, in one line."""

from __future__ import annotations

from collections.abc import Mapping

# By the key under which the pages show it.
READINGS: Mapping[str, str] = {
    "events-over-time": "A gap or a jump here is a fault of the log or an event of the business; "
    "the features will bear it.",
    "events-by-hour": "Darker means more events. A pattern that is shifted by hours points to a "
    "wrong time zone.",
    "time-axis": "Each row is one look: grey is what the model knows, the colour is what it is to "
    "tell.",
    "distribution": "Where the two differ, the feature tells something.",
    "timeline": "What lies left of the line was known; whether somebody did it is decided to its "
    "right.",
    "loss": "Both should fall. Where validation rises while training falls, the model learns by "
    "heart, and its best step is kept.",
    "auc": "How often the right one of two people is put first. The step with the best validation "
    "is kept.",
    "rate": "It falls whenever the validation no longer gets better.",
    "comparison": "Further right is better. Where the bar of another way reaches the line, the two "
    "cannot be told apart.",
    "lift": "The first bars should be long and the last ones short: then the order is of use.",
    "gains": "Contact so much of the list, and you reach so many of those who will do it. The "
    "further above the dashed line, the better.",
    "calibration": "On the line, a probability of 20% means that one in five does it.",
    "over-time": "A fall towards the end says that the model grows old.",
    "roc": "For experts: the share of those who did it that is found, for each share of false "
    "alarms.",
    "precision": "For experts: how pure the list is, for each share of those who did it that is "
    "found.",
    "slices": "Groups left of the line are served worse than the whole.",
    "importance": "This explains the model. It does not say what causes the action.",
    "interactions": "Darker pairs matter more together, beyond what each does alone.",
    "pairs": "Blue pairs raise this score together, orange ones lower it, beyond what each does "
    "alone.",
    "embedding": "Values near each other go with alike people. The directions mean nothing alone.",
    "probabilities": "Most people are unlikely to act; the few on the right are those to contact.",
    "profit": "Left of the peak you leave money, right of it you pay for contacts that bring less "
    "than they cost.",
    "waterfall": "Contributions are log-odds against a typical user and add up to the score. They "
    "explain the model, not what would happen if something were changed.",
    "parts": "Linear: the value by itself. Interaction: with another value. Deep: in the network.",
    "events": "What this user did, the latest on the right.",
    "backtest": "On the line, the probabilities of the list came true.",
    "backtest-lift": "The first bars should be the longest: then the list's order held.",
}
