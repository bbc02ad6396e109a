"""The commands that documents and the Makefile name: are there such targets, modules, options?"""

import importlib.util
import re
import shlex
from functools import cache

import typer
from typer.testing import CliRunner

from models import cli
from studio.__main__ import open_studio
from tests.pages import ROOT

MAKEFILE = ROOT / "Makefile"


def make_targets():
    """Target to (help text, commands)."""
    targets, name = {}, None
    for line in MAKEFILE.read_text().splitlines():
        if found := re.match(r"([a-z0-9][a-z0-9-]*):[^=].*?(?:## (.*))?$", line):
            name = found[1]
            targets[name] = (found[2] or "", [])
        elif line.startswith("\t") and name:
            targets[name][1].append(line.strip())
        elif line.strip():
            name = None
    return targets


def commands_of(text):
    """Each `make ...` and `python -m ...` of a page, in code blocks and in running text."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
    commands = [
        re.sub(r"^(\$ |> )?([A-Z_]+=\S+ )*", "", part.strip())
        for line in lines
        for part in line.split("&&")
    ]
    return [c for c in commands if re.match(r"make\b|\S*python3?(\.exe)? -m \S", c)]


def module_of(command):
    """`python -m studio --port 1  # why` -> ("studio", ["--port", "1"])."""
    words = shlex.split(command, comments=True)
    at = words.index("-m")
    return words[at + 1], words[at + 2 :]


def require_arguments(command, words, shown):
    """Check that a typer command knows the options that it is called with."""
    known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
    for word in words:
        if word.startswith("-"):
            option = word.split("=")[0]
            assert option in known | {"--help"}, f"`{shown}`: there is no option {option}"


@cache
def has_help(*path):
    """Whether `python -m models ... --help` works; asked once for each command."""
    return CliRunner().invoke(cli.app, [*path, "--help"]).exit_code == 0


def require_models_command(words, shown):
    app, path = typer.main.get_command(cli.app), []
    while hasattr(app, "commands") and words and not words[0].startswith("-"):
        assert words[0] in app.commands, f"`{shown}`: there is no command {words[0]}"
        app = app.commands[words[0]]
        path.append(words[0])
        words = words[1:]
    require_arguments(app, words, shown)
    assert has_help(*path), shown


def require_module_command(command):
    module, words = module_of(command)
    words = [word for word in words if word != "$(ARGS)"]
    if module == "models":
        require_models_command(words, command)
    elif module == "studio":
        app = typer.Typer(add_completion=False)
        app.command()(open_studio)
        require_arguments(typer.main.get_command(app), words, command)
        assert CliRunner().invoke(app, ["--help"]).exit_code == 0
    else:
        assert importlib.util.find_spec(module), f"`{command}`: there is no module {module}"


def require_commands(commands):
    """Check that each command's target or module is there, and knows its options."""
    targets = make_targets()
    for command in commands:
        words = shlex.split(command, comments=True)
        if words[0] != "make":
            require_module_command(command)
            continue
        for target in (word for word in words[1:] if "=" not in word and word[0] != "-"):
            assert target in targets, f"`{command}`: there is no make target {target}"
            assert targets[target][0], f"make {target} has no help text"
        require_make_arguments(words, targets)


def require_make_arguments(words, targets):
    """Check that `ARGS="--epochs 5"` fits the commands of the target it is given to."""
    extra = [word.partition("=")[2] for word in words if word.startswith("ARGS=")]
    for target in (word for word in words[1:] if word in targets):
        for line in targets[target][1] if extra else []:
            if "$(ARGS)" in line and " -m " in line:
                require_module_command(line.replace("$(ARGS)", extra[0]))
