"""Pictures without classes, from the data set to the checkpoint."""

import dataclasses

import pytest
import torch

from models.checkpoint import load_checkpoint
from models.data import DataError, Dataset, Split, catalogue
from models.evaluate import encode_posterior
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes import Recipe
from models.registry import Registry
from models.runs.execute import train_recipe
from models.training.config import TrainingConfig
from models.vae import VAEConfig

RECIPE = Recipe(
    name="faces-test",
    summary="Small.",
    model=VAEConfig(
        shape=(3, 8, 8),
        latent_dim=2,
        likelihood="gaussian",
        network=NetworkConfig(encoder_hidden=(16,), decoder_hidden=(16,)),
    ),
    data=DataConfig(dataset="celeba", binarise="none", validation=20),
    training=TrainingConfig(epochs=1, batch_size=16),
    thumbnails=30,
)


def faces(count, seed):
    generator = torch.Generator().manual_seed(seed)
    return Split(
        images=torch.randint(0, 256, (count, 3, 8, 8), generator=generator).to(torch.uint8),
        labels=torch.full((count,), -1),
        attributes=torch.randint(-1, 2, (count, 2), generator=generator).to(torch.int8),
    )


@pytest.fixture
def dataset(monkeypatch):
    made = Dataset(
        name="celeba",
        train=faces(100, 0),
        validation=faces(20, 1),
        test=faces(30, 2),
        class_names=(),
        attribute_names=("Smiling", "Male"),
        source="drawn at random",
        terms="none",
        redistributable=False,
    )
    monkeypatch.setitem(catalogue._LOADERS, "celeba", lambda wish: made)
    return made


def test_a_model_of_faces_is_trained_measured_and_kept(dataset, tmp_path):
    folder = train_recipe(RECIPE, Registry(tmp_path), name="faces")
    checkpoint = load_checkpoint(folder)
    assert checkpoint.config.class_names == ()
    assert "knn_accuracy" not in checkpoint.config.metrics
    assert "elbo" in checkpoint.config.metrics
    assert "5-NN" not in (folder / "README.md").read_text()
    atlas = checkpoint.atlas
    assert len(atlas) == 1000
    assert set(atlas.labels.tolist()) == {-1}
    around = atlas.surroundings(atlas.codes[:3])
    assert around.classes.tolist() == [-1] * 3
    assert around.shares.tolist() == [0] * 3


def test_nobody_is_in_the_checkpoint_of_pictures_that_are_not_passed_on(dataset, tmp_path):
    """Its codes are draws, near those of the data, and its thumbnails are what they decode to."""
    folder = train_recipe(RECIPE, Registry(tmp_path), name="faces")
    checkpoint = load_checkpoint(folder)
    model, atlas = checkpoint.model, checkpoint.atlas
    people = Split.joined([dataset.train, dataset.validation, dataset.test])
    posterior = encode_posterior(model, people)
    assert torch.cdist(atlas.codes, posterior.mu).min() > 1e-5
    assert (atlas.thumbnails[:, None] != people.images[None]).flatten(2).any(2).all()
    decoded = model.decode(atlas.codes[:30]).mul(255).round().byte()
    torch.testing.assert_close(atlas.thumbnails, decoded, atol=1, rtol=0)
    wide = (posterior.mu.var(0) + posterior.logvar.exp().mean(0)).sqrt()
    torch.testing.assert_close(atlas.codes.mean(0), posterior.mu.mean(0), atol=0.4, rtol=0)
    torch.testing.assert_close(atlas.codes.std(0), wide, atol=0.05, rtol=0.4)
    assert atlas.mixture.dimensions == 2
    torch.testing.assert_close(atlas.draws(), atlas.codes, atol=0.01, rtol=0)


def test_others_are(dataset, tmp_path, monkeypatch):
    free = dataclasses.replace(dataset, redistributable=True)
    monkeypatch.setitem(catalogue._LOADERS, "celeba", lambda wish: free)
    folder = train_recipe(RECIPE, Registry(tmp_path), name="faces")
    atlas = load_checkpoint(folder).atlas
    assert len(atlas) == 120
    assert len(atlas.thumbnails) == 30


def test_pictures_of_another_shape_are_refused_in_one_sentence(dataset, tmp_path):
    grey = dataclasses.replace(RECIPE, model=dataclasses.replace(RECIPE.model, shape=(1, 8, 8)))
    with pytest.raises(DataError, match=r"the shape \(3, 8, 8\), and the model takes \(1, 8, 8\)"):
        train_recipe(grey, Registry(tmp_path), name="faces")
