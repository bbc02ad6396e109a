"""`train faces`: the best faces that there are pictures for."""

import sys

import pytest
from typer.testing import CliRunner

from models import cli
from models.recipes import RECIPES

# The package has the command of this name where the module would be.
train_command = sys.modules["models.cli.train"]


@pytest.fixture
def begun(monkeypatch):
    """Names of the recipes that would have been trained."""
    names = []
    monkeypatch.setattr(train_command, "_begin", lambda row, *rest: names.append(row.name))
    return names


@pytest.fixture
def found(monkeypatch):
    def let(root):
        monkeypatch.setattr(train_command, "find_root", lambda name, workspace: root)

    return let


def train(tmp_path, *arguments):
    command = ["train", *arguments, "--workspace", str(tmp_path)]
    result = CliRunner().invoke(cli.app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_photographs_are_taken_where_they_are(begun, found, tmp_path):
    found(tmp_path)
    assert "CelebA is found: faces-celeba." in train(tmp_path, "faces")
    assert begun == ["faces-celeba"]


def test_without_photographs_drawn_faces_are_trained_and_it_says_so(begun, found, tmp_path):
    found(None)
    said = train(tmp_path, "faces")
    assert "CelebA is not found in $STUDIO_DATASETS or the workspace: faces-synthetic" in said
    assert begun == ["faces-synthetic"]


def test_all_leaves_out_photographs_that_are_not_there(begun, found, tmp_path):
    found(None)
    assert "faces-celeba is left out" in train(tmp_path, "--all")
    assert begun == [name for name in RECIPES if name != "faces-celeba"]
    begun.clear()
    found(tmp_path)
    assert "left out" not in train(tmp_path, "--all")
    assert begun == list(RECIPES)
