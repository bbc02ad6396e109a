"""The benches of learning from few labels, on the small digits."""

import dataclasses
import json

import pytest
import torch

from models.bench.active import Ground, bench_active, draw_curves, labels_needed
from models.bench.kept import claim
from models.bench.labels import bench_labels
from models.bench.ssvae import Seed, bench_ssvae, summary
from models.recipes import get_recipe, with_overrides


@pytest.fixture(scope="module")
def small(digits):
    """A recipe of seconds, and 300 digits."""
    recipe = get_recipe("ssvae-digits")
    network = dataclasses.replace(recipe.model.network, channels=(8, 8, 16), decoder_hidden=(32,))
    overrides = {"epochs": 2, "network": network, "semi.label_free_epochs": 1}
    first = dataclasses.replace(digits, train=digits.train.take(torch.arange(300)))
    return with_overrides(recipe, **overrides), first


def test_two_numbers_of_labels_share_what_needs_none(small, tmp_path):
    recipe, dataset = small
    told = []
    result = bench_ssvae(
        recipe, dataset, seeds=[3], labels=[10, 20], folder=tmp_path / "kept", report=told.append
    )
    assert [run["labels"] for run in result["runs"]] == [10, 20]
    assert {run["cpu_seconds_without_labels"] for run in result["runs"]} != {0}
    assert result["labels"]["20"]["seeds"] == 1
    assert sum("unlabelled" in line for line in told) == 1
    json.dumps(result)
    told.clear()
    again = bench_ssvae(
        recipe, dataset, seeds=[3], labels=[10, 20], folder=tmp_path / "kept", report=told.append
    )
    assert again == result
    assert not any("epoch" in line for line in told)


def test_both_stages_are_one_training(small):
    recipe, dataset = small
    from models.semi.data import drawn_labels, labelled_split
    from models.semi.outputs import accuracy
    from models.training import Trainer
    from models.training.recipe import new_model, new_objective

    seeded = with_overrides(recipe, seed=1)
    model = new_model(seeded, dataset)
    taught = labelled_split(dataset, drawn_labels(dataset.train.labels, 1, 1))
    Trainer(model, seeded.training, objective=new_objective(seeded, model)).fit(taught.train)
    whole = accuracy(model, dataset.test.images, dataset.test.labels)
    parts = Seed(recipe=recipe, dataset=dataset, seed=1).with_labels(10)
    assert parts["test_accuracy"] == pytest.approx(whole, abs=1e-5)


def test_a_folder_of_other_settings_and_uneven_labels_are_refused(small, tmp_path):
    recipe, dataset = small
    claim(tmp_path, recipe)
    claim(tmp_path, recipe)
    with pytest.raises(ValueError, match="other settings"):
        claim(tmp_path, with_overrides(recipe, epochs=9))
    with pytest.raises(ValueError, match="15 labels cannot be as many of each of 10"):
        Seed(recipe=recipe, dataset=dataset, seed=0).with_labels(15)


def test_mean_worst_and_spread():
    runs = [{"test_accuracy": a, "cpu_seconds": 10 * a} for a in (0.9, 0.96, 0.99)]
    found = summary(runs)
    assert found["mean"] == 0.95
    assert (found["worst"], found["best"], found["most_cpu_seconds"]) == (0.9, 0.99, 9.9)
    assert found["standard_deviation"] == pytest.approx(0.04583, abs=1e-5)
    assert summary(runs[:1])["standard_deviation"] is None


def test_labels_needed_are_those_that_reach_it_for_good():
    assert labels_needed([0.5, 0.96, 0.94, 0.95, 0.97]) == 4
    assert labels_needed([0.96, 0.97]) == 1
    assert labels_needed([0.96, 0.9]) is None


def test_a_queue_is_measured_against_chance_and_drawn(small, tmp_path):
    recipe, dataset = small
    model = Seed(recipe=recipe, dataset=dataset, seed=0).model()
    result = bench_active([Ground.of(model, dataset)] * 2, count=12)
    for how in ("coverage", "random"):
        curves = result["queues"][how]["curves"]
        assert [len(curve) for curve in curves] == [12, 12]
        assert all(0 <= value <= 1 for curve in curves for value in curve)
    json.dumps(result)
    draw_curves(result, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_the_way_from_a_key_is_measured(tmp_path):
    result = bench_labels(300, tmp_path / "workspace", steps=5)
    assert result["durable_ms"]["p95"] >= result["durable_ms"]["median"] > 0
    assert result["queue_seconds"].keys() >= {"coverage", "bald", "random"}
    assert list((tmp_path / "workspace").iterdir()) == []
    json.dumps(result)
