"""What a user of the image, the Space and the editor's container relies on."""

import json
import re
from pathlib import Path

import pytest
import yaml

from hosting.requirements import requirements
from hosting.space import lay_out

ROOT = Path(__file__).resolve().parents[2]


def instructions(path=ROOT / "Dockerfile"):
    """Each instruction of a Dockerfile with its words, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line.strip()]


def said(name):
    return [words for instruction, words in instructions() if instruction == name]


def test_the_image_runs_as_somebody_who_is_not_root():
    assert said("USER")[-1] == "${STUDIO_UID}"
    [uid] = [words for words in said("ARG") if words.startswith("STUDIO_UID=")]
    assert int(uid.partition("=")[2]) >= 1000
    names = [instruction for instruction, _ in instructions()]
    assert "RUN" not in names[names.index("USER") :]


def test_the_image_says_how_it_is_and_listens_where_the_space_looks():
    [health] = said("HEALTHCHECK")
    assert health.endswith('CMD ["python", "-m", "hosting.healthy"]')
    assert said("EXPOSE") == ["7860"]
    assert said("VOLUME") == ["/workspace"]
    assert said("ENTRYPOINT") == ['["python", "-m", "hosting.container"]']


def test_the_base_has_a_version_and_no_secret_is_built_in():
    [base] = [words for words in said("ARG") if words.startswith("BASE=")]
    assert re.fullmatch(r"BASE=python:3\.11-slim-\w+", base)
    text = (ROOT / "Dockerfile").read_text()
    assert "latest" not in text
    assert not re.search(r"(AUTH|PASSWORD|TOKEN|SECRET)\w*\s*=", text)


def test_a_changed_source_installs_nothing_anew():
    lines = [" ".join(line) for line in instructions()]
    install = next(i for i, line in enumerate(lines) if "pip install" in line)
    assert install < lines.index("COPY studio studio")


def test_what_is_copied_is_there_and_not_ignored():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"  # Whatever lies about, as a workspace or an .env, stays out.
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    for words in said("COPY"):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists()
            assert source.split("/")[0] in kept


def test_requirements_are_those_of_the_project():
    torch, vision = requirements(["torch", "torchvision"])
    assert torch.startswith("torch==")
    assert vision.startswith("torchvision==")
    assert {torch, vision} < set(requirements([]))
    assert any(line.startswith("onnxruntime") for line in requirements([])), "it decodes faster"
    with pytest.raises(ValueError, match="requires no torchh"):
        requirements(["torchh"])


def test_the_space_has_all_that_its_image_is_made_of(tmp_path):
    place = tmp_path / "space"
    lay_out(place)
    for words in said("COPY"):
        for source in words.split()[:-1]:
            assert (place / source).exists()
    assert not list(place.rglob("__pycache__"))
    _, header, text = (place / "README.md").read_text().split("---\n", 2)
    facts = yaml.safe_load(header)
    assert facts["sdk"] == "docker"
    assert str(facts["app_port"]) in said("EXPOSE")
    assert len(facts["short_description"]) <= 60
    assert "STUDIO_AUTH" in text
    (place / "left").write_text("")
    lay_out(place)
    assert not (place / "left").exists()


def test_a_folder_that_is_no_space_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("")
    with pytest.raises(ValueError, match="no Space"):
        lay_out(tmp_path)
    assert (tmp_path / "mine").exists()


def test_the_editors_container_is_what_the_project_needs():
    facts = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert "python:3.11" in facts["image"]
    assert facts["forwardPorts"] == [7860]
    target = facts["postCreateCommand"].removeprefix("make ")
    assert re.search(rf"^{target}: .*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"charliermarsh.ruff", "ms-python.python"} <= set(
        facts["customizations"]["vscode"]["extensions"]
    )
