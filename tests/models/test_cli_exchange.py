"""`python -m models checkpoints export|import|push|pull`."""

import sys
import zipfile

import pytest
import torch
from typer.testing import CliRunner

from models import cli
from models.recipes import get_recipe
from models.registry import Registry
from models.vae import VAE


@pytest.fixture
def run(checkpoint, tmp_path):
    """Run a command that must succeed on a workspace with the checkpoint `tiny`."""

    def invoke(*arguments):
        command = ["checkpoints", *map(str, arguments), "--workspace", str(tmp_path)]
        result = CliRunner().invoke(cli.app, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


@pytest.fixture
def fail(checkpoint, tmp_path, monkeypatch, capsys):
    """Run a command that must fail; return the one sentence on standard error."""

    def invoke(*arguments):
        command = ["models", "checkpoints", *map(str, arguments), "--workspace", str(tmp_path)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("Error: ")
        assert printed.err.count("\n") == 1
        return printed.err

    return invoke


@pytest.mark.parametrize("command", ["export", "import", "push", "pull"])
def test_each_has_help(command):
    result = CliRunner().invoke(cli.app, ["checkpoints", command, "--help"])
    assert result.exit_code == 0


def test_an_export_can_be_imported(run, fail, tmp_path):
    folder = run("export", "tiny").strip()
    assert folder == str(tmp_path / "exports" / "tiny")
    packed = run("export", "tiny", "--zip", "--output", tmp_path / "out").strip()
    assert zipfile.is_zipfile(packed)
    assert run("import", folder).startswith("tiny is now tiny-2.\n")
    assert run("import", packed, "--name", "again").startswith("tiny.zip is now again.\n")
    assert "'tiny' in" in fail("export", "tiny")
    assert "'again' already" in fail("import", packed, "--name", "again")
    assert "no checkpoint 'nothing'" in fail("export", "nothing")
    names = {entry.name for entry in Registry(tmp_path).entries() if not entry.shipped}
    assert names == {"tiny", "tiny-2", "again"}


def test_old_weights_say_how_they_were_mapped(run, fail, tmp_path):
    model = VAE(get_recipe("navigator-digits").model)
    path = tmp_path / "old.pth"
    torch.save({"state_dict": {f"module.{k}": v for k, v in model.state_dict().items()}}, path)
    printed = run("import", path, "--recipe", "navigator-digits", "--name", "mine")
    assert printed.startswith("old.pth is now mine.\n")
    assert "Taken out of 'state_dict'." in printed
    assert "An atlas of 1,540 encoded examples of digits was made." in printed
    assert "do not fit recipe 'navigator-mnist'" in fail(
        "import", path, "--recipe", "navigator-mnist"
    )


def test_the_hub_without_token_or_network(fail, monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert "put a token with write access" in fail("push", "tiny", "me/model")
    assert "cannot be reached" in fail("pull", "me/model")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    message = fail("push", "tiny", "me/model")
    assert "cannot be reached" in message
    assert "hf_secret" not in message
