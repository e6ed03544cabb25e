"""Why someone stands where they stand: the parts add up, for everyone and in every kind of run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.language import translate
from deepfm.prospects.person import Person, explain_person
from deepfm.prospects.scorer import Scorer
from deepfm.runs.run import Run

SAMPLED = 50
PARTS = ["first", "interaction", "deep"]


@pytest.fixture(params=["done", "done_sum", "done_event"])
def any_done(request: pytest.FixtureRequest) -> Run:
    run: Run = request.getfixturevalue(request.param)
    return run


def _explain(run: Run, user: str) -> Person:
    return explain_person(Scorer.open(run.folder), run.examples, user)


def test_both_fusions_are_tried(done: Run, done_sum: Run) -> None:
    assert done.settings.model.fusion == "concat"
    assert done_sum.settings.model.fusion == "sum"
    # "concat" has learned weights of its own for the three parts.
    assert (Scorer.open(done_sum.folder).model.fusion == 1.0).all()
    assert (Scorer.open(done.folder).model.fusion != 1.0).any()


def test_base_and_contributions_of_everyone_add_up_to_the_logit_of_the_list(any_done: Run) -> None:
    table = pd.read_parquet(any_done.contributions)
    prospects = pd.read_parquet(any_done.prospects)
    assert table["user"].tolist() == prospects["user"].tolist()
    names = [f"total:{name}" for name in Scorer.open(any_done.folder).fields.names]
    total = table["base"] + table[names].sum(axis=1)
    np.testing.assert_allclose(total, prospects["logit"], atol=1e-4)
    # Without any one of the fields that count, the sum would be wrong.
    assert (table[names].abs().max() > 1e-3).mean() > 0.5


def test_people_one_by_one_add_up_to_the_logit_of_the_list(any_done: Run) -> None:
    prospects = pd.read_parquet(any_done.prospects).set_index("user")
    table = pd.read_parquet(any_done.contributions).set_index("user")
    scorer = Scorer.open(any_done.folder)
    users = prospects.sample(SAMPLED, random_state=1).index
    for user in users:
        person = explain_person(scorer, any_done.examples, str(user))
        parts = person.contributions
        assert person.base + parts["total"].sum() == pytest.approx(person.logit, abs=1e-4)
        assert person.logit == pytest.approx(prospects["logit"][user], abs=1e-6)
        assert person.base == pytest.approx(table["base"][user])
        np.testing.assert_allclose(parts[PARTS].sum(axis=1), parts["total"], atol=1e-9)
        kept = table.loc[user, list("total:" + parts["field"])].astype(float)
        np.testing.assert_allclose(parts["total"], kept, atol=1e-4)


def test_pairs_are_symmetric_and_a_field_makes_no_pair_with_itself(any_done: Run) -> None:
    person = _explain(any_done, pd.read_parquet(any_done.prospects)["user"].iloc[0])
    fields = len(person.contributions)
    assert person.pairs.shape == (fields, fields)
    np.testing.assert_allclose(person.pairs, person.pairs.T, atol=1e-12)
    assert (np.diag(person.pairs) == 0).all()
    assert np.abs(person.pairs).max() > 1e-3


def test_a_row_by_row_score_is_the_mean_and_the_value_that_of_the_newest_row(
    done_event: Run,
) -> None:
    examples = pd.read_parquet(done_event.examples)
    now = examples[examples["part"] == "now"]
    counts = now["user"].value_counts()
    scorer = Scorer.open(done_event.folder)
    for user in (counts.index[0], counts.index[-1], counts[counts == 3].index[0]):
        rows = now[now["user"] == user]
        person = _explain(done_event, user)
        logits = scorer.model.logit(scorer.fields.encode(rows))
        assert person.logit == pytest.approx(logits.mean())
        newest = rows.loc[rows["snapshot"].idxmax()]
        value = person.contributions.set_index("field")["value"]
        assert value["row:category"] == newest["row:category"]
        assert value["hour"] == newest["hour"]
    assert len(now[now["user"] == counts.index[0]]) == 10


@pytest.mark.parametrize("user", ["nobody", "", "' OR '1'='1", "%", "小明"])
def test_an_unknown_user_is_refused_in_words(done: Run, user: str) -> None:
    with pytest.raises(InputError, match="is not on this list") as error:
        _explain(done, user)
    assert user in error.value.text("zh")
    assert "名单" in error.value.text("zh")


def test_someone_of_the_past_who_is_not_active_now_is_not_on_the_list(done: Run) -> None:
    examples = pd.read_parquet(done.examples)
    gone = set(examples["user"]) - set(examples.loc[examples["part"] == "now", "user"])
    with pytest.raises(InputError, match="is not on this list"):
        _explain(done, min(gone))


def test_the_readable_table_is_in_chinese_with_the_strongest_first(done: Run) -> None:
    prospects = pd.read_parquet(done.prospects)
    person = _explain(done, prospects["user"].iloc[-1])
    english, chinese = (person.readable(done.words, language) for language in ("en", "zh"))
    size = chinese["total"].abs()
    assert size.is_monotonic_decreasing
    assert english["field"].tolist() == chinese["field"].tolist()
    assert sorted(chinese["field"]) == sorted(person.contributions["field"])
    assert chinese["label"].str.contains("[一-鿿]").all()
    labels = dict(zip(chinese["field"], chinese["label"], strict=True))
    assert labels["days_since_last"] == done.words["days_since_last"].label.text("zh")
    # Missing values and the features' own words are translated, the log's words are not.
    values = dict(zip(chinese["field"], chinese["value"], strict=True))
    own = dict(zip(english["field"], english["value"], strict=True))
    missing = person.contributions.loc[person.contributions["value"].isna(), "field"]
    assert len(missing)
    assert {values[name] for name in missing} == {translate("none", "zh")}
    assert values["weekend"] == translate(own["weekend"], "zh") != own["weekend"]
    assert values["favorite:category"] == own["favorite:category"]
