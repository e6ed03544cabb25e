"""The one error that is meant for the analyst."""

from __future__ import annotations

from deepfm.language import Language, Sentence


class InputError(ValueError):
    """Something about the input that its owner can mend.

    The sentence says what is wrong, where, and what to do:
    ``InputError("The file {name} is empty. Upload a file with at least one row.", name=…)``.
    Pages show it in the reader's language, the command line prints it and exits with 2.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.sentence = Sentence(template, **values)
        super().__init__(self.sentence.text())

    @classmethod
    def of(cls, sentence: Sentence) -> InputError:
        """The error that says ``sentence``."""
        return InputError(sentence.template, **sentence.values)

    def text(self, language: Language = "en") -> str:
        """The sentence in ``language``."""
        return self.sentence.text(language)
