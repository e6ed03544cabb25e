import ast
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.language import catalogue
from deepfm.model.settings import ModelSettings
from deepfm.training.settings import TrainingSettings, preset


def test_json_round_trip():
    settings = TrainingSettings(model=ModelSettings(fusion="concat", units=()), seed=3)
    assert TrainingSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TrainingSettings(learning_rate=0), "learning rate is 0"),
        (lambda: TrainingSettings(learning_rate=float("nan")), "learning rate is nan"),
        (lambda: TrainingSettings(batch_size=10.5), "batch size is 10.5. It must be a whole"),
        (lambda: TrainingSettings(l2="much"), "L2 weight is much. It must be a number"),
        (lambda: TrainingSettings(seed=-1), "seed is -1"),
        (lambda: ModelSettings(units=(64, 0)), "width of a hidden layer is 0"),
        (lambda: ModelSettings(fusion="product"), "Use sum or concat"),
        (lambda: TrainingSettings.from_json({"model": {}, "speed": 1}), "speed is unknown"),
        (lambda: preset("magic"), "Use one of: quick, standard, thorough"),
    ],
)
def test_impossible_settings_are_refused_in_words(make, words):
    with pytest.raises(InputError, match=words) as error:
        make()
    assert error.value.sentence.template in catalogue("zh")


def test_settings_are_named_in_chinese():
    bad = vars(TrainingSettings()).keys() - {"model", "mixed_precision"}
    errors = []
    for make, name in [*((TrainingSettings, n) for n in bad), (ModelSettings, "dim")]:
        with pytest.raises(InputError) as error:
            make(**{name: -1})
        errors.append(error.value.text("zh"))
    assert not [text for text in errors if re.search("[A-Za-z]{3}", text)]


def test_every_sentence_of_fields_model_and_training_is_in_chinese():
    root = Path(str(files("deepfm")))
    templates = set()
    for folder in ("fields", "model", "training"):
        for path in (root / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InputError":
                    texts = [n for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
                    templates |= {text.value for text in texts}
    assert len(templates) >= 10
    chinese = catalogue("zh")
    for template in templates:
        english_places, chinese_places = (
            sorted(re.findall(r"\{(\w+)", text)) for text in (template, chinese[template])
        )
        assert english_places == chinese_places


def test_settings_and_fields_need_no_tensorflow():
    code = (
        "import sys, deepfm.training.settings, deepfm.training.progress, deepfm.fields.fields,"
        "deepfm.training.device, deepfm.model.scoring;"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
