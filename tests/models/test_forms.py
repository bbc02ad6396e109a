"""A recipe as a form: described, filled in, checked, and said as a command line."""

import shlex
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from models.command import command_line, show_command
from models.config import field_docs
from models.forms import (
    FormError,
    checked_recipe,
    filled_in,
    launch_fields,
    recipe_fields,
)
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes import RECIPES, get_recipe, with_overrides
from models.runs import Launch
from models.settings import read_settings
from models.training.config import TrainingConfig
from models.vae import VAEConfig

DIGITS = get_recipe("navigator-digits")


@dataclass(slots=True)
class Documented:
    first: int = 0
    """One line,
    and another."""
    second: str = ""

    third: tuple[int, ...] = ()
    """Last."""


def test_docs_stand_under_their_fields():
    assert field_docs(Documented) == {
        "first": "One line, and another.",
        "second": "",
        "third": "Last.",
    }


@pytest.mark.parametrize("cls", [TrainingConfig, VAEConfig, NetworkConfig, DataConfig, Launch])
def test_every_field_a_person_meets_has_a_docstring(cls):
    assert all(field_docs(cls).values())


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_untouched_form_is_the_recipe(recipe):
    values = {field.name: field.shown(field.default) for field in recipe_fields(recipe)}
    assert filled_in(recipe, values) == (recipe, {})
    assert {"epochs", "beta", "network.dropout", "dataset"} <= values.keys()
    assert ("latent_dim" in values) == ("latent_dim" not in recipe.model.derived)


def test_kinds_come_from_the_types():
    kinds = {field.name: field.kind for field in (*recipe_fields(DIGITS), *launch_fields())}
    assert kinds["epochs"] == "integer"
    assert kinds["beta"] == "number"
    assert kinds["likelihood"] == kinds["dataset"] == kinds["precision"] == "choice"
    assert kinds["network.encoder_hidden"] == "integers"
    assert kinds["compile"] == "switch"


def test_nothing_is_asked_that_a_training_from_few_labels_does_not_heed():
    names = {field.name for field in recipe_fields(get_recipe("ssvae-digits"))}
    assert "semi.view_strength" in names
    assert not names & {"shift", "tint", "mirror", "guide", "ssim_weight"}
    assert "shift" in {field.name for field in recipe_fields(get_recipe("navigator-digits"))}
    with pytest.raises(ValueError, match="shift has no part in a training from few labels"):
        with_overrides(get_recipe("ssvae-digits"), shift=2)


def test_only_what_differs_is_an_override():
    values = {"epochs": 5.0, "beta": 1, "network.encoder_hidden": "64, 32", "latent_dim": "8"}
    recipe, overrides = filled_in(DIGITS, values)
    assert overrides == {"epochs": 5, "network.encoder_hidden": (64, 32), "latent_dim": 8}
    assert recipe.model.network.encoder_hidden == (64, 32)
    assert recipe.training.epochs == 5


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"epochs": None}, ["epochs"]),
        ({"epochs": 2.5, "beta": "much"}, ["epochs", "beta"]),
        ({"beta": float("nan")}, ["beta"]),
        ({"epochs": 1e300}, ["epochs"]),
        ({"network.encoder_hidden": "64; rm"}, ["network.encoder_hidden"]),
        ({"likelihood": "<img onerror=alert(1)>"}, ["likelihood"]),
        ({"dataset": "../../etc"}, ["dataset"]),
        ({"beta": None, "latent_dim": 10**6}, ["beta", "latent_dim"]),
    ],
)
def test_what_is_no_value_is_named(values, names):
    with pytest.raises(FormError) as error:
        filled_in(DIGITS, values)
    assert len(error.value.faults) == len(names)
    for name in names:
        assert sum(fault.startswith(name) for fault in error.value.faults) == 1


@pytest.mark.parametrize(
    ("overrides", "names"),
    [
        ({"epochs": 0}, ["epochs"]),
        ({"epochs": 0, "batch_size": -1, "latent_dim": 10**6}, ["epochs", "batch_size", "latent"]),
        ({"network.dropout": 1.0}, ["dropout"]),
        ({"network.kind": "convolutional"}, ["channels"]),
        ({"network.kind": "convolutional", "network.channels": (8,), "beta": -1.0}, ["beta"]),
        ({"validation": -5}, ["validation"]),
    ],
)
def test_every_fault_is_one_sentence(overrides, names):
    with pytest.raises(FormError) as error:
        checked_recipe(DIGITS, overrides)
    faults = error.value.faults
    assert len(faults) == len(names)
    assert all(name in fault for name, fault in zip(names, faults, strict=True))


def test_what_belongs_together_passes_together():
    overrides = {"network.kind": "convolutional", "network.channels": (8, 16)}
    assert checked_recipe(DIGITS, overrides).model.network.channels == (8, 16)


def test_the_command_line_says_everything_once():
    arguments = command_line(
        "navigator-digits",
        name="mine",
        overrides={"network.dropout": 0.2, "epochs": 5, "network.encoder_hidden": (64, 32)},
        launch=Launch(threads=1, half=True),
        workspace=Path("/a folder"),
    )
    assert show_command(arguments) == (
        "python -m models train navigator-digits --name mine --epochs 5 --set network.dropout=0.2 "
        "--set network.encoder_hidden=64,32 --threads 1 --half --workspace '/a folder'"
    )
    assert shlex.split(show_command(arguments)) == arguments


def test_a_name_that_looks_like_a_number_is_said_whole():
    overrides = {"normal_class": "1.0", "beta": 2.0}
    assert show_command(command_line("table", overrides=overrides)) == (
        "python -m models train table --beta 2 --set normal_class=1.0"
    )


def test_an_untouched_recipe_is_a_short_command():
    assert show_command(command_line("navigator-mnist")) == (
        "python -m models train navigator-mnist"
    )


def test_overrides_make_the_same_recipe_from_either_side():
    overrides = {"network.fourier": 8, "beta": 0.5, "dataset": "mnist"}
    assert checked_recipe(DIGITS, overrides) == with_overrides(DIGITS, **overrides)


def test_the_command_line_reads_back_as_the_same_overrides():
    overrides = {
        "dataset": "mnist",
        "binarise": "none",
        "network.kind": "convolutional",
        "network.channels": (8,),
        "network.encoder_hidden": (64, 32),
        "network.dropout": 0.25,
        "weight_decay": 1e-05,
        "patience": 3,
    }
    arguments = command_line("navigator-digits", overrides=overrides)
    settings = [b for a, b in pairwise(arguments) if a == "--set"]
    assert read_settings(DIGITS, settings) == overrides
    assert read_settings(DIGITS, ["network.channels="]) == {"network.channels": ()}
