"""The container's entry: it asks for a login, and becomes the studio with the right options."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from hosting.container import command, require_writable, surroundings
from studio.__main__ import open_studio

ROOT = Path(__file__).resolve().parents[2]
LOGIN = {"STUDIO_AUTH": "ada:a-long-password"}


def start(*arguments, **variables):
    kept = {name: value for name, value in os.environ.items() if name != "STUDIO_AUTH"}
    return subprocess.run(
        [sys.executable, "-m", "hosting.container", *arguments],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_a_login_it_refuses_in_a_sentence(tmp_path):
    result = start(STUDIO_WORKSPACE=str(tmp_path))
    assert result.returncode == 1
    assert "needs a login" in result.stderr
    assert "STUDIO_AUTH=name:password" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_workspace_that_nothing_can_be_kept_in_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    result = start(STUDIO_WORKSPACE=str(tmp_path / "file" / "workspace"), **LOGIN)
    assert result.returncode == 1
    assert "file/workspace" in result.stderr
    assert "-v latent-studio:/workspace" in result.stderr
    require_writable(tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [((), LOGIN), (("--auth", "a:b"), {}), (("--auth-file=accounts",), {}), (("--help",), {})],
)
def test_any_of_the_logins_will_do(arguments, variables):
    words = command(arguments, variables)
    assert words[1:7] == ["-m", "studio", "--host", "0.0.0.0", "--port", "7860"]
    assert words[7:] == list(arguments)


def test_names_come_from_the_surroundings_and_options_go_through():
    names = {"STUDIO_ALLOW_HOST": "one.example, two.example", "SPACE_HOST": "me-it.hf.space"}
    words = command(["--only", "navigator"], LOGIN | names | {"PORT": "8000"})
    allowed = [word for at, word in enumerate(words) if words[at - 1] == "--allow-host"]
    assert allowed == ["one.example", "two.example", "me-it.hf.space"]
    assert words[words.index("--port") + 1] == "8000"
    assert words[-2:] == ["--only", "navigator"]
    known = {o for p in typer_command().params for o in p.opts}
    assert {word for word in words[3:] if word.startswith("--")} <= known


def typer_command():
    app = typer.Typer(add_completion=False)
    app.command()(open_studio)
    return typer.main.get_command(app)


@pytest.mark.parametrize("port", ["", "0", "70000", "8o", "-1"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(ValueError, match="PORT"):
        command([], LOGIN | {"PORT": port})


def test_only_in_a_space_is_the_proxy_believed():
    assert "FORWARDED_ALLOW_IPS" not in surroundings(LOGIN)
    space = {"SPACE_HOST": "me-it.hf.space"}
    assert "10.0.0.0/8" in surroundings(space)["FORWARDED_ALLOW_IPS"]
    chosen = {"FORWARDED_ALLOW_IPS": "192.0.2.1"}
    assert surroundings(space | chosen) == space | chosen
