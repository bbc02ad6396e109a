"""Weights from a file, through the sampler's own way in: strangers' pickles never run."""

import os
import shutil

import pytest
import torch
from playwright.sync_api import expect

from models.registry import Registry
from tests.browser.sampler import (
    DRAWN,
    PANEL,
    VIEW,
    code,
    open_sampler,
    pixels,
    press,
    settle,
    unfold,
)
from tests.browser.studios import cut_sockets, note_sockets, open_studio

TOLD = f"{PANEL} .told"


@pytest.fixture(scope="module")
def place(sampler_workspace, tmp_path_factory):
    """A workspace that takes files, beginning with 'sampler'."""
    workspace = tmp_path_factory.mktemp("files")
    own = "checkpoints", "sampler"
    shutil.copytree(sampler_workspace.joinpath(*own), workspace.joinpath(*own))
    return workspace


@pytest.fixture(scope="module")
def studio(place):
    with open_studio(place, only="sampler") as address:
        yield address


@pytest.fixture
def page(visit, studio):
    page = open_sampler(visit(studio).page)
    unfold(page, "Model")
    return page


@pytest.fixture
def state(place):
    return Registry(place, pretrained=place / "none").open("sampler").model.state_dict()


def give(page, path, recipe=None):
    if recipe:
        page.get_by_label("as recipe").select_option(recipe)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a file …").click()
    chooser.value.set_files(path)


def checkpoints(place):
    return sorted(os.listdir(place / "checkpoints"))


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("wrap", [lambda evil: evil, lambda evil: {"state_dict": evil}])
def test_a_malicious_pickle_is_refused_and_never_runs(page, place, tmp_path, legacy, wrap):
    ran = tmp_path / "it-ran"

    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {ran}",)

    path = tmp_path / "weights.pth"
    torch.save(wrap(Evil()), path, _use_new_zipfile_serialization=not legacy)
    before, shown = checkpoints(place), pixels(page)
    give(page, path, recipe="navigator-digits")
    expect(page.locator(TOLD)).to_contain_text("asks Python for 'posix.system'")
    assert page.locator(TOLD).inner_text().endswith(".")
    assert not ran.exists()
    assert checkpoints(place) == before
    # The studio goes on.
    assert (pixels(page) == shown).all()
    press(page, "Resample")
    assert (pixels(page) != shown).any()
    # The payload is a real one: unpickled without care, it runs.
    torch.load(path, weights_only=False)
    assert ran.exists()


@pytest.mark.parametrize("recipe", [None, "navigator-digits"])
def test_plain_weights_open_as_a_checkpoint(page, state, tmp_path, recipe):
    # Another name each time that this is tried, since the first one stays.
    name = f"{'chosen' if recipe else 'guessed'}-{tmp_path.name[-1]}"
    torch.save(state, tmp_path / f"{name}.pth")
    press(page, "Resample")
    z, shown = code(page), pixels(page)
    give(page, tmp_path / f"{name}.pth", recipe)
    expect(page.locator(TOLD)).to_contain_text(f"{name}.pth is now {name}.")
    expect(page.locator(f"{VIEW} figcaption b")).to_have_text(name)
    page.wait_for_url(f"**model={name}**")
    settle(page)
    assert code(page) == z
    # They are the same weights, drawn from with the same seed.
    assert (pixels(page) == shown).all()
    line = page.locator(f"{VIEW} figcaption span")
    expect(line).to_contain_text("8-d")
    expect(line).not_to_contain_text("null")


def test_weights_that_do_not_fit_are_refused_in_a_sentence(page, place, state, tmp_path):
    before = checkpoints(place)
    path = tmp_path / "old.pth"
    torch.save({key: value for key, value in state.items() if "decoder" not in key}, path)
    give(page, path, recipe="navigator-digits")
    expect(page.locator(TOLD)).to_contain_text("do not fit recipe 'navigator-digits': missing")
    state["decoder.0.weight"] = state["decoder.0.weight"] * float("nan")
    torch.save(state, path)
    give(page, path, recipe="navigator-digits")
    expect(page.locator(TOLD)).to_contain_text("holds NaN or infinite values")
    for name, sentence in (
        ("paper.pth", "is no file of torch.save"),
        ("cut.zip", "is no zip file, or was cut off"),
        ("notes.txt", "of no kind that can be imported"),
    ):
        (tmp_path / name).write_bytes(b"%PDF-1.7 nothing of use")
        give(page, tmp_path / name)
        expect(page.locator(TOLD)).to_contain_text(sentence)
        expect(page.locator(TOLD)).to_have_class("told bad")
    assert checkpoints(place) == before


def test_what_was_opened_is_there_after_a_reload(page, state, tmp_path):
    name = f"kept-{tmp_path.name[-1]}"
    torch.save({"model": state}, tmp_path / f"{name}.pth")
    give(page, tmp_path / f"{name}.pth", recipe="navigator-digits")
    expect(page.locator(f"{VIEW} figcaption b")).to_have_text(name)
    settle(page)
    page.wait_for_url(f"**model={name}**seed=1**")
    shown = pixels(page)
    page.reload()
    page.wait_for_function(DRAWN, timeout=30_000)
    settle(page)
    expect(page.locator(f"{VIEW} figcaption b")).to_have_text(name)
    assert (pixels(page) == shown).all()


def test_a_model_that_is_deleted_and_brought_back_goes_on(visit, sampler_workspace, tmp_path):
    kept, away = tmp_path / "ws" / "checkpoints" / "sampler", tmp_path / "away"
    shutil.copytree(sampler_workspace / "checkpoints" / "sampler", kept)
    with open_studio(tmp_path / "ws", only="sampler") as address:
        page = visit(address).page
        note_sockets(page)
        open_sampler(page)
        before, notice = pixels(page), page.locator(f"{VIEW} .notice")
        kept.rename(away)
        expect(notice).to_contain_text("was deleted from the studio")
        cut_sockets(page)
        page.wait_for_timeout(1500)
        expect(notice).to_contain_text("was deleted from the studio")
        away.rename(kept)
        expect(notice).to_be_hidden(timeout=15_000)
        press(page, "Resample")
        assert (pixels(page) != before).any()
