"""Names of one's own data that no file can have, and which folders are read.

A studio that others log in to reads its own folders of data, and no other of its machine.
"""

import pytest

from models.data import DataError, load
from models.data.places import own_folder, own_table
from models.data.state import dataset_state


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A workspace with a table of its own, beside a table that is none of its business."""
    monkeypatch.delenv("STUDIO_DATASETS", raising=False)
    tables = tmp_path / "workspace" / "datasets" / "tables"
    tables.mkdir(parents=True)
    for folder in (tables, tmp_path):
        (folder / "mine.csv").write_text("a,b\n1,2\n")
    (tables / "link.csv").symlink_to(tmp_path / "mine.csv")
    return tmp_path


def test_elsewhere_is_read_only_where_nobody_logs_in(outside, monkeypatch):
    workspace = outside / "workspace"
    named = [f"table:{outside / 'mine.csv'}", "table:../../../mine.csv", "table:link"]
    assert own_table(named[0], workspace) == outside / "mine.csv"
    monkeypatch.setenv("STUDIO_DATASETS_ONLY", "1")
    assert own_table("table:mine", workspace).read_text() == "a,b\n1,2\n"
    for name in named:
        with pytest.raises(ValueError, match="own folders only"):
            own_table(name, workspace)
        assert dataset_state(name, workspace).state == "incomplete"
    with pytest.raises(ValueError, match="own folders only"):
        own_folder(f"folder:{outside}", workspace)
    assert str(outside) not in dataset_state(f"folder:{outside}", workspace).sentence


@pytest.mark.parametrize("kind", ["table", "folder"])
@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("x" * 256, "too long"),
        ("x" * 252, "too long"),
        ("é" * 200, "too long"),
        ("../" + "x" * 256, "too long"),
        ("x/" * 3000, "too long"),
        ("/" + "x" * 5000, "too long"),
        ("~/" + "x" * 256, "too long"),
        ("a\0b", "a character"),
        ("\ud800", "a character"),
    ],
    ids=lambda text: ascii(text)[:12],
)
@pytest.mark.parametrize("only", ["0", "1"])
def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(
    outside, monkeypatch, kind, name, cause, only
):
    monkeypatch.setenv("STUDIO_DATASETS_ONLY", only)
    workspace, name = outside / "workspace", f"{kind}:{name}"
    found = dataset_state(name, workspace)
    assert found.state == "incomplete"
    assert found.sentence.startswith(f"The name of the {kind} ")
    assert cause in found.sentence
    assert str(outside) not in found.sentence
    with pytest.raises(DataError) as caught:
        load(name, workspace=workspace)
    assert str(caught.value) == found.sentence


def test_the_longest_name_of_a_table_is_found(outside):
    workspace, name = outside / "workspace", "x" * 250
    (workspace / "datasets" / "tables" / f"{name}.csv").write_text("a,b\n1,2\n")
    assert dataset_state(f"table:{name}", workspace).state == "present"
    assert dataset_state("table:/", workspace).state == "incomplete"
