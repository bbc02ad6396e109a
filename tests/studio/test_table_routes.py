"""What the tables tab asks about tables and their models."""

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient

from models.registry import Registry
from models.tables.analysis import background, look
from models.tables.anomalies import SCORES
from studio.table_models import model_facts
from studio.table_shelf import TableShelf
from tests.studio.samplers import floats, refusal


def finite(found):
    """Every number in nested lists is finite, or null where a figure is not known."""
    if isinstance(found, dict):
        return all(map(finite, found.values()))
    if isinstance(found, list):
        return all(map(finite, found))
    return not isinstance(found, float) or math.isfinite(found)


def test_the_list_says_which_tables_there_are(tables):
    found = tables().json()
    assert [t["name"] for t in found["tables"]] == ["iris", "wine", "blobs", "lost"]
    iris, _, blobs, lost = found["tables"]
    assert (iris["rows"], iris["own"], iris["models"]) == (150, False, 2)
    assert (blobs["columns"], blobs["classes"]) == (["a", "b", "c"], ["left", "right"])
    assert not lost["here"]
    assert "not here any more" in lost["sentence"]
    assert found["limits"]["bytes"] == 10_000_000


def test_a_table_is_shown_in_its_own_units(tables):
    found = tables("/iris").json()
    assert found["values"][0] == [5.1, 3.5, 1.4, 0.2]
    assert found["summary"][0]["unit"] == "cm"
    assert len(found["palette"]) == 3
    for part in ("row", "labels", "split", "values"):
        assert len(found[part]) == 150
    assert sum(found["split"]) == 30
    assert np.shape(found["pca"]["xy"]) == (150, 2)
    assert finite(found)


def test_the_models_to_begin_with_know_all_classes(tables):
    found = tables("/iris/models").json()
    assert found["shown"] == {"vae": "flowers", "beta": "setosa-beta"}
    assert {m["name"]: m["normal_class"] for m in found["models"]} == {
        "flowers": "",
        "setosa-beta": "setosa",
    }
    assert [run["checkpoint"] for run in found["training"]] == ["flowers"]


TOLD = [(7, 7), ("\ud800", 2), (10**400, 2), (math.nan, 2), (True, 2), (None, 2)]


@pytest.mark.parametrize(("told", "epochs"), TOLD, ids=lambda told: ascii(told)[:9])
def test_only_a_number_is_believed_to_be_that_of_the_epochs(tabled, told, epochs):
    entries = Registry(tabled, pretrained=tabled / "none").entries()
    entry = next(entry for entry in entries if entry.name == "flowers")
    config = replace(entry.config, metrics=entry.config.metrics | {"epochs": told})
    assert model_facts(replace(entry, config=config))["epochs"] == epochs


def test_a_look_is_what_the_model_makes_of_the_rows(tables, tabled):
    found = tables("/iris/look", model="flowers").json()
    model = Registry(tabled, pretrained=tabled / "none").open("flowers").model
    rows = TableShelf(tabled).get("iris").rows
    assert torch.allclose(torch.tensor(found["codes"]), look(model, rows).codes, atol=1e-5)
    for part in ("xy", "reconstruction", "plane", "error", "elbo", "labels"):
        assert len(found[part]) == 150
    assert [c["name"] for c in found["columns"]] == list(model.config.columns)
    assert all(c["rmse_test"] > 0 and c["pca_test"] > 0 for c in found["columns"])
    assert len(found["history"]["total"]) == len(found["history"]["epoch"]) == 2
    x0, x1, y0, y1 = found["extent"]
    assert all(x0 < x < x1 and y0 < y < y1 for x, y in found["xy"])
    assert finite(found)


def test_the_background_is_the_decoded_column(tables, tabled):
    extent = {"x0": -1, "x1": 1, "y0": -2, "y1": 2}
    answer = tables("/iris/background", model="flowers", column=2, size=9, **extent)
    model = Registry(tabled, pretrained=tabled / "none").open("flowers").model
    expected = background(model, 2, (-1, 1, -2, 2), 9)
    found = np.frombuffer(answer.content, "<f4").reshape(9, 9)
    assert np.allclose(found, expected, atol=1e-5)


def test_a_code_of_three_numbers_is_shown_in_a_plane(tables):
    found = tables("/blobs/look", model="blobs-vae").json()
    assert np.shape(found["codes"]) == (40, 3)
    assert np.shape(found["xy"]) == (40, 2)
    assert len(set(found["axes"])) == 2
    answer = tables("/blobs/background", model="blobs-vae", column=0, size=8)
    assert floats(answer).isfinite().all()


def test_classical_methods_stand_beside_the_model(tables):
    found = tables("/iris/quality", model="flowers").json()
    for method in ("vae", "pca", "tsne"):
        assert set(found[method]) == {"knn", "ari", "silhouette"}
    assert found["sentence"].endswith(".")
    planes = tables("/iris/classical").json()
    assert np.shape(planes["tsne"]["xy"]) == (150, 2)
    assert planes["pca"]["ari"] == found["pca"]["ari"]


def test_samples_are_the_seeds_and_can_be_kept(tables):
    query = {"model": "flowers", "count": 5, "seed": 3}
    found = tables("/iris/samples", **query).json()
    assert np.shape(found["rows"]) == (5, 4)
    assert np.shape(found["plane"]) == (5, 2)
    assert found == tables("/iris/samples", **query).json()
    answer = tables("/iris/samples.csv", **query)
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert lines[0] == found["columns"]
    assert np.array_equal(np.array(lines[1:], float), found["rows"])
    assert "attachment" in answer.headers["content-disposition"]


def test_anomalies_are_judged_where_classes_mark_them(tables):
    found = tables("/iris/anomalies", model="setosa-beta", normal=0).json()
    assert [m["key"] for m in found["methods"]] == list(SCORES)
    assert found["fair"]
    assert sum(found["truth"]) == 100
    assert sum(found["fitted"]) == 40
    for method in found["methods"]:
        curve = found["roc"][method["key"]]
        assert (curve["fpr"][0], curve["tpr"][-1]) == (0, 1)
        assert 0 <= method["auroc"] <= 1
    assert finite(found)
    unjudged = tables("/iris/anomalies", model="flowers").json()
    assert unjudged["roc"] is None
    assert unjudged["truth"] is None
    look = tables("/iris/look", model="setosa-beta").json()
    assert "only learned the rows of 'setosa'" in look["sentence"]
    assert "tell hardly anything (0.00 nats)" in look["sentence"]
    assert look["columns"][2]["std"] < 0.3 < tables("/iris").json()["summary"][2]["std"]
    unfair = tables("/iris/anomalies", model="flowers", normal=0).json()
    assert not unfair["fair"]
    assert "train one on 'setosa' alone" in unfair["sentence"]


def test_a_model_outlives_its_table(tables):
    about = tables("/lost").json()
    assert (about["here"], about["columns"], about["values"]) == (False, ["a", "b", "c"], [])
    found = tables("/lost/look", model="lost-vae").json()
    assert "not here any more" in found["sentence"]
    assert np.shape(found["xy"]) == (len(found["labels"]), 2)
    assert found["reconstruction"] is None
    assert found["history"]["total"] == [2.5]
    assert found["history"]["kl"] is None
    assert np.shape(tables("/lost/samples", model="lost-vae", count=2).json()["rows"]) == (2, 3)
    answer = tables("/lost/background", model="lost-vae", column=0, size=8)
    assert floats(answer).isfinite().all()
    for part in ("quality", "anomalies"):
        assert "not here any more" in refusal(tables(f"/lost/{part}", model="lost-vae"))


@pytest.mark.parametrize(
    ("path", "query", "word"),
    [
        ("/iris/look", {"model": "nothing"}, "no model"),
        ("/iris/look", {"model": "blobs-vae"}, "no model"),
        ("/iris/look", {"model": "../../etc"}, "no model"),
        ("/iris/look", {}, "model"),
        ("/iris/background", {"model": "flowers", "column": 4}, "no column 4"),
        ("/iris/background", {"model": "flowers", "column": 0, "size": 5000}, "size"),
        ("/iris/background", {"model": "flowers", "column": 0, "x0": "nan"}, "x0"),
        ("/iris/samples", {"model": "flowers", "count": 10**9}, "count"),
        ("/iris/samples", {"model": "flowers", "seed": -1}, "seed"),
        ("/iris/anomalies", {"model": "flowers", "normal": 7}, "no class 7"),
    ],
)
def test_wrong_questions_are_answered_with_a_sentence(tables, path, query, word):
    assert word in refusal(tables(path, **query))


@pytest.mark.parametrize("name", ["nothing", "%2e%2e%2fruns", "a%2fb", "%00", "IRIS", "a b"])
@pytest.mark.parametrize("part", ["", "/models", "/look?model=flowers", "/classical"])
def test_no_name_leads_elsewhere(tables, name, part):
    answer = tables(f"/{name}{part}")
    assert answer.status_code in (404, 422)


def test_other_tabs_lead_to_a_models_table(tables, tables_app):
    with TestClient(tables_app, base_url="http://127.0.0.1:7860") as client:
        [tab] = client.get("/house/tabs", params={"model": "setosa-beta"}).json()["tabs"]
        assert tab["href"] == "?tab=tables&table=iris&b=setosa-beta"
        picture = client.get("/registry/setosa-beta/picture")
        assert picture.content.startswith(b"\x89PNG")
        about = client.get("/registry/setosa-beta").json()["about"]
        assert "lays the rows" in about["drawn"]
