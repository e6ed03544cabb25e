import pytest

from benchmarks.splits import of_files


def test_libfm_lines_become_one_id_a_field(tmp_path):
    paths = []
    for name in ("train", "valid", "test"):
        paths.append(tmp_path / f"frappe.{name}.libfm")
        paths[-1].write_text("1 451:1 4149:1 5041:1\n-1 21:1 6:1 5041:1\n")
    split = of_files(paths)
    assert split.sparse == ("field_1", "field_2", "field_3")
    assert split.dense == ()
    assert split.label("test").tolist() == [1, 0]
    assert split.parts["train"]["field_2"].tolist() == ["4149", "6"]
    assert split.group("test") is None


@pytest.mark.parametrize("line", ["1 3:1 4:0.5", "1 3:1"])
def test_libfm_lines_that_are_no_plain_fields_are_refused(tmp_path, line):
    path = tmp_path / "odd.libfm"
    path.write_text(f"0 1:1 2:1\n{line}\n")
    with pytest.raises(ValueError, match="pair 2"):
        of_files([path] * 3)


def test_csv_columns_are_ids_unless_named_numbers(tmp_path):
    path = tmp_path / "part.csv"
    path.write_text("click,user,visit,price\n1,u1,v1,2.5\n0,u2,v1,3\n0,u1,v2,1\n")
    split = of_files([path] * 3, None, ["price"], ["visit"])
    assert (split.sparse, split.dense) == (("user",), ("price",))
    assert split.label("valid").tolist() == [1, 0, 0]
    assert split.group("valid").tolist() == [0, 0, 1]
