"""Several tabs: which models each is given, and how the pages hear of new ones."""

import shutil

import pytest
from fastapi.testclient import TestClient

from models.registry import Registry
from studio.app import Settings, create_app
from studio.house import stamp
from studio.tabs import TABS, Tab, link, shown_tabs, usable


@pytest.fixture
def registry(trained, tmp_path):
    shutil.copytree(trained / "checkpoints" / "tiny", tmp_path / "checkpoints" / "tiny")
    return Registry(tmp_path, pretrained=tmp_path / "none")


def tab(name="toy", **fields):
    return Tab(name=name, title=name, build=lambda house: None, **fields)


def test_a_tab_without_models_is_offered_none(registry):
    assert usable(tab(), registry) == []


def test_a_tab_is_offered_what_it_accepts_its_favourite_first(registry):
    shutil.copytree(registry.folder("tiny"), registry.own / "another")
    able = tab(accepts=lambda config: config.model.latent_dim == 2, favourite="tiny")
    assert [entry.name for entry in usable(able, registry)] == ["tiny", "another"]
    assert usable(tab(accepts=lambda config: config.model.latent_dim == 3), registry) == []


def test_the_stamp_changes_with_every_coming_and_going(registry):
    seen = [stamp(registry)]
    assert stamp(registry) == seen[0]
    shutil.copytree(registry.folder("tiny"), registry.own / "another")
    seen.append(stamp(registry))
    registry.rename("another", "third")
    seen.append(stamp(registry))
    shutil.rmtree(registry.own / "third")
    shutil.copytree(registry.folder("tiny"), registry.own / "third")
    seen.append(stamp(registry))
    assert len(set(seen)) == 4
    registry.remove("third")
    assert stamp(registry) == seen[0]


def test_half_a_checkpoint_changes_nothing(registry):
    before = stamp(registry)
    (registry.own / "half").mkdir()
    (registry.own / ".tmp-x").mkdir()
    assert stamp(registry) == before


def test_the_order_of_the_tabs():
    names = [tab.name for tab in TABS]
    assert names == [
        "navigator",
        "odyssey",
        "faces",
        "sampler",
        "labeler",
        "traversals",
        "tables",
        "train",
        "runs",
        "checkpoints",
    ]
    assert shown_tabs("train")[0].name == "train"
    with pytest.raises(ValueError, match="faces, sampler, labeler, traversals, tables"):
        shown_tabs("cockpit")


def test_links_are_escaped():
    assert link("navigator", model="a&b") == "?tab=navigator&model=a%26b"


def test_the_tabs_that_can_open_a_checkpoint(client):
    answer = client.get("/house/tabs", params={"model": "tiny"}).json()
    assert {
        "name": "navigator",
        "title": "2-D navigator",
        "href": "?tab=navigator&model=tiny",
    } in answer["tabs"]
    assert client.get("/house/tabs", params={"model": "../tiny"}).json() == {"tabs": []}
    assert len(client.get("/house/stamp").json()["stamp"]) == 16


@pytest.mark.parametrize("only", [None, "navigator", "train"])
def test_every_choice_of_tabs_opens(trained, only):
    app = create_app(Settings(workspace=trained, pretrained=trained / "none", only=only))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        assert client.get("/").status_code == 200
