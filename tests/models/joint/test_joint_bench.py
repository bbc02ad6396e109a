"""The bench of the discrete code: every seed reported, and gone on with after a break."""

import json

import pytest

from models import data
from models.bench.joint import bench_joint
from models.recipes import get_recipe, with_overrides


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return data.load("digits", workspace=tmp_path_factory.mktemp("workspace"))


def recipe(**more):
    narrow = {"network.encoder_hidden": (16,), "network.decoder_hidden": (16,), "epochs": 1}
    return with_overrides(get_recipe("joint-digits"), **narrow | more)


def test_every_seed_is_reported_and_kept(digits, tmp_path):
    told = []
    result = bench_joint(recipe(), digits, seeds=range(2), folder=tmp_path, report=told.append)
    assert [run["seed"] for run in result["runs"]] == [0, 1]
    for run in result["runs"]:
        assert 0.1 <= run["accuracy"] <= 1
        assert len(run["code_classes"][0]) == 10
        assert len(run["kl_discrete"]) == 1
    found = result["accuracy"]
    assert found["worst"] <= found["median"] <= found["best"]
    assert json.loads((tmp_path / "seed-1.json").read_text()) == result["runs"][1]
    before = len(told)
    assert bench_joint(recipe(), digits, seeds=range(2), folder=tmp_path) == result
    assert len(told) == before, "nothing is trained twice"
    with pytest.raises(ValueError, match="keeps a bench of other settings"):
        bench_joint(recipe(beta=2.0), digits, folder=tmp_path)


def test_a_recipe_without_classes_is_refused(digits):
    plain = with_overrides(get_recipe("navigator-digits"), epochs=1)
    with pytest.raises(ValueError, match="'navigator-digits' has no discrete parts"):
        bench_joint(plain, digits, seeds=[0])
