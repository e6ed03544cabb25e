import subprocess
import sys

import pytest

from deepfm.errors import InputError
from deepfm.model.settings import ModelSettings
from deepfm.training.settings import TrainingSettings, preset


def test_json_round_trip():
    settings = TrainingSettings(model=ModelSettings(fusion="concat", units=()), seed=3)
    assert TrainingSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TrainingSettings(learning_rate=0), "learning rate is 0"),
        (lambda: ModelSettings(units=(64, 0)), "width of a hidden layer is 0"),
        (lambda: ModelSettings(fusion="product"), "Use sum or concat"),
        (lambda: TrainingSettings.from_json({"model": {}, "speed": 1}), "speed is unknown"),
        (lambda: preset("magic"), "Use one of: quick, standard, thorough"),
    ],
)
def test_impossible_settings_are_refused_in_words(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_settings_and_fields_need_no_tensorflow():
    code = (
        "import sys, deepfm.training.settings, deepfm.training.progress, deepfm.fields.fields,"
        "deepfm.model.scoring; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
