"""A studio that others log in to reads its own folders of data, and no other of its machine."""

import pytest

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
