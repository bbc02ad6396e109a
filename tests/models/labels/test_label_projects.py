"""Projects side by side: made, found, renamed, deleted by their typed name, with labels each."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from models.checkpoint import CheckpointError
from models.cli import app
from models.data import DataError
from models.labels import LabelError
from models.labels.projects import Projects
from models.registry import Registry


@pytest.fixture
def projects(tmp_path):
    workspace = tmp_path / "work"
    return Projects(workspace, Registry(workspace, pretrained=tmp_path / "pretrained"))


@pytest.fixture
def cli(projects):
    """Run `python -m models labels ...` on the projects; returns what it said and its failure."""

    def run(*arguments, **options):
        command = ["labels", *arguments, "--workspace", str(projects.workspace)]
        result = CliRunner().invoke(app, command, **options)
        return result.output, result.exception

    return run


@pytest.fixture
def project(projects):
    return projects.create("My digits", "digits")


def test_a_project_knows_its_samples_and_classes(projects, project):
    assert (project.rows, project.class_names) == (1540, tuple("0123456789"))
    assert projects.get(project.id) == project
    assert projects.find("My digits") == project
    assert projects.list() == [project]
    assert project.labels_file.exists()


def test_each_project_has_labels_of_its_own(projects, project):
    other = projects.create("Ünïcode ✓ <b>", "digits")
    with project.open_labels() as mine, other.open_labels() as theirs:
        mine.label([1], 2)
        assert (mine.standing().labelled, theirs.standing().labelled) == (1, 0)
    assert [p.name for p in projects.list()] == ["My digits", "Ünïcode ✓ <b>"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "two\nlines", "a\0b", "\u202eabc"])
def test_a_name_is_a_line_of_up_to_sixty_characters(projects, project, name):
    with pytest.raises(LabelError, match="no name for a project"):
        projects.create(name, "digits")
    with pytest.raises(LabelError, match="no name for a project"):
        projects.rename(project.id, name)
    assert projects.list() == [project]


def test_two_projects_never_have_one_name(projects, project):
    with pytest.raises(LabelError, match="There is a project My digits already"):
        projects.create(" my DIGITS ", "digits")
    other = projects.create("Other", "digits")
    with pytest.raises(LabelError, match="There is a project My digits already"):
        projects.rename(other.id, "My digits")
    assert projects.rename(project.id, "MY DIGITS").name == "MY DIGITS"


def test_a_new_name_leaves_everything_else_alone(projects, project):
    with project.open_labels() as labels:
        labels.label([1], 2)
        renamed = projects.rename(project.id, "Mine")
        labels.label([2], 2)
    assert (renamed.id, renamed.folder) == (project.id, project.folder)
    with renamed.open_labels() as labels:
        assert labels.standing().labelled == 2


def test_only_its_name_deletes_a_project(projects, project):
    for typed in ("", "my digits", project.id):
        with pytest.raises(LabelError, match="Type the project's name, My digits"):
            projects.delete(project.id, typed)
    projects.delete(project.id, "My digits ")
    assert projects.list() == []
    assert not project.folder.exists()
    with pytest.raises(LabelError, match="There is no label project"):
        projects.get(project.id)


@pytest.mark.parametrize(
    "stranger", ["..", "../labels", "a/b", "", ".", "0" * 12, "A" * 12, "\0", "%2e%2e", ".lock"]
)
def test_no_id_leads_elsewhere(projects, project, stranger):
    for ask in (projects.get, projects.find, lambda i: projects.rename(i, "x")):
        with pytest.raises(LabelError, match="There is no label project"):
            ask(stranger)
    with pytest.raises(LabelError, match="There is no label project"):
        projects.delete(stranger, "My digits")


def test_a_folder_of_ones_own_is_refused_whatever_it_begins_from(projects, tmp_path):
    for checkpoint in (None, "any"):
        with pytest.raises(LabelError, match="folder of your own pictures cannot be labelled"):
            projects.create("a", f"folder:{tmp_path}", checkpoint)
    assert projects.list() == []


def test_a_project_begins_with_what_there_is(projects, tiny_checkpoint):
    with pytest.raises(LabelError, match="There is no data set 'nothing'"):
        projects.create("a", "nothing")
    with pytest.raises(DataError, match="mnist"):
        projects.create("a", "mnist")
    with pytest.raises(CheckpointError, match="There is no checkpoint 'tiny'"):
        projects.create("a", "mnist", "tiny")
    shutil.copytree(tiny_checkpoint, projects.registry.own / "tiny")
    made = projects.create("a", "mnist", "tiny")
    assert (made.rows, made.class_names) == (60_000, tuple("0123456789")), "its own classes"
    with pytest.raises(LabelError, match="no classes"):
        projects.create("b", "digits", rows=5, class_names=())


def test_a_damaged_or_newer_project_is_left_out_and_named(projects, project):
    file = project.folder / "project.json"
    config = json.loads(file.read_text())
    for text, why in (
        ("{", "damaged project.json"),
        (json.dumps(config | {"format": 2}), "format 2; this version reads 1"),
        (json.dumps(config | {"rows": 0}), "at least one row"),
        (json.dumps(config | {"class_names": 5}), "class_names"),
    ):
        file.write_text(text)
        assert projects.list() == []
        with pytest.raises(LabelError, match=why):
            projects.get(project.id)


def test_projects_and_labels_from_the_command_line(cli, tmp_path):
    mine, out = tmp_path / "mine.csv", tmp_path / "out.csv"
    mine.write_text("Serial,label\n0,3\n7,5\n")
    assert "1,540 samples of digits to label" in cli("create", "Mine", "--dataset", "digits")[0]
    said, _ = cli("import", "Mine", str(mine), "--preview")
    assert "2 new, 0 changed, 0 the same, 0 removed" in said
    assert json.loads(cli("list", "--json")[0])[0]["labelled"] == 0
    assert "2 samples have a label now" in cli("import", "Mine", str(mine), input="y\n")[0]
    assert cli("export", "Mine")[0] == "Serial,label\n0,3\n7,5\n"
    mine.write_text("Serial,label\n7,\n8,1\n")
    cli("import", "Mine", str(mine), "--yes")
    cli("export", "Mine", "--output", str(out))
    assert out.read_bytes() == b"Serial,label\r\n0,3\r\n8,1\r\n"
    assert "2 labels changed; 2 samples" in cli("undo", "Mine")[0]
    assert "2 labels changed; 0 samples" in cli("undo", "Mine")[0]
    assert "There is nothing to undo." in cli("undo", "Mine")[0]
    assert "2 labels changed; 2 samples" in cli("redo", "Mine")[0]
    assert "Mine" in cli("list")[0]
    assert "Type the project's name, Mine" in str(cli("delete", "Mine", "--confirm", "mine")[1])
    assert "Mine is gone." in cli("delete", "Mine", input="Mine\n")[0]
    assert json.loads(cli("list", "--json")[0]) == []


def test_a_wrong_file_imports_nothing_and_names_its_lines(cli, project, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("Serial,label\n0,3\n1,x\n" + "5000,1\n" * 20)
    _, error = cli("import", "My digits", str(wrong), "--yes")
    assert "nothing was imported.\nwrong.csv, line 3: 'x' is no class" in str(error)
    assert "wrong.csv, line 4: there is no sample 5000" in str(error)
    assert "and 11 lines more." in str(error)
    assert json.loads(cli("list", "--json")[0])[0]["labelled"] == 0


def test_a_project_with_a_damaged_label_file_is_listed_as_such(cli, project):
    project.labels_file.write_bytes(b"no data base")
    [row] = json.loads(cli("list", "--json")[0])
    assert "is no file of labels" in row["error"]
    assert "DAMAGED" in cli("list")[0]
