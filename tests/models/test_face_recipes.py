import dataclasses

import pytest
import torch

from models.data import Dataset, Split
from models.features import AttributeNetwork, load_features
from models.fidelity import fidelity
from models.networks import parameter_count
from models.preprocessing import to_unit
from models.recipes import RECIPES, get_recipe
from models.training import Trainer
from models.training.recipe import new_model
from models.vae import VAE

NAMES = ("faces-celeba", "faces-synthetic", "faces-olivetti")


def faces(colours, count=24, name="celeba"):
    """Not faces, but as large, and smooth."""
    numbers = torch.Generator().manual_seed(0)

    def split(rows):
        coarse = torch.rand(rows, colours, 8, 8, generator=numbers)
        smooth = torch.nn.functional.interpolate(coarse, size=(64, 64), mode="bilinear")
        return Split(images=(255 * smooth).byte(), labels=torch.full((rows,), -1))

    return Dataset(
        name=name,
        train=split(count),
        validation=split(4),
        test=split(16),
        class_names=(),
        source="drawn",
        terms="none",
    )


def test_the_face_recipes_are_these():
    assert [name for name in RECIPES if name.startswith("faces")] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_weights_will_be_small(name):
    model = VAE(get_recipe(name).model)
    size = 2 * sum(tensor.numel() for tensor in model.state_dict().values())
    assert size < {"faces-celeba": 12e6}.get(name, 8e6)
    assert parameter_count(model) < 6e6


def test_only_what_learned_from_photographs_is_restricted():
    assert "CelebA" in get_recipe("faces-celeba").licence
    for name in NAMES[1:]:
        recipe = get_recipe(name)
        assert recipe.licence == "MIT"
        assert recipe.training.guide != "celeba"


@pytest.mark.parametrize("name", NAMES)
def test_a_model_starts_at_the_components_and_stays_good(name):
    recipe = get_recipe(name)
    dataset = faces(recipe.model.shape[0])
    model = new_model(recipe, dataset)
    x = to_unit(dataset.train.images)
    spread = (x - x.mean(0)).square().mean()

    @torch.no_grad()
    def error():
        return (model.eval().decode(model.encode(x).mu) - x).square().mean()

    assert error() < 0.2 * spread
    few = {"epochs": 4, "batch_size": 12, "average": 0, "learning_rate": 1e-4}
    few["attribute_weight"] = 0  # These pictures have none.
    config = dataclasses.replace(recipe.training, **few)
    history = Trainer(model, config, binarise="none").fit(dataset.train, dataset.validation)
    assert error() < 0.2 * spread
    # Held-out codes lie among the others, although there are fewer pictures than dimensions.
    assert history[-1].validation.kl < 50 * recipe.model.latent_dim


def test_a_face_model_is_compared_with_the_components():
    dataset = faces(3)
    model = new_model(get_recipe("faces-celeba"), dataset).eval()
    figures = fidelity(model, dataset)
    assert figures.keys() == {
        prefix + figure
        for prefix in ("", "pca_")
        for figure in ("mse", "ssim", "frechet_reconstruction")
    }
    assert figures["mse"] < 2 * figures["pca_mse"] + 1e-3


def test_the_shipped_guide_and_judge_are_whole_and_good():
    for name in ("celeba-guide", "celeba"):
        network, card = load_features(name)
        assert isinstance(network, AttributeNetwork)
        assert card.dataset == name
        assert len(card.attributes) == 40
        assert card.auc["Smiling"] > 0.95
        assert card.auc["Male"] > 0.95
        assert card.auc["Eyeglasses"] > 0.95
        assert "non-commercial" in card.terms
        assert not any(p.requires_grad for p in network.parameters())
