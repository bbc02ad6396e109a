"""What the checkpoints tab asks over HTTP, and what it must not get."""

import io
import json
import os
import shutil
import zipfile
from urllib.parse import quote

import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image

from models.manifest import FILES as KNOWN
from models.recipes import get_recipe
from models.registry import Registry
from models.vae import VAE
from studio.app import Settings, create_app
from tests.models.registries import tree
from tests.models.test_registry_names import NOT_NAMES

FILES = [file for file in KNOWN if file != "directions.safetensors"]
"""Those of a checkpoint without attribute directions"""

BASE = "http://127.0.0.1:7860"
EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def home(trained, tmp_path_factory):
    """A workspace beside which lies something that is nobody's business."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(trained / "checkpoints", home / "workspace" / "checkpoints")
    shutil.copytree(trained / "checkpoints" / "tiny", home / "pretrained" / "shipped")
    shutil.copytree(trained / "checkpoints" / "tiny", home / "secret")
    return home


@pytest.fixture(scope="module")
def client(home):
    app = create_app(Settings(workspace=home / "workspace", pretrained=home / "pretrained"))
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def own(home, trained):
    """The checkpoint 'tiny' as it was trained, whatever a test before did to it."""
    folder = home / "workspace" / "checkpoints"
    shutil.rmtree(folder)
    shutil.copytree(trained / "checkpoints", folder)
    return folder


def row(client, name):
    rows = client.get("/registry").json()["checkpoints"]
    return next((row for row in rows if row["name"] == name), None)


def post(client, path, **query):
    return client.post(f"/registry/{path}", params=query)


def damage(folder):
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-9] ^= 1
    (folder / "model.safetensors").write_bytes(data)


def test_the_table_has_what_it_shows(client, own):
    tiny = row(client, "tiny")
    assert tiny["recipe"] == "navigator-digits"
    assert (tiny["dataset"], tiny["latent_dim"], tiny["licence"]) == ("digits", 2, "MIT")
    assert tiny["elbo"] < 0
    assert tiny["size"] == sum(path.stat().st_size for path in (own / "tiny").iterdir())
    assert row(client, "shipped")["shipped"] is True
    answer = client.get("/registry").json()
    assert "navigator-digits" in answer["recipes"]
    assert answer["token"] is bool(os.environ.get("HF_TOKEN"))


def test_states_come_from_looking(client, own):
    damage(own / "tiny")
    assert row(client, "tiny")["state"] == "unchecked"
    facts = post(client, "tiny/verify").json()
    assert facts["state"] == "damaged"
    assert "model.safetensors is not the file that was saved" in facts["reason"]
    assert row(client, "tiny")["state"] == "damaged"
    details = client.get("/registry/tiny").json()
    assert details["about"] is None
    assert details["facts"]["state"] == "damaged"
    assert client.get("/registry/tiny/zip").status_code == 422
    assert client.get("/registry/tiny/picture").status_code == 422


def test_details_and_picture(client, own):
    answer = client.get("/registry/tiny").json()
    assert answer["facts"]["state"] == "intact"
    about = answer["about"]
    assert {metric["key"] for metric in about["metrics"]} >= {"elbo", "iwae", "parameters"}
    assert set(about["files"]) == set(FILES)
    assert about["config"]["model"]["latent_dim"] == 2
    picture = Image.open(io.BytesIO(client.get("/registry/tiny/picture").content))
    assert picture.size == (224, 224)
    assert len(picture.getcolors()) > 50


def test_the_zip_is_served_and_can_come_back(client, own):
    answer = client.get("/registry/tiny/zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="tiny.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(archive.namelist()) == 5
    back = client.post("/registry/import", params={"file": "tiny.zip"}, content=answer.content)
    assert back.json()["name"] == "tiny-2"
    assert row(client, "tiny-2")["recipe"] == "navigator-digits"


def test_a_folder_is_taken_apart_and_imported(client, own):
    parts = {file: (own / "tiny" / file).read_bytes() for file in FILES}
    sizes = {file: len(content) for file, content in parts.items()}
    body = json.dumps(sizes).encode() + b"\n" + b"".join(parts.values())
    query = {"folder": "My Model", "name": ""}
    answer = client.post("/registry/import-folder", params=query, content=body)
    assert answer.json()["name"] == "My-Model"
    for wrong, cause in (
        (body[:-1], "did not arrive whole"),
        (body + b"x", "did not arrive whole"),
        (b"", "Nothing arrived"),
        (b"[]\n", "is no checkpoint"),
        (b'{"../x": 1}\nx', "is no checkpoint"),
        (b'{"config.json": -1}\n', "is no checkpoint"),
        (b'{"config.json": true}\nx', "is no checkpoint"),
        (b'{"config.json": 1}\nx', "manifest.json"),
        (b"x" * 100_000, "is no checkpoint"),
    ):
        answer = client.post("/registry/import-folder", params=query, content=wrong)
        assert answer.status_code == 422
        assert cause in answer.json()["error"]


def test_old_weights_are_imported_into_a_recipe(client, own):
    buffer = io.BytesIO()
    torch.save(VAE(get_recipe("navigator-digits").model).state_dict(), buffer)
    query = {"file": "old.pth", "recipe": "navigator-digits", "name": "from-old"}
    answer = client.post("/registry/import", params=query, content=buffer.getvalue()).json()
    assert answer["name"] == "from-old"
    assert any("An atlas of" in note for note in answer["notes"])
    taken = client.post("/registry/import", params=query, content=buffer.getvalue())
    assert "'from-old' already" in taken.json()["error"]


@pytest.mark.parametrize("file", ["paper.pdf", "x.pkl", "../../x", EVIL, "", "x.pth/../../y"])
def test_other_files_are_refused_in_words(client, own, file):
    before = tree(own)
    answer = client.post("/registry/import", params={"file": file}, content=b"%PDF-1.7")
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert tree(own) == before


def test_a_pdf_by_another_name_is_refused(client, own):
    for file in ("x.pth", "x.zip", "x.safetensors", "x.pt"):
        answer = client.post("/registry/import", params={"file": file}, content=b"%PDF-1.7 ...")
        assert answer.status_code == 422
        assert f"'{file}'" in answer.json()["error"]


def test_what_is_too_large_is_cut_off(client, own, monkeypatch):
    monkeypatch.setattr("studio.checkpoint_uploads.MAX_FILE_BYTES", 1000)
    answer = client.post("/registry/import", params={"file": "x.zip"}, content=bytes(2000))
    assert "over 1 GiB" in answer.json()["error"]


def test_nothing_stays_behind_of_an_upload(client, own, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client.post("/registry/import", params={"file": "x.zip"}, content=b"no zip")
    whole = client.get("/registry/tiny/zip").content
    client.post("/registry/import", params={"file": "x.zip"}, content=whole)
    assert list(tmp_path.iterdir()) == []


def test_rename_export_and_delete(client, own, home):
    assert post(client, "tiny/rename", to="mine").json() == {"name": "mine"}
    assert row(client, "tiny") is None
    for kind in ("folder", "zip"):
        path = post(client, "mine/export", kind=kind).json()["path"]
        assert os.path.exists(path)
        assert "already" in post(client, "mine/export", kind=kind).json()["error"]
    shutil.rmtree(home / "workspace" / "exports")
    assert post(client, "mine/delete").json() == {"name": "mine"}
    assert row(client, "mine") is None
    gone = post(client, "mine/delete")
    assert gone.status_code == 404
    assert "no checkpoint 'mine'" in gone.json()["error"]


def test_shipped_ones_stay(client, home):
    before = tree(home / "pretrained")
    for answer in (post(client, "shipped/delete"), post(client, "shipped/rename", to="mine")):
        assert answer.status_code == 422
        assert "shipped with the studio" in answer.json()["error"]
    assert tree(home / "pretrained") == before


def test_the_hub_is_out_of_reach_in_one_sentence(client, own, monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert "HF_TOKEN" in post(client, "tiny/push", repository="me/x").json()["error"]
    assert "cannot be reached" in post(client, "pull", repository="me/x").json()["error"]
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert client.get("/registry").json()["token"] is True
    assert "hf_secret" not in client.get("/registry").text
    assert "hf_secret" not in post(client, "tiny/push", repository="me/x").text


@pytest.mark.parametrize("name", NOT_NAMES, ids=lambda name: ascii(name)[:30])
def test_no_name_leads_anywhere_else(client, own, home, name):
    """Every parameter that names something, with 44 names that mean harm."""
    before = tree(home)
    coded = quote(name, safe="")[:3000]
    answers = [client.get(f"/registry/{coded}{part}") for part in ("/picture", "/zip")]
    answers += [
        client.post(f"/registry/{coded}/{a}") for a in ("verify", "delete", "export", "push")
    ]
    answers += [client.post(f"/registry/{coded}/rename", params={"to": "x"})]
    answers += [
        post(client, "tiny/rename", to=name[:3000]),
        post(client, "tiny/export", kind=name[:3000]),
        post(client, "tiny/push", repository=name[:3000]),
        post(client, "pull", repository=name[:3000]),
        post(client, "pull", repository="me/x", revision=name[:3000]),
        client.post("/registry/import", params={"file": name[:3000]}, content=b"x"),
        client.post("/registry/import-folder", params={"folder": name[:3000]}, content=b"x"),
    ]
    for answer in answers:
        # 405 and a redirect are what a path gives that reaches no route at all.
        assert answer.status_code in (404, 405, 422), answer.request.url
        assert answer.json().keys() <= {"error", "detail"}
    assert tree(home) == before


@pytest.mark.parametrize("name", NOT_NAMES[1:], ids=lambda name: ascii(name)[:30])
def test_no_name_of_an_import_leads_anywhere_else(client, own, home, name):
    whole = client.get("/registry/tiny/zip").content
    before = tree(home)
    query = {"file": "x.zip", "name": name[:3000]}
    answer = client.post("/registry/import", params=query, content=whole)
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]
    assert tree(home) == before


def test_a_foreign_page_can_do_nothing(client, own):
    before = tree(own)
    for path in ("tiny/delete", "tiny/rename?to=x", "pull?repository=a/b", "import?file=x.zip"):
        answer = client.post(f"/registry/{path}", headers={"Origin": "http://evil.example"})
        assert answer.status_code == 403
    assert tree(own) == before


def test_a_strangers_words_come_as_json_and_nothing_else(client, own):
    registry = Registry(own.parent, pretrained=own / "none")
    opened = registry.open("tiny")
    config = json.loads((own / "tiny" / "config.json").read_text())
    metrics = {"elbo": EVIL, "iwae": 10**400}
    config |= {"recipe": EVIL, "licence": EVIL, "terms": EVIL, "metrics": metrics}
    from models.checkpoint import CheckpointConfig
    from models.config import from_json

    registry.save("evil", from_json(CheckpointConfig, config), opened.model)
    assert row(client, "evil")["recipe"] == EVIL
    assert row(client, "evil")["elbo"] is None
    answer = client.get("/registry/evil")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["about"]["metrics"] == []
