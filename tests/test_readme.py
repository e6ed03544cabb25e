"""What the README tells a reader to type works as it stands there."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

README = Path(__file__).parents[1] / "README.md"


def test_the_notebook_section_runs(tmp_path, monkeypatch):
    section = README.read_text(encoding="utf-8").split("## From a notebook")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
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
