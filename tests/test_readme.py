"""What the README tells a reader to type works as it stands there."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from deepfm.__main__ import main
from deepfm.evaluation.metrics import sigmoid
from deepfm.prospects.scorer import Scorer

README = Path(__file__).parents[1] / "README.md"


def blocks(heading, language):
    """The code of a section, in its order."""
    section = README.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def test_the_notebook_section_runs(tmp_path, monkeypatch):
    _, code = blocks("From a notebook", "python")
    script = tmp_path / "notebook.py"
    script.write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path(str(script))
    later, model = names["later"], names["model"]
    # The chances that the labels were drawn with reach 0.665 on these rows.
    assert roc_auc_score(names["bought"][3000:], names["chances"]) > 0.62
    assert names["chances"].mean() == pytest.approx(names["bought"][3000:].mean(), abs=0.05)
    assert names["reasons"].columns.tolist() == [*later.columns, "base", "residual"]
    assert np.array_equal(names["again"].predict_proba(later), model.predict_proba(later))


def test_the_whole_way_runs_in_a_notebook(tmp_path, monkeypatch):
    code, _ = blocks("From a notebook", "python")
    (tmp_path / "way.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path("way.py")
    people, why = names["people"], names["why"]
    assert people["rank"].tolist() == list(range(1, len(people) + 1))
    typical = Scorer.open(tmp_path / "my-run")
    assert set(why["field"]) == set(typical.fields.names)
    assert why["total"].abs().is_monotonic_decreasing
    assert names["later"].people == len(people)
    assert (tmp_path / "prospects.xlsx").is_file()


def test_the_first_commands_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    first, *_ = blocks("Command line", "sh")
    for command in first.splitlines():
        assert main(command.removeprefix("python -m deepfm ").split()) == 0, capsys.readouterr().err
    made = {path.name for path in tmp_path.iterdir()}
    assert made >= {"demo.csv", "my-run", "prospects.csv", "card.html", "my-run.onnx"}


def test_both_exports_are_served_as_the_section_says(done, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my-run").symlink_to(done.folder)
    (commands,) = blocks("Serve it", "sh")
    for command in commands.splitlines():
        assert main(command.removeprefix("python -m deepfm ").split()) == 0
    Path("serve.py").write_text("".join(blocks("Serve it", "python")), encoding="utf-8")
    names = runpy.run_path("serve.py")
    scorer = Scorer.open(done.folder)
    expected = sigmoid(scorer.model.logit(scorer.fields.encode(names["rows"])))
    assert len(expected) > 1_000
    assert np.allclose(names["score"], expected, rtol=0, atol=1e-5)
    assert np.allclose(names["served"], expected, rtol=0, atol=1e-5)
