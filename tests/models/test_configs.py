import dataclasses
import json
import math

import pytest

from models.checkpoint import CheckpointConfig
from models.config import from_json, to_json
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes import RECIPES, get_recipe, with_overrides
from models.training import TrainingConfig
from models.vae import VAEConfig

CONFIGS = [
    NetworkConfig(kind="convolutional", channels=(8, 16), fourier=3, dropout=0.5),
    NetworkConfig(
        kind="convolutional", channels=(8,), encoder_hidden=(), decoder_hidden=(), blocks=1
    ),
    TrainingConfig(guide="celeba", guide_weight=2.5, ssim_weight=3.0, mirror=True),
    VAEConfig(shape=(7,), latent_dim=64, likelihood="gaussian-learned", scale=0.3),
    DataConfig(dataset="digits", binarise="threshold", validation=12),
    TrainingConfig(epochs=3, average=0, beta=4.0, beta_warmup_epochs=2.5, free_bits=0.1, seed=9),
    CheckpointConfig(
        recipe="r",
        model=VAEConfig(),
        data=DataConfig(),
        training=TrainingConfig(),
        class_names=("Trouser", "T-shirt/top", "日本"),
        metrics={"elbo": -1.5, "decode_ms": {"1": 0.1}, "nothing": None},
        terms="CC BY 4.0",
    ),
    *(recipe.model for recipe in RECIPES.values()),
    *(recipe.data for recipe in RECIPES.values()),
    *(recipe.training for recipe in RECIPES.values()),
]
NAN = math.nan
INVALID = [
    (NetworkConfig, "kind", "transformer"),
    (NetworkConfig, "encoder_hidden", ()),
    (NetworkConfig, "decoder_hidden", ()),
    (NetworkConfig, "decoder_hidden", (8, 0)),
    (NetworkConfig, "decoder_hidden", (8,) * 65),
    (NetworkConfig, "encoder_hidden", (8, 65_537)),
    (NetworkConfig, "channels", (8,)),
    (NetworkConfig, "normalisation", "group"),
    (NetworkConfig, "blocks", 1),
    (NetworkConfig, "blocks", -1),
    (NetworkConfig, "head", "shuffled"),
    (NetworkConfig, "head", "none"),
    (NetworkConfig, "dropout", 1.0),
    (NetworkConfig, "dropout", NAN),
    (NetworkConfig, "fourier", -1),
    (NetworkConfig, "fourier", 65_537),
    (NetworkConfig, "fourier_scale", 0.0),
    (NetworkConfig, "fourier_scale", NAN),
    (VAEConfig, "latent_dim", 0),
    (VAEConfig, "latent_dim", 5000),
    (VAEConfig, "latent_dim", "two"),
    (VAEConfig, "shape", (28, 28)),
    (VAEConfig, "shape", (1, 0, 28)),
    (VAEConfig, "shape", (1, 2048, 2048)),
    (VAEConfig, "scale", 0.0),
    (VAEConfig, "scale", NAN),
    (VAEConfig, "scale", math.inf),
    (VAEConfig, "likelihood", "poisson"),
    (DataConfig, "binarise", "sometimes"),
    (DataConfig, "validation", -1),
    (TrainingConfig, "epochs", 0),
    (TrainingConfig, "epochs", 1.5),
    (TrainingConfig, "batch_size", 0),
    (TrainingConfig, "learning_rate", 0.0),
    (TrainingConfig, "learning_rate", NAN),
    (TrainingConfig, "learning_rate", 2.0),
    (TrainingConfig, "warmup", 1.0),
    (TrainingConfig, "average", -0.1),
    (TrainingConfig, "adam_beta2", 1.0),
    (TrainingConfig, "weight_decay", -1.0),
    (TrainingConfig, "clip_norm", NAN),
    (TrainingConfig, "beta", -1.0),
    (TrainingConfig, "beta", math.inf),
    (TrainingConfig, "beta_warmup_epochs", -1.0),
    (TrainingConfig, "free_bits", NAN),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: type(config).__name__)
def test_there_and_back_through_json(config):
    text = json.dumps(to_json(config))
    again = from_json(type(config), json.loads(text))
    assert again == config


@pytest.mark.parametrize("config", CONFIGS[:5], ids=lambda config: type(config).__name__)
def test_an_unknown_or_missing_field_is_named(config):
    cls = type(config)
    with pytest.raises(ValueError, match=rf"{cls.__name__} cannot be read: .*momentum"):
        from_json(cls, to_json(config) | {"momentum": 0.9})
    for data in ([], "text", None, 3):
        with pytest.raises(ValueError, match=cls.__name__):
            from_json(cls, data)


def test_a_missing_field_and_one_deep_inside_are_named():
    plain = to_json(next(c for c in CONFIGS if isinstance(c, CheckpointConfig)))
    with pytest.raises(ValueError, match=r"recipe: Field required"):
        from_json(CheckpointConfig, {k: v for k, v in plain.items() if k != "recipe"})
    plain["model"]["network"]["dropout"] = "much"
    with pytest.raises(ValueError, match=r"model\.network\.dropout"):
        from_json(CheckpointConfig, plain)


@pytest.mark.parametrize(("cls", "name", "value"), INVALID)
def test_an_invalid_value_is_named_with_its_field(cls, name, value):
    plain = to_json(cls()) | {name: list(value) if isinstance(value, tuple) else value}
    with pytest.raises(ValueError, match=name) as caught:
        from_json(cls, plain)
    message = str(caught.value)
    assert message.endswith(".")
    assert not message.endswith("..")
    assert "Value error" not in message
    assert "\n" not in message


def test_configurations_are_frozen():
    for config in CONFIGS:
        name = dataclasses.fields(config)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(config, name, None)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_overrides_reach_all_three_parts_and_leave_the_recipe_alone(recipe):
    own = "continuous" if "latent_dim" in recipe.model.derived else "latent_dim"
    changed = with_overrides(recipe, **{own: 5}, validation=7, epochs=40, beta=None)
    assert (getattr(changed.model, own), changed.data.validation) == (5, 7)
    assert changed.training.epochs == 40
    assert changed.training.beta == recipe.training.beta
    assert changed.model.network == recipe.model.network
    assert with_overrides(recipe) == recipe == get_recipe(recipe.name)


def test_overrides_that_do_not_exist_or_do_not_fit_are_named():
    recipe = next(iter(RECIPES.values()))
    with pytest.raises(ValueError, match=r"no field momentum, nesterov"):
        with_overrides(recipe, nesterov=True, momentum=0.9)
    with pytest.raises(ValueError, match="latent_dim must lie in"):
        with_overrides(recipe, latent_dim=0)


def test_no_field_name_belongs_to_two_parts_of_a_recipe():
    names = [
        f.name for cls in (VAEConfig, DataConfig, TrainingConfig) for f in dataclasses.fields(cls)
    ]
    assert len(names) == len(set(names)), "an override would reach both"


def test_an_unknown_recipe_is_told_what_there_is():
    with pytest.raises(ValueError, match="no recipe 'mystery'") as caught:
        get_recipe("mystery")
    assert all(name in str(caught.value) for name in RECIPES)


def test_recipe_names_are_their_keys_and_valid_checkpoint_names():
    from models.registry import require_name

    for name, recipe in RECIPES.items():
        assert recipe.name == name == require_name(name)
        assert recipe.summary.endswith(".")
