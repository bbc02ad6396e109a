"""A table through the whole house: trained, registered, measured, encoded, inferred, benched."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from models.bench import tabular
from models.cli import app
from models.data import load_table
from models.labels.errors import LabelError
from models.labels.projects import Projects
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute, train_recipe
from models.tables.data import learned_digest
from models.tables.measure import curves


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    tables = folder / "datasets" / "tables"
    tables.mkdir(parents=True)
    noise = np.random.default_rng(0)
    rows = [f"{x:.3f},{y:.3f},{'on' if x > 0 else 'off'}" for x, y in noise.normal(size=(40, 2))]
    (tables / "mine.csv").write_text("\n".join(["x,y | <b>,state", *rows]))
    own = {"dataset": "table:mine", "label_column": "state", "epochs": 3}
    registry = Registry(folder, pretrained=folder / "none")
    train_recipe(get_recipe("table"), registry, name="mine", overrides=own)
    return folder


def command(workspace, *arguments):
    result = CliRunner().invoke(app, [*arguments, "--workspace", str(workspace)])
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.stdout


def test_a_checkpoint_knows_its_columns_and_its_curves(workspace):
    found = Registry(workspace, pretrained=workspace / "none").open("mine")
    model, metrics = found.config.model, found.config.metrics
    assert (model.columns, model.shape) == (("x", "y | <b>"), (2,))
    assert found.config.class_names == ("off", "on")
    assert metrics["history"]["epoch"] == [1, 2, 3]
    assert set(metrics["columns"]) == set(model.columns)
    assert {"knn_accuracy", "cluster_ari", "silhouette", "pca_silhouette"} <= metrics.keys()
    assert found.atlas.codes.shape == (32, 2)
    assert len(found.atlas.thumbnails) == 0
    assert "rows of 2 columns" in found.card
    assert "y \\| &lt;b>" in found.card
    assert sum(p.stat().st_size for p in (workspace / "checkpoints" / "mine").iterdir()) < 60_000


def test_it_is_evaluated_encoded_and_inferred(workspace, tmp_path):
    told = json.loads(command(workspace, "evaluate", "mine", "--json"))
    assert "knn_accuracy" in told
    codes, inferred = tmp_path / "codes.npz", tmp_path / "inferred.npz"
    command(workspace, "encode", "mine", "--dataset", "table:mine", "--output", str(codes))
    with np.load(codes, allow_pickle=False) as arrays:
        assert arrays["mu"].shape == (40, 2)
        assert set(arrays["labels"]) == {0, 1}
    command(workspace, "infer", "mine", "--output", str(inferred), "--split", "train")
    with np.load(inferred, allow_pickle=False) as arrays:
        assert arrays["input"].dtype == arrays["reconstructed"].dtype == np.float32
        assert arrays["input"].min() < 0


def test_a_training_broken_off_goes_on_with_its_columns(workspace):
    recipe = with_overrides(
        get_recipe("table"), dataset="wine", epochs=1, normal_class="cultivar 1"
    )
    registry = Registry(workspace, pretrained=workspace / "none")
    folder = train_recipe(recipe, registry, name="one-class")
    found = registry.open(folder.name)
    assert len(found.config.model.columns) == 13
    assert "cultivar 1" in found.card
    assert len(found.atlas) == 47


def test_a_training_goes_on_with_the_rows_that_it_began_with(workspace):
    registry = Registry(workspace, pretrained=workspace / "none")
    file = workspace / "datasets" / "tables" / "mine.csv"
    table = load_table("table:mine", workspace=workspace, label_column="state")
    learned = registry.open("mine").config.metrics["rows_digest"]
    assert learned == learned_digest(table) != learned_digest(table, "on")
    run = Runs(workspace).list()[-1]
    assert run.config.name == "mine"
    run.write_status(replace(run.status(), state="stopped"))
    registry.remove("mine")
    former = file.read_text()
    file.write_text(former.replace("0.126", "0.127"))
    assert (
        learned_digest(load_table("table:mine", workspace=workspace, label_column="state"))
        != learned
    )
    try:
        with pytest.raises(ValueError, match="other rows now than when this training began"):
            execute(run, registry)
    finally:
        file.write_text(former)
    run.write_status(replace(run.status(), state="stopped"))
    again = execute(run, registry)
    assert registry.open(again.name).config.metrics["rows_digest"] == learned


def test_rows_are_not_labelled_as_pictures_are(workspace):
    projects = Projects(workspace, Registry(workspace, pretrained=workspace / "none"))
    with pytest.raises(LabelError, match="iris is a table"):
        projects.create("flowers", "iris")


def test_curves_have_a_hundred_points_at_most():
    class Record:
        def __init__(self, epoch):
            self.epoch = epoch
            self.train = type("Parts", (), {"total": 1.23456, "reconstruction": 1, "kl": 0.5})

    found = curves([Record(i + 1) for i in range(1000)])
    assert len(found["epoch"]) <= 100
    assert (found["epoch"][0], found["epoch"][-1]) == (1, 1000)
    assert found["total"][0] == 1.235
    assert curves([])["epoch"] == []


def test_the_bench_measures_every_seed_beside_the_others(monkeypatch):
    monkeypatch.setattr(tabular, "tsne_codes", lambda rows, seed: rows[:, :2].numpy())
    said = []
    found = tabular.bench_tabular("iris", seeds=(3,), epochs=1, report=said.append)
    assert len(said) == len(found["seeds"]) == 1
    assert list(found["means"]) == ["VAE", "beta-VAE", "PCA", "t-SNE"]
    assert found["means"]["PCA"] == found["seeds"][0]["methods"]["PCA"]
    assert len(found["auroc"]) == 6
    assert [row["met"] in (True, False) for row in found["criteria"]] == [True] * 5
    json.dumps(found)


def test_trainings_of_one_seed_are_one_model():
    table = tabular.built_in("iris")
    train = tabular.is_train(table)
    recipe = with_overrides(get_recipe("iris"), epochs=1)
    one, again, other = (tabular.train_on(recipe, table, train, s) for s in (0, 0, 1))
    z = torch.zeros(1, 2)
    assert torch.equal(one.decode(z), again.decode(z))
    assert not torch.equal(one.decode(z), other.decode(z))
