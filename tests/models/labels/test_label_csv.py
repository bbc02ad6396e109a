"""Labels from and to CSV: whatever a spreadsheet writes is read, and what is wrong is named."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import LabelError, preview, read_labels, read_table, write_labels

NAMES = ("T-shirt", "7", "=1+2", "bag, large")


def read(text, classes=10, rows=20):
    found = read_labels(text, rows, classes)
    return {row: label for row, label in enumerate(found.tolist()) if label >= 0}


@pytest.mark.parametrize(
    "text",
    [
        "Serial,label\n3,7\n5,0\n",
        "Serial,label\r\n3,7\r\n5,0\r\n",
        "\ufeffSerial,label\n3,7\n5,0",
        "serial;LABEL\n3;7\n5;0\n",
        "Serial\tlabel\n3\t7\n5\t0\n",
        'Serial,label\n"3","7"\n\n 5 , 0 \n\n',
        "Serial,label\n3,7.0\n5.0,0.0\n1,nan\n2,NaN\n4,\n",
    ],
    ids=["plain", "windows", "mark", "semicolons", "tabs", "quoted and blank", "with NaN"],
)
def test_files_of_every_program_are_read(text, tmp_path):
    assert read(text) == {3: 7, 5: 0}
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode())
    assert read(path) == {3: 7, 5: 0}
    assert read(text.encode()) == {3: 7, 5: 0}


def test_a_class_can_be_given_by_name_or_number():
    text = 'Serial,label\n0,T-shirt\n1,0\n2,7\n3,"bag, large"\n4,\'=1+2\n5,1\n'
    assert read(text, NAMES) == {0: 0, 1: 0, 2: 1, 3: 3, 4: 2, 5: 1}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("20,1", r"line 2: there is no sample 20; they are numbered 0 to 19\."),
        ("-1,1", r"line 2: Serial is '-1'; write the number of a sample\."),
        ("1.5,1", r"line 2: Serial is '1\.5'"),
        ("x,1", r"line 2: Serial is 'x'"),
        (",1", r"line 2: Serial is ''"),
        ("²,1", r"line 2: Serial is '²'"),
        ("1e3,1", r"line 2: Serial is '1e3'"),
        (f"{'9' * 5000},1", r"line 2: Serial is '9{39,40}'?; write"),
        ("1,10", r"line 2: '10' is no class; write one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\."),
        ("1,-1", r"line 2: '-1' is no class"),
        ("1,1.5", r"line 2: '1\.5' is no class"),
        ("1,seven", r"line 2: 'seven' is no class"),
        ("1", r"line 2: there is 1 value where 2 belong, Serial and label\."),
        ("1,2,3", r"line 2: there are 3 values where 2 belong"),
        ("1," * 10**6, r"line 2: there are 1,000,001 values where 2 belong"),
        ("1,2\n\n3,4\n1,2", r"line 5: sample 1 is on line 2 already\."),
        ("1,nan\n1,2", r"line 3: sample 1 is on line 2 already\."),
        ('1,"2', r"line 2: this is no CSV"),
        ('1,2\n3,"4"5', r"line 3: this is no CSV"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(lines, why, tmp_path):
    with pytest.raises(LabelError, match=f"^{why}"):
        read(f"Serial,label\n{lines}\n")
    path = tmp_path / "mine.csv"
    path.write_text(f"Serial,label\n{lines}\n", encoding="utf-8")
    with pytest.raises(LabelError, match=f"^mine.csv, {why}"):
        read(path)


@pytest.mark.parametrize("text", ["", "\n", "1,2\n", "Serial,label,extra\n", "label,Serial\n1,2\n"])
def test_a_file_without_the_header_is_refused(text):
    with pytest.raises(LabelError, match="line 1: the first line must be 'Serial,label'"):
        read(text)


def test_no_text_no_file_and_a_huge_one_are_refused(tmp_path):
    with pytest.raises(LabelError, match="is not UTF-8"):
        read(b"Serial,label\n1,\xff\n")
    with pytest.raises(LabelError, match=r"none.csv, cannot be read \(No such file"):
        read(tmp_path / "none.csv")
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(64_000_001)
    with pytest.raises(LabelError, match="over 64 MB are too much"):
        read(huge)
    with pytest.raises(LabelError, match="over 64 MB are too much"):
        read("x" * 64_000_001)


def test_a_preview_counts_what_would_change():
    current = np.full(20, -1, np.int16)
    current[[1, 2, 3, 4]] = [1, 1, 1, 1]
    found = preview("Serial,label\n0,5\n1,1\n2,7\n3,nan\n9,nan\n", current, 10)
    assert (found.added, found.changed, found.same, found.removed) == (1, 1, 2, 1)
    assert found.changes == {0: 5, 2: 7, 3: None}, "sample 4 has no line and keeps its label"
    assert not found.problems


def test_a_preview_tells_every_wrong_line_up_to_fifty():
    text = "Serial,label\n" + "".join(f"{row},{row % 12}\n" for row in range(12))
    found = preview(text, np.full(12, -1, np.int16), 10)
    assert [p.partition(":")[0] for p in found.problems] == ["line 12", "line 13"]
    many = read_table("Serial,label\n" + "x,1\n" * 1000, 20, 10)
    assert len(many.problems) == 50


def test_no_cell_of_an_export_is_a_formula():
    names = ("=1+2", "+a", "-b", "@c", "\td", "\re", "plain")
    text = write_labels(np.arange(7, dtype=np.int16), names)
    cells = [row[1] for row in csv.reader(io.StringIO(text, newline=""))]
    assert cells == ["label", "'=1+2", "'+a", "'-b", "'@c", "'\td", "'\re", "plain"]


CLASS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=5)


@given(
    st.lists(CLASS.map(str.strip).filter(bool), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(-1, 3), min_size=1, max_size=8),
)
def test_an_export_can_be_read_again(names, given_labels):
    labels = np.array([min(label, len(names) - 1) for label in given_labels], np.int64)
    for classes, text in ((len(names), write_labels(labels)), (names, write_labels(labels, names))):
        assert (read_labels(text, len(labels), classes) == labels).all()
