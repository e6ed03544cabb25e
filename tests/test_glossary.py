from deepfm.glossary import GLOSSARY, meanings


def test_every_term_has_one_meaning_in_each_language():
    english, chinese = meanings("en"), meanings("zh")
    assert len(english) == len(chinese) == len(GLOSSARY)
    assert not set(english.values()) & set(chinese.values())
    # A term that is no word of English stays.
    assert set(english) & set(chinese) == {"AUC", "Gini"}
