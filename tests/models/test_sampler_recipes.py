"""The family of three that differ in beta alone, as recipes and as they are shipped."""

import dataclasses

import pytest
import torch

from models.checkpoint import load_checkpoint, read_config
from models.recipes import RECIPES, get_recipe
from models.registry import PRETRAINED
from models.training.outcome import build_atlas

NAMES = ("sampler-mnist-beta0.1", "sampler-mnist-beta1", "sampler-mnist-beta10")
MOST_BYTES = 3_500_000


@pytest.fixture(scope="module")
def shipped():
    return [read_config(PRETRAINED / name) for name in NAMES]


def test_only_beta_differs():
    rows = [get_recipe(name) for name in NAMES]
    assert [row.training.beta for row in rows] == [0.1, 1, 10]
    alike = {
        (row.model, row.data, dataclasses.replace(row.training, beta=1), row.codes, row.components)
        for row in rows
    }
    assert len(alike) == 1
    assert rows[0].model.latent_dim == 8
    assert [name for name in RECIPES if name.startswith("sampler")] == list(NAMES)


def test_the_shipped_family_is_of_these_recipes(shipped):
    for name, config in zip(NAMES, shipped, strict=True):
        assert config.recipe == name
        assert config.model == get_recipe(name).model
        assert config.training == get_recipe(name).training


def test_the_trade_off_that_beta_makes_can_be_read_in_the_cards(shipped):
    reconstruction, kl = (
        [config.metrics[key] for config in shipped] for key in ("reconstruction", "kl")
    )
    assert reconstruction == sorted(reconstruction)
    assert kl == sorted(kl, reverse=True)
    for config in shipped:
        metrics = config.metrics
        assert metrics["elbo"] == pytest.approx(-(metrics["reconstruction"] + metrics["kl"]))
        assert 1 <= metrics["active_units"] <= 8
        for key in ("frechet", "frechet_gaussian", "frechet_mixture"):
            assert metrics[key] > 0


def test_with_little_kl_a_fitted_mixture_samples_better_than_the_prior(shipped):
    metrics = shipped[0].metrics
    assert metrics["frechet_mixture"] < metrics["frechet"]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_small_and_brings_all_that_sampling_needs(name):
    folder = PRETRAINED / name
    assert sum(path.stat().st_size for path in folder.iterdir()) < MOST_BYTES
    atlas = load_checkpoint(folder).atlas
    assert atlas.logvar is not None
    assert atlas.mixture is not None
    assert len(atlas) == get_recipe(name).codes
    assert (atlas.labels.long().bincount(minlength=10) > 500).all()


def test_an_atlas_may_keep_fewer_codes_drawn_from_all(tiny_checkpoint, tiny_recipe, digits):
    model = load_checkpoint(tiny_checkpoint).model
    whole, few, again = (
        build_atlas(model, digits, dataclasses.replace(tiny_recipe, codes=codes))
        for codes in (0, 300, 300)
    )
    assert len(whole) == len(digits.train) + len(digits.validation)
    assert len(few) == 300
    assert torch.equal(few.codes, again.codes)
    assert len(build_atlas(model, digits, dataclasses.replace(tiny_recipe, codes=10**6))) == len(
        whole
    )
    nearest = torch.cdist(few.codes, whole.codes).min(1).values
    assert nearest.max() < 1e-3
    shares = few.labels.long().bincount() / 300 - whole.labels.long().bincount() / len(whole)
    assert shares.abs().max() < 0.06, "they are no balanced choice"
