"""What the form of a training asks for, and what it refuses."""

import shlex

import pytest

from models.forms import FormError, recipe_fields
from models.recipes import RECIPES, get_recipe, with_overrides
from models.runs import Launch, RunError, Runs
from studio.tabs.train.request import (
    FIELDS,
    MACHINE,
    default_launch,
    devices,
    read_request,
    values_of,
)


def values(**changes):
    recipe = get_recipe("navigator-digits")
    shown = values_of_recipe(recipe) | {"recipe": recipe.name, "name": "mine"}
    return (
        shown
        | {name: field.shown(getattr(default_launch(), name)) for name, field in MACHINE.items()}
        | changes
    )


def values_of_recipe(recipe):
    return {field.name: field.shown(field.default) for field in recipe_fields(recipe)}


def test_an_untouched_form_asks_for_the_recipe(tmp_path):
    request = read_request(values(), tmp_path)
    assert request.recipe == get_recipe("navigator-digits")
    assert request.overrides == {}
    assert request.launch == default_launch()
    assert request.launch.threads >= 1


def test_the_command_says_what_the_form_asks(tmp_path):
    request = read_request(
        values(epochs=3, **{"network.dropout": 0.2, "threads": 1, "half": True}), tmp_path
    )
    assert shlex.split(request.command) == [
        *("python", "-m", "models", "train", "navigator-digits", "--name", "mine"),
        *("--epochs", "3", "--set", "network.dropout=0.2", "--threads", "1", "--half"),
        *("--workspace", str(tmp_path)),
    ]


def test_every_fault_is_named_at_once(tmp_path):
    with pytest.raises(FormError) as error:
        read_request(
            values(epochs=0, beta=None, latent_dim=10**7, name="a/b", threads=-3), tmp_path
        )
    faults = error.value.faults
    for named in ("epochs", "beta", "latent_dim", "'a/b'", "threads"):
        assert sum(named in fault for fault in faults) == 1
    assert all(fault.endswith(".") for fault in faults)


@pytest.mark.parametrize(
    "name", ["", "  ", None, "../up", "<img src=x onerror=alert(1)>", "a" * 65]
)
def test_names_that_are_none_are_refused(tmp_path, name):
    with pytest.raises(FormError):
        read_request(values(name=name), tmp_path)


def test_a_device_that_is_not_there_is_refused(tmp_path):
    assert devices()[:2] == ["auto", "cpu"]
    with pytest.raises(FormError, match="device"):
        read_request(values(device="cuda:77"), tmp_path)


def test_half_a_data_set_is_refused_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.delenv("STUDIO_DATASETS", raising=False)
    raw = tmp_path / "datasets" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"")
    with pytest.raises(FormError, match="train-labels-idx1-ubyte"):
        read_request(values(dataset="mnist"), tmp_path)


def test_two_starts_for_one_name_give_one_run_and_one_refusal(tmp_path):
    runs = Runs(tmp_path)
    run = read_request(values(), tmp_path).start(runs)
    assert run.status().state == "queued"
    with pytest.raises(RunError, match="'mine'"):
        read_request(values(), tmp_path).start(runs)
    assert len(runs.list()) == 1


def test_a_run_fills_the_form_in_with_what_it_was_asked(tmp_path):
    asked = values(epochs=3, **{"network.encoder_hidden": "64, 32", "precision": "bf16"})
    run = read_request(asked, tmp_path).start(Runs(tmp_path))
    shown = values_of(run.config) | {"name": "mine"}
    assert shown == asked
    again = read_request(shown, tmp_path)
    assert again.overrides == run.config.overrides
    assert again.recipe == with_overrides(get_recipe("navigator-digits"), **again.overrides)


def test_every_recipe_has_a_form():
    for recipe in RECIPES.values():
        assert set(values_of_recipe(recipe)) <= set(FIELDS)
    assert set(MACHINE) < set(Launch.__dataclass_fields__)
