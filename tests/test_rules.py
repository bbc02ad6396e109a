"""The project's rules, as tests: what may import what, what is never called, what is promised."""

import ast
import re
import subprocess
import sys

import pytest

from models.registry import PRETRAINED, Registry
from tests.commands import commands_of, make_targets, require_commands, require_module_command
from tests.pages import README, ROOT

MIB = 1 << 20
METRICS = {"elbo", "iwae", "active_units", "knn_accuracy"}
SOURCES = sorted(
    p for folder in ("models", "studio", "hosting") for p in ROOT.glob(f"{folder}/**/*.py")
)
BANNED = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "pickle.load",
    "pickle.loads",
    "pickle.Unpickler",
    "joblib.load",
    "torch.load",
    "torch.jit.load",
    "torch.hub.load",
    "torch.package.PackageImporter",
}
IMPORTER = "models/importing/pickled.py"
"""The one module that may unpickle, and that only with `weights_only=True`."""
BANNED_ARGUMENTS = {("weights_only", False), ("allow_pickle", True), ("shell", True)}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def banned(tree):
    """Each banned call or argument, with its line; aliases of imported modules are resolved."""
    origin = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            origin |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            origin |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        first, _, rest = ast.unparse(node.func).partition(".")
        name = origin.get(first, first) + (f".{rest}" if rest else "")
        if name in BANNED:
            yield f"{node.lineno}: {name}"
        for argument in node.keywords:
            if isinstance(argument.value, ast.Constant):
                pair = (argument.arg, argument.value.value)
                if pair in BANNED_ARGUMENTS:
                    yield f"{node.lineno}: {pair[0]}={pair[1]}"


def constants(call):
    """The arguments of a call that are given by name and written out."""
    return {(a.arg, a.value.value) for a in call.keywords if isinstance(a.value, ast.Constant)}


def unpickling(tree):
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if ast.unparse(call.func) == "torch.load"]


def test_only_the_importer_unpickles():
    users = [p for p in SOURCES if unpickling(ast.parse(p.read_text()))]
    assert [relative(path) for path in users] == [IMPORTER]


def tracked_files():
    """Every file of the project that git would keep, or all but the hidden ones without git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listing.returncode == 0:
        found = (ROOT / name for name in listing.stdout.split("\0") if name)
    else:
        left_out = {"workspace", "build", "dist", "__pycache__"}
        found = (
            path
            for path in ROOT.rglob("*")
            if not any(p.startswith(".") or p in left_out for p in path.relative_to(ROOT).parts)
        )
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_nothing_dangerous_is_called(path):
    tree = ast.parse(path.read_text())
    found = list(banned(tree))
    if relative(path) == IMPORTER:
        (call,) = unpickling(tree)
        assert ("weights_only", True) in constants(call)
        found.remove(f"{call.lineno}: torch.load")
    assert not found, f"{relative(path)}: {found}"


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "import pickle as p\np.load(f)",
        "from pickle import loads\nloads(b)",
        "import os\nos.system('ls')",
        "from torch import load as read\nread(f)",
        "import torch\ntorch.load(f)",
        "np.load(f, allow_pickle=True)",
        "run('ls', shell=True)",
        "f(weights_only=False)",
    ],
)
def test_the_rule_above_would_notice(code):
    assert list(banned(ast.parse(code)))


def test_the_rule_above_lets_other_things_be():
    assert not list(banned(ast.parse("model.eval()\njson.load(f)\nrun(['ls'], shell=False)")))


@pytest.mark.parametrize("path", sorted(ROOT.glob("models/**/*.py")), ids=relative)
def test_models_knows_nothing_of_the_screen(path):
    found = {name.split(".")[0] for name in imports(ast.parse(path.read_text()))}
    assert not found & {"gradio", "gradio_client", "studio", "tests", "fastapi", "uvicorn"}


def test_importing_the_science_imports_no_screen():
    code = (
        "import sys, models.cli, models.training.recipe, models.latent\n"
        "print(*sorted({'gradio', 'studio', 'fastapi', 'uvicorn'} & sys.modules.keys()))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == ""


def places_outside(path, line):
    """What a line says of the machine it was written on: home folders, folders beside ours."""
    # Put together here, so that this file does not find itself.
    yield from re.findall(r"(?<![\w.-])" + "/(?:wo" + r"rk/|home/\w)", line)
    for step in re.findall(r"(?:\.\./)+" + "sha" + "red", line):
        if not (path.parent / step).resolve().is_relative_to(ROOT):
            yield step


def test_no_file_knows_the_machine_it_was_written_on():
    found = []
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
                found += [f"{relative(path)}:{number}: {p}" for p in places_outside(path, line)]
    assert not found


def test_test_modules_have_names_of_their_own():
    names = [path.stem for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names)), "pytest imports them by their bare names"


def test_pretrained_is_small_enough_for_a_repository():
    sizes = {relative(p): p.stat().st_size for p in PRETRAINED.rglob("*") if p.is_file()}
    assert not [name for name, size in sizes.items() if size > 25 * MIB]
    assert sum(sizes.values()) <= 60 * MIB


def test_every_shipped_checkpoint_is_whole_and_measured(tmp_path):
    registry = Registry(tmp_path)
    entries = [entry for entry in registry.entries() if entry.shipped]
    assert entries, "pretrained/ holds no checkpoint; the studio would open empty"
    for entry in entries:
        assert entry.error is None
        assert registry.is_intact(entry), entry.name
        checkpoint = registry.open(entry.name)
        assert checkpoint.atlas is not None, f"{entry.name} has no atlas to make a map of"
        wanted = METRICS if checkpoint.config.class_names else METRICS - {"knn_accuracy"}
        assert checkpoint.config.metrics.keys() >= wanted, entry.name
        assert checkpoint.config.terms, f"{entry.name} does not say whose data it learned from"
        assert entry.name in checkpoint.card


def test_every_command_of_the_readme_exists():
    commands = commands_of(README.read_text())
    assert any(command.startswith("make") for command in commands)
    require_commands(commands)


def test_every_make_target_has_help_and_real_commands():
    targets = make_targets()
    assert {"help", "install", "test", "check", "studio"} <= targets.keys()
    for name, (text, lines) in targets.items():
        assert text, f"make {name} has no help text"
        for line in lines:
            if " -m " in line and "-m venv" not in line:
                require_module_command(line)


def test_make_help_lists_every_target():
    result = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    for name, (text, _) in make_targets().items():
        assert f"make {name} " in result.stdout
        assert text in result.stdout
