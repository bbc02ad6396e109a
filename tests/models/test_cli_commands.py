import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models import cli
from models.data import DATASETS
from models.recipes import RECIPES

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "train",
    "evaluate",
    "encode",
    "attributes",
    "sweep",
    *(f"runs {n}" for n in ("list", "show", "watch", "stop", "resume", "keep", "remove")),
    *(f"checkpoints {name}" for name in ("list", "show", "verify", "rename", "remove")),
    *(f"data {name}" for name in ("list", "fetch")),
    *(f"bench {name}" for name in ("train", "decode", "encode", "faces", "flight", "live")),
    *(f"bench {name}" for name in ("startup", "map", "memory")),
]


@pytest.fixture
def workspace(checkpoint, tmp_path):
    """A workspace that holds the tiny checkpoint under the name `tiny`."""
    return tmp_path


@pytest.fixture
def run(workspace):
    """Run a command that must succeed, in the workspace; return what it printed."""

    def invoke(*arguments, input=None):
        command = [*map(str, arguments), "--workspace", str(workspace)]
        result = CliRunner().invoke(cli.app, command, input=input, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


@pytest.fixture
def fail(workspace, monkeypatch, capsys):
    """Run a command that must fail; return the one sentence on standard error."""

    def invoke(*arguments):
        command = ["models", *map(str, arguments), "--workspace", str(workspace)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        lines = printed.err.splitlines()
        assert len(lines) == 1, printed.err
        assert lines[0].startswith("Error: ")
        return lines[0]

    return invoke


def flip_a_bit(folder, file="model.safetensors"):
    data = bytearray((folder / file).read_bytes())
    data[-5] ^= 4
    (folder / file).write_bytes(data)


def row(rows, name):
    (found,) = (row for row in rows if row["name"] == name)
    return found


@pytest.mark.parametrize("command", ["", *COMMANDS, "checkpoints", "data", "bench"])
def test_every_command_has_help(command):
    result = CliRunner().invoke(cli.app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "--help" in result.output


def test_lists_checkpoints_as_json(run):
    tiny = row(json.loads(run("checkpoints", "list", "--json")), "tiny")
    expected = {"name", "recipe", "dataset", "latent_dim", "metrics", "licence", "verified"}
    assert expected <= tiny.keys()
    assert (tiny["recipe"], tiny["dataset"]) == ("navigator-digits", "digits")
    assert (tiny["latent_dim"], tiny["licence"]) == (2, "MIT")
    assert tiny["verified"] is True
    assert tiny["shipped"] is False
    assert tiny["metrics"]["iwae"] > tiny["metrics"]["elbo"]


def test_lists_checkpoints_as_a_table(run, workspace, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shutil.copytree(workspace / "checkpoints/tiny", workspace / "checkpoints/broken")
    flip_a_bit(workspace / "checkpoints/broken")
    table = run("checkpoints", "list")
    assert "tiny" in table
    assert "DAMAGED" in next(line for line in table.splitlines() if "broken" in line)


def test_a_strangers_words_are_printed_as_they_are(run, workspace, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    path = workspace / "checkpoints/tiny/config.json"
    config = json.loads(path.read_text())
    config |= {"recipe": "[/red]", "licence": "[link=x]", "metrics": {"elbo": "[/]"}}
    path.write_text(json.dumps(config))
    table = run("checkpoints", "list")
    assert "[/red]" in table
    assert "[link=x]" in table


def test_a_damaged_checkpoint_is_listed_as_such(run, workspace):
    flip_a_bit(workspace / "checkpoints/tiny")
    assert row(json.loads(run("checkpoints", "list", "--json")), "tiny")["verified"] is False
    (workspace / "checkpoints/tiny/config.json").write_text("{")
    tiny = row(json.loads(run("checkpoints", "list", "--json")), "tiny")
    assert tiny["verified"] is False
    assert tiny["recipe"] is None


def test_shows_the_card(run):
    card = run("checkpoints", "show", "tiny")
    assert "Test ELBO" in card
    assert "navigator-digits" in card
    assert "license:" not in card, "the header is for Hugging Face"


def test_verifies(run, fail, workspace):
    assert run("checkpoints", "verify", "tiny") == (
        "tiny: every file is intact and the model loads.\n"
    )
    flip_a_bit(workspace / "checkpoints/tiny")
    error = fail("checkpoints", "verify", "tiny")
    assert "Checkpoint 'tiny' is damaged: model.safetensors" in error


def test_renames_and_removes(run, fail, workspace):
    assert run("checkpoints", "rename", "tiny", "mine") == "tiny is now mine.\n"
    assert "no checkpoint 'tiny'" in fail("checkpoints", "verify", "tiny")
    assert "'../mine' is no checkpoint name" in fail("checkpoints", "rename", "mine", "../mine")
    assert run("checkpoints", "remove", "mine", "--yes") == "mine is gone.\n"
    assert list((workspace / "checkpoints").iterdir()) == []


@pytest.mark.parametrize(("answer", "left"), [("n\n", True), ("y\n", False)])
def test_asks_before_it_removes(workspace, answer, left):
    command = ["checkpoints", "remove", "tiny", "--workspace", str(workspace)]
    result = CliRunner().invoke(cli.app, command, input=answer)
    assert "Delete tiny for good?" in result.output
    assert result.exit_code == int(left)
    assert (workspace / "checkpoints/tiny").exists() == left


@pytest.mark.parametrize("name", ["nothing", "../tiny", "/etc", "[/bold]", "tiny\0"])
@pytest.mark.parametrize(
    "command", ["evaluate", "checkpoints show", "checkpoints verify", "checkpoints remove --yes"]
)
def test_an_unknown_checkpoint_is_one_sentence(fail, command, name):
    error = fail(*command.split(), name)
    assert "no checkpoint" in error
    assert name.rstrip("\0") in error


def test_evaluates_as_json(run):
    metrics = json.loads(run("evaluate", "tiny", "--json", "--importance-samples", 20))
    expected = {"elbo", "reconstruction", "kl", "iwae", "active_units", "knn_accuracy"}
    assert expected | {"name", "parameters", "conditions"} <= metrics.keys()
    assert metrics["name"] == "tiny"
    assert metrics["elbo"] == pytest.approx(-(metrics["reconstruction"] + metrics["kl"]))


def test_evaluates_what_the_card_says(run):
    """The figures of a checkpoint can be had again: the same seed, samples and binarisation."""
    shown = row(json.loads(run("checkpoints", "list", "--json")), "tiny")["metrics"]
    measured = json.loads(run("evaluate", "tiny", "--json"))
    for key in ("elbo", "reconstruction", "kl", "iwae"):
        assert measured[key] == pytest.approx(shown[key], rel=1e-5)
    assert measured["active_units"] == shown["active_units"]
    assert measured["knn_accuracy"] == pytest.approx(shown["knn_accuracy"], abs=0.01)


def test_evaluates_as_a_table(run):
    table = run("evaluate", "tiny", "--importance-samples", 5)
    assert "IWAE" in table
    assert "Decode 64 at once" in table


def test_trains_and_registers(run, workspace):
    options = ["--epochs", 1, "--threads", 1, "--seed", 3, "--device", "cpu"]
    run("train", "navigator-digits", *options)
    run("train", "navigator-digits", *options, "--beta", 2, "--latent-dim", 3)
    rows = json.loads(run("checkpoints", "list", "--json"))
    assert row(rows, "navigator-digits-2")["latent_dim"] == 3
    trained = next(r for r in rows if r["name"].startswith("navigator-digits") and not r["shipped"])
    assert trained["verified"] is True
    assert trained["metrics"]["epochs"] == 1
    newest = json.loads(run("runs", "list", "--json"))[0]
    assert newest["checkpoint"] == newest["name"]
    history = (workspace / "runs" / newest["id"] / "history.csv").read_text().splitlines()
    assert history[0].startswith("epoch,step,")
    assert len(history) == 2


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("train", "mystery"), "no recipe 'mystery'"),
        (("train", "navigator-digits", "--epochs", 0), "epochs must be at least 1, not 0"),
        (("train", "navigator-digits", "--beta", -1), "beta must be 0 or more"),
        (("train", "navigator-digits", "--latent-dim", 0), "latent_dim must lie in"),
        (("train", "navigator-digits", "--learning-rate", "nan"), "learning_rate must lie in"),
        (("train", "navigator-digits", "--threads", -1), "threads must lie in 0..1024"),
        (("train", "navigator-digits", "--device", "tpu"), "'tpu' is no device"),
        (("train", "navigator-digits", "--name", "../up"), "no checkpoint name"),
        (("train", "navigator-digits", "--precision", "fp8"), "'fp8' is no precision"),
        (("train", "navigator-digits", "--set", "beta"), "is no setting; write FIELD=VALUE"),
        (("train", "navigator-digits", "--set", "gamma=1"), "no field 'gamma'; there are: "),
        (("train", "navigator-digits", "--set", "epochs=ten"), "epochs='ten' cannot be used"),
        (("train",), "Name a recipe to train: navigator-mnist"),
        (("train", "--folder", "nowhere"), "Run nowhere has no readable run.json"),
        (("runs", "stop", "nothing"), "no run 'nothing'"),
        (("evaluate", "tiny", "--device", "tpu"), "'tpu' is no device"),
        (("data", "fetch", "emnist"), "no data set 'emnist'"),
        (("bench", "train", "--recipe", "mystery"), "no recipe 'mystery'"),
        (("bench", "decode", "--name", "mystery"), "no checkpoint 'mystery'"),
        (("bench", "live", "--name", "mystery"), "no checkpoint 'mystery'"),
    ],
)
def test_what_a_person_can_mend_is_one_sentence(fail, workspace, arguments, cause):
    assert cause in fail(*arguments)
    assert [path.name for path in (workspace / "checkpoints").iterdir()] == ["tiny"]


def test_a_full_disk_is_one_sentence(fail, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("models.runs.index.write_folder", full)
    assert "No space left on device" in fail("train", "navigator-digits", "--threads", 1)


def test_what_was_trained_before_the_disk_was_full_can_be_saved_later(
    run, monkeypatch, workspace, capsys
):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    options = ["--epochs", "1", "--threads", "1", "--name", "late"]
    with monkeypatch.context() as patch:
        patch.setattr("models.runs.execute.register", full)
        words = ["models", "train", "navigator-digits", *options, "--workspace", str(workspace)]
        patch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit):
            cli.main()
        assert capsys.readouterr().err.endswith("Error: [Errno 28] No space left on device\n")
    (failed,) = json.loads(run("runs", "list", "--json"))
    assert failed["state"] == "failed"
    assert "No space left on device" in failed["message"]
    run("runs", "resume", failed["id"])
    assert json.loads(run("runs", "list", "--json"))[0]["checkpoint"] == "late"


def test_any_field_can_be_set(run, workspace):
    run(
        *("train", "navigator-digits", "--epochs", 1, "--threads", 1),
        *("--set", "network.dropout=0.25", "--set", "network.encoder_hidden=32,32"),
    )
    run_id = json.loads(run("runs", "list", "--json"))[0]["id"]
    about = json.loads(run("runs", "show", run_id))
    assert about["run"]["overrides"]["network.dropout"] == 0.25
    assert about["run"]["recipe"]["model"]["network"]["encoder_hidden"] == [32, 32]
    assert about["last_epoch"]["epoch"] == 1


def test_lists_data(run, monkeypatch):
    rows = json.loads(run("data", "list", "--json"))
    assert [r["name"] for r in rows] == list(DATASETS)
    assert row(rows, "digits")["place"] == "comes with scikit-learn"
    assert row(rows, "mnist")["place"] == "not here yet"
    monkeypatch.setenv("COLUMNS", "200")
    assert "fashion-mnist" in run("data", "list")


def test_fetching_the_digits_needs_no_network(run):
    assert run("data", "fetch", "digits").startswith("digits: 1,540 training and 257 test examples")


@pytest.mark.parametrize("command", [("data", "fetch", "mnist"), ("train", "navigator-mnist")])
def test_half_a_data_folder_names_what_is_wrong(fail, tmp_path, monkeypatch, command):
    half = tmp_path / "half" / "MNIST" / "raw"
    half.mkdir(parents=True)
    (half / "t10k-labels-idx1-ubyte").write_bytes(b"\0" * 8)
    monkeypatch.setenv("STUDIO_DATASETS", str(tmp_path / "half"))
    error = fail(*command)
    assert "train-images-idx3-ubyte is missing" in error
    assert "mnist" in error.lower()


def test_measures_decoding(run, tmp_path):
    output = tmp_path / "decode.json"
    options = ["--name", "tiny", "--seconds", 0.05]
    printed = json.loads(run("bench", "decode", *options, "--output", output))
    assert printed == json.loads(output.read_text())
    sizes = printed["models"]["tiny"]["sizes"]
    assert list(sizes) == ["1", "4", "9", "16", "64", "400"]
    assert all(at["ratio"] > 0 for at in sizes.values())


def test_measures_encoding(run):
    options = ["--count", 50, "--count", 90, "--rounds", 1, "--baseline-count", 50]
    result = json.loads(run("bench", "encode", "--name", "tiny", *options))
    assert [one["examples"] for one in result["rounds"]] == [50, 90]
    assert all(one["peak_memory_bytes"] > 0 for one in result["rounds"])
    assert result["rounds"][1]["examples_per_second"] > 0


def test_measures_training(run):
    options = ["--recipe", "navigator-digits", "--threads", 1]
    options += ["--baseline", "same", "--baseline-epochs", 1, "--epochs", 2]
    result = json.loads(run("bench", "train", *options))["recipes"]["navigator-digits"]
    assert result["baselines"]["same"]["elbo"] < 0
    assert result["ours"]["cpu_seconds"] > 0
    assert 0 < result["peak"]["share"] < 1


def test_usage_errors_are_typers_own():
    for command in (["evaluate"], ["train", "navigator-digits", "--epochs", "many"], ["fly"]):
        assert CliRunner().invoke(cli.app, command).exit_code == 2


def test_every_recipe_is_named_in_the_help(monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    text = CliRunner().invoke(cli.app, ["train", "--help"]).output
    assert all(name in text for name in RECIPES)


def test_the_workspace_may_be_named_by_the_environment(workspace, monkeypatch):
    monkeypatch.setenv("STUDIO_WORKSPACE", str(workspace))
    result = CliRunner().invoke(cli.app, ["checkpoints", "list", "--json"])
    assert row(json.loads(result.stdout), "tiny")["verified"] is True


def test_the_real_command_fails_with_one_line_and_code_1(workspace):
    flip_a_bit(workspace / "checkpoints/tiny")
    result = subprocess.run(
        [sys.executable, "-m", "models", "checkpoints", "verify", "tiny"],
        cwd=ROOT,
        env=os.environ | {"STUDIO_WORKSPACE": str(workspace)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: Checkpoint 'tiny' is damaged: model.safetensors is not")
    assert result.stderr.count("\n") == 1
