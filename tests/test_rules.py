from deepfm.evaluation.drift import drift_rule
from deepfm.evaluation.slices import weakness_rule
from deepfm.evaluation.verdict import band, quality_rule
from deepfm.features.guards import leak_rule, shift_rule
from deepfm.language import LANGUAGES
from deepfm.task.examples import enough_rule

RULES = [
    quality_rule,
    weakness_rule,
    enough_rule,
    leak_rule,
    shift_rule,
    drift_rule,
]


def test_every_rule_is_said_with_its_borders_in_each_language():
    for rule in RULES:
        for language in LANGUAGES:
            text = rule().text(language)
            assert "{" not in text
            assert any(letter.isdigit() for letter in text)


def test_the_borders_of_the_quality_are_those_it_goes_by():
    said = quality_rule().values
    for name in ("fair", "good", "excellent"):
        area, lift = said[name], said[f"{name}_lift"]
        assert band(area, lift, 0.01) == name
        assert band(area - 1e-6, lift, 0.01) != name
        assert band(area, lift - 1e-6, 0.01) != name
