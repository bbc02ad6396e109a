"""What the form of a training asks for, and what it refuses."""

import shlex

import pytest

from models.data import DataError
from models.forms import FormError, recipe_fields
from models.recipes import RECIPES, get_recipe, with_overrides
from models.runs import Launch, RunError, Runs
from studio.table_shelf import TableShelf
from studio.tabs.train.request import (
    FIELDS,
    MACHINE,
    default_launch,
    devices,
    read_request,
    values_of,
)
from tests.studio.tables import blobs_csv


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


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A workspace with a table of one's own, whose classes are in the column 'kind'."""
    monkeypatch.delenv("STUDIO_DATASETS", raising=False)
    TableShelf(tmp_path).add("mine", blobs_csv(), "kind")
    return tmp_path


def table_values(**changes):
    recipe = get_recipe("table")
    shown = {f.name: f.shown(f.default) for f in recipe_fields(recipe)}
    return values() | shown | {"recipe": "table", "name": "mine"} | changes


def test_a_run_on_a_table_of_ones_own_is_cloned_whole(own):
    asked = table_values(dataset=" table:mine ", label_column="kind", epochs=7)
    run = read_request(asked, own).start(Runs(own))
    assert run.config.overrides == {"dataset": "table:mine", "label_column": "kind", "epochs": 7}
    shown = values_of(run.config) | {"name": "again"}
    assert set(shown) <= set(FIELDS) | set(MACHINE) | {"recipe", "name"}
    again = read_request(shown, own)
    assert again.overrides == run.config.overrides
    assert "--set dataset=table:mine --set label_column=kind" in again.command
    assert again.start(Runs(own)).config.recipe == run.config.recipe


def test_pictures_of_ones_own_are_asked_for_by_their_folder(tmp_path):
    (tmp_path / "my pictures").mkdir()
    asked = values(dataset=f"folder:{tmp_path / 'my pictures'}")
    request = read_request(asked, tmp_path)
    assert request.recipe.data.dataset == asked["dataset"]
    run = request.start(Runs(tmp_path))
    assert read_request(values_of(run.config) | {"name": "b"}, tmp_path).recipe == request.recipe


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dataset": "table:nothing"}, "There is no table nothing"),
        ({"dataset": "table:"}, "must be one of iris, wine, or table:NAME"),
        ({"dataset": None}, "must be one of iris, wine, or table:NAME"),
        ({"dataset": "mnist"}, "must be one of iris, wine, or table:NAME"),
        ({"dataset": "folder:/"}, "holds pictures, and this recipe takes rows"),
        ({"dataset": "table:a\nb"}, "is no path"),
        ({"dataset": "table:~nobody-of-that-name/a"}, "There is no table"),
        ({"recipe": "navigator-digits", "dataset": "table:mine"}, "and this recipe takes pictures"),
        ({"recipe": "navigator-digits", "dataset": "folder:gone"}, "There is no folder gone"),
    ],
)
def test_data_that_cannot_be_are_refused(own, changes, words):
    with pytest.raises(FormError, match=words):
        read_request(table_values() | changes, own)


def test_a_table_that_cannot_be_learned_is_refused_before_it_waits(own):
    for changes, words in (
        ({}, "column 'kind' holds text"),
        ({"label_column": "kind", "normal_class": "up"}, "no class 'up'"),
        ({"label_column": "kind", "validation": 500}, "500 cannot be held out"),
    ):
        with pytest.raises(DataError, match=words):
            read_request(table_values(dataset="table:mine") | changes, own).start(Runs(own))
    assert Runs(own).list() == []


def test_every_recipe_has_a_form():
    for recipe in RECIPES.values():
        assert set(values_of_recipe(recipe)) <= set(FIELDS)
    assert set(MACHINE) < set(Launch.__dataclass_fields__)
