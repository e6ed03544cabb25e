from deepfm.evaluation.drift import LARGE, MODERATE
from deepfm.glossary import GLOSSARY, meanings
from deepfm.prospects.ranking import TIERS


def test_every_term_has_one_meaning_in_each_language():
    english, chinese = meanings("en"), meanings("zh")
    assert len(english) == len(chinese) == len(GLOSSARY)
    assert not set(english.values()) & set(chinese.values())
    # A term that is no word of English stays.
    assert set(english) & set(chinese) == {"AUC", "Gini"}


def test_the_borders_in_it_are_those_of_the_code():
    shares = [f"{share:.0%}" for share in TIERS.values() if share < 1]
    assert all(share in GLOSSARY["Tier"] for share in shares)
    assert all(str(border) in GLOSSARY["Stability index (PSI)"] for border in (MODERATE, LARGE))
