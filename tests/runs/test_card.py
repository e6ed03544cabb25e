"""The model card says what the run's own files say."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from deepfm.__main__ import main
from deepfm.errors import InputError
from deepfm.evaluation.verdict import model_in
from deepfm.language import LANGUAGES, Language, catalogue
from deepfm.prospects.export import write_xlsx
from deepfm.prospects.strength import field_strength
from deepfm.runs.card import model_card, write_card
from deepfm.runs.run import Run


def test_a_card_tells_question_data_quality_weakness_and_misuse(done: Run) -> None:
    evaluation = done.evaluation()
    title, sections = model_card(done, "en")
    assert done.id in title
    by_title = {section.title: section for section in sections}
    assert by_title["Question"].lines == [done.question.sentence().text()]
    data = by_title["Data"]
    assert f"{done.log_entry['rows']:,} events" in data.lines[0]
    examples = pd.read_parquet(done.examples)
    last = examples["snapshot"].max()
    assert any(f"{last:%Y-%m-%d}" in line for line in data.lines)
    assert data.table is not None
    assert data.table["Examples"].sum() == sum(examples["part"] != "now")
    quality = by_title["Quality"]
    assert quality.table is not None
    assert quality.table["AUC"][0].startswith(f"{model_in(evaluation)['auc']:.3f} (")
    weak = [group for group in evaluation["slices"] if group["weak"]]
    table = by_title["Where it is weaker"].table
    assert (0 if table is None else len(table)) == len(weak)
    strongest = field_strength(done.contributions).index[0]
    fields = by_title["What the model looks at"].table
    assert fields is not None
    assert fields["Feature"][0] == done.words[strongest].label.text()
    assert any("credit" in line for line in by_title["Use and misuse"].lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_run_has_a_card(
    done_event: Run, done_pair: Run, tmp_path: Path, language: Language
) -> None:
    for run in (done_event, done_pair):
        path = tmp_path / f"{run.id}.html"
        write_card(model_card(run, language), path, language)
        assert f'<html lang="{language}">' in path.read_text(encoding="utf-8")


def test_the_command_writes_a_page_or_markdown(done: Run, tmp_path: Path) -> None:
    for name in ("card.md", "card.html"):
        assert main(["card", str(done.folder), "--to", str(tmp_path / name)]) == 0
        assert done.question.sentence().text() in (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["card.pdf", "nowhere/card.md"])
def test_a_card_that_cannot_be_written_is_refused(done: Run, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as error:
        write_card(model_card(done, "en"), tmp_path / name, "en")
    assert error.value.sentence.template in catalogue("zh")


def test_the_card_is_the_second_sheet_of_a_workbook(done: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    title, sections = model_card(done, "zh")
    people = write_xlsx(done.prospects, path, "zh", done.words, card=(title, sections))
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == [catalogue("zh")["Prospects"], "模型卡"]
    assert book.worksheets[0].max_row == people + 1
    cells = {cell for row in book["模型卡"].iter_rows(values_only=True) for cell in row}
    assert title in cells
    assert {line for section in sections for line in section.lines} <= cells
