"""The tab of all checkpoints: what there is, whether it is whole, in and out."""

import json
import os
import shutil
import zipfile

import pytest
import torch
from playwright.sync_api import expect

from models.manifest import FILES
from models.recipes import get_recipe
from models.registry import PRETRAINED, Registry
from models.vae import VAE
from tests.browser.harness import PAINTED
from tests.browser.studios import open_studio

EVIL = "<img src=x onerror=\"alert('card')\">"
CHOSEN = "#checkpoints-details .checkpoint"
SAID = f"{CHOSEN} .said"
TOLD = "#checkpoints-list .told"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("vault")
    with open_studio(workspace) as address:
        yield workspace, address


@pytest.fixture
def place(studio, trained):
    """The workspace with 'tiny', 'other' and 'broken', whatever the test before did to them."""
    workspace, _ = studio
    for folder in ("checkpoints", "exports"):
        shutil.rmtree(workspace / folder, ignore_errors=True)
    for name in ("tiny", "other", "broken"):
        shutil.copytree(trained / "checkpoints" / "tiny", workspace / "checkpoints" / name)
    weights = workspace / "checkpoints" / "broken" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-100] ^= 1
    weights.write_bytes(data)
    return workspace


@pytest.fixture
def visitor(visit, studio, place):
    return visit(studio[1])


@pytest.fixture
def page(visitor):
    page = visitor.page
    page.goto("/?tab=checkpoints&checkpoint=tiny")
    wait_for(page, "tiny")
    return page


def row(page, name):
    return page.locator(f'#checkpoints-list tr[data-id="{name}"]')


def wait_for(page, name, state="intact"):
    chosen = page.locator(CHOSEN)
    expect(chosen).to_have_attribute("data-name", name, timeout=20_000)
    expect(chosen).to_have_attribute("data-state", state, timeout=20_000)


def act(page, label):
    page.locator(f"{CHOSEN} .acts").get_by_text(label, exact=True).click()


def give(page, path, **fields):
    page.locator("#checkpoints-list input.file").set_input_files(path)
    form = page.locator("#checkpoints-list form.given")
    expect(form).to_be_visible()
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if name == "recipe":
            field.select_option(value)
        else:
            field.fill(value)
    form.get_by_text("Import", exact=True).click()


def test_the_address_names_the_choice_and_the_details_show_it(page):
    expect(page.locator("#checkpoints-list .table")).to_have_attribute("data-rows", "3")
    expect(page.locator(f"{CHOSEN} img.drawn")).to_be_visible()
    assert page.evaluate("document.querySelector('img.drawn').naturalWidth") == 224
    expect(page.locator(f"{CHOSEN} .figures")).to_contain_text("Test ELBO")
    row(page, "other").click()
    wait_for(page, "other")
    assert "checkpoint=other" in page.url
    page.reload()
    wait_for(page, "other")


def test_an_address_may_call_it_a_model_or_name_one_that_is_gone(page):
    page.goto("/?tab=checkpoints&model=other")
    wait_for(page, "other")
    assert page.url.endswith("checkpoint=other")
    page.goto("/?tab=checkpoints&checkpoint=gone")
    notice = page.locator("#checkpoints-list .vault-notice")
    expect(notice).to_contain_text("There is no checkpoint 'gone' here.")
    row(page, "other").click()
    wait_for(page, "other")
    expect(notice).to_be_hidden()


def test_a_damaged_one_is_named_with_its_reason_and_offered_nowhere(page):
    expect(row(page, "broken")).to_contain_text("not checked")
    page.get_by_text("verify all").click()
    expect(row(page, "broken")).to_contain_text("DAMAGED")
    expect(row(page, "other")).to_contain_text("intact")
    row(page, "broken").click()
    wait_for(page, "broken", "damaged")
    expect(page.locator(f"{CHOSEN} .reason")).to_contain_text("model.safetensors is not the file")
    expect(page.locator(f"{CHOSEN} .opens a")).to_have_count(0)
    expect(page.locator(f"{CHOSEN} .acts")).not_to_contain_text("Download")
    expect(page.locator("#checkpoints-card")).to_be_hidden()


def test_damage_done_meanwhile_is_found_by_verify(page, place):
    act(page, "Verify")
    expect(page.locator(SAID)).to_contain_text("Every file is the one that was saved")
    (place / "checkpoints" / "tiny" / "README.md").write_text("other words")
    act(page, "Verify")
    wait_for(page, "tiny", "damaged")
    expect(page.locator(f"{CHOSEN} .reason")).to_contain_text("README.md")


def test_rename(page, place):
    act(page, "Rename")
    box = page.get_by_label("New name")
    box.fill("../x")
    box.press("Enter")
    expect(page.locator(SAID)).to_contain_text("is no checkpoint name")
    box.fill("other")
    box.press("Enter")
    expect(page.locator(SAID)).to_contain_text("'other' already")
    box.fill("better")
    box.press("Enter")
    wait_for(page, "better")
    expect(row(page, "tiny")).to_have_count(0)
    assert sorted(os.listdir(place / "checkpoints")) == ["better", "broken", "other"]
    page.locator("#checkpoints-card").get_by_text("Card").click()
    expect(page.locator("#checkpoints-card h1")).to_have_text("better")


def test_delete_asks_first(page, place):
    act(page, "Delete")
    expect(page.locator(f"{CHOSEN} .acts")).to_contain_text("Delete tiny for good?")
    page.keyboard.press("Escape")
    act(page, "Delete")
    act(page, "Leave it")
    assert (place / "checkpoints" / "tiny").is_dir()
    act(page, "Delete")
    act(page, "Delete it")
    expect(row(page, "tiny")).to_have_count(0)
    assert not (place / "checkpoints" / "tiny").exists()


def test_a_zip_goes_out_and_comes_back(page, place, tmp_path):
    with page.expect_download() as download:
        act(page, "Download zip")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "tiny.zip"
    assert len(zipfile.ZipFile(path).namelist()) == 5
    give(page, path)
    expect(page.locator(TOLD)).to_contain_text("tiny.zip is now tiny-2.")
    wait_for(page, "tiny-2")
    give(page, path, name="given")
    wait_for(page, "given")
    registry = Registry(place, pretrained=place / "none")
    assert registry.open("given").config == registry.open("tiny").config


def test_a_dropped_file_is_offered_by_name_and_sent_only_when_asked(page, place):
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(5000)], 'weights <b>.pth'));
          document.querySelector('.vault-import .drop').dispatchEvent(
            new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
        }"""
    )
    form = page.locator("#checkpoints-list form.given")
    expect(form.locator(".what")).to_have_text("weights <b>.pth · 5.0 kB")
    expect(form.locator("[name=recipe]")).to_be_visible()
    page.get_by_text("Never mind").click()
    expect(form).to_be_hidden()
    assert len(os.listdir(place / "checkpoints")) == 3


def test_a_folder_is_exported_and_comes_back(page, place):
    act(page, "Export")
    expect(page.locator(SAID)).to_contain_text("exports")
    folder = place / "exports" / "tiny"
    assert len(os.listdir(folder)) == 5
    page.locator("#checkpoints-list input.folder").set_input_files(folder)
    page.locator("#checkpoints-list form.given").get_by_text("Import", exact=True).click()
    wait_for(page, "tiny-2")


def test_a_folder_comes_in_with_all_its_files(page, place):
    folder = PRETRAINED / "faces-synthetic"
    assert set(os.listdir(folder)) == set(FILES)
    page.locator("#checkpoints-list input.folder").set_input_files(folder)
    page.locator("#checkpoints-list form.given").get_by_text("Import", exact=True).click()
    wait_for(page, "faces-synthetic")
    assert sorted(os.listdir(place / "checkpoints" / "faces-synthetic")) == sorted(FILES)


def test_old_weights_are_fitted_to_a_recipe(page, tmp_path):
    path = tmp_path / "old.pth"
    torch.save(VAE(get_recipe("navigator-digits").model).state_dict(), path)
    give(page, path, recipe="navigator-mnist")
    expect(page.locator(TOLD)).to_contain_text("They fit navigator-digits.")
    page.get_by_text("Never mind").click()
    give(page, path, recipe="navigator-digits")
    wait_for(page, "old")
    expect(page.locator(TOLD)).to_contain_text("An atlas of 1,540 encoded examples")


def test_evil_and_foreign_files_are_refused_in_a_sentence(page, place, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'it-ran'}",)

    torch.save({"state_dict": Evil()}, tmp_path / "evil.pth")
    (tmp_path / "paper.pth").write_bytes(b"%PDF-1.7 not weights")
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 cut off")
    for name, sentence in (
        ("evil.pth", "asks Python for 'posix.system'"),
        ("paper.pth", "is no file of torch.save"),
        ("cut.zip", "is no zip file, or was cut off"),
    ):
        give(page, tmp_path / name)
        expect(page.locator(TOLD)).to_contain_text(sentence)
        page.get_by_text("Never mind").click()
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    page.locator("#checkpoints-list input.file").set_input_files(tmp_path / "paper.pdf")
    expect(page.locator(TOLD)).to_contain_text("of no kind that can be imported")
    assert not (tmp_path / "it-ran").exists()
    assert len(os.listdir(place / "checkpoints")) == 3


def test_open_in_the_navigator(page):
    page.get_by_text("Open in 2-D navigator").click()
    page.wait_for_function(PAINTED, timeout=30_000)
    expect(page.get_by_role("tab", name="2-D navigator")).to_have_attribute("aria-selected", "true")
    assert "model=tiny" in page.url


def test_a_checkpoint_that_comes_is_there_without_a_reload(page, place):
    registry = Registry(place, pretrained=place / "none")
    tiny = registry.open("tiny")
    registry.save("just-trained", tiny.config, tiny.model, tiny.atlas)
    expect(row(page, "just-trained")).to_be_visible(timeout=10_000)
    wait_for(page, "tiny")


def test_a_strangers_card_runs_and_loads_nothing(visitor, page, place):
    from models.manifest import seal, verify

    folder = place / "checkpoints" / "tiny"
    files = verify(folder)
    del files["manifest.json"]
    config = json.loads(files["config.json"])
    config |= {"recipe": EVIL, "licence": EVIL, "terms": EVIL}
    files["config.json"] = json.dumps(config).encode()
    files["README.md"] = (
        f"# Card {EVIL}\n\n<script>alert(1)</script> [x](javascript:alert(2))\n\n"
        "![far](https://evil.example/pixel.png)\n"
    ).encode()
    (place / "checkpoints" / "foreign").mkdir()
    for name, content in seal(files).items():
        (place / "checkpoints" / "foreign" / name).write_bytes(content)
    row(page, "foreign").click(timeout=10_000)
    wait_for(page, "foreign")
    page.locator("#checkpoints-card").get_by_text("Card", exact=True).first.click()
    expect(page.locator("#checkpoints-card h1")).to_contain_text("Card")
    page.get_by_text("Settings and files").click()
    page.wait_for_timeout(500)
    expect(row(page, "foreign")).to_contain_text(EVIL)
    assert page.locator("#checkpoints-card script").count() == 0
    assert page.locator("[onerror]").count() == 0
    # The far picture is turned away by the page's policy, the near one is not there.
    assert not [problem for problem in visitor.problems if "left the machine" in problem]
    assert any("evil.example" in p and "Content Security" in p for p in visitor.problems)
    visitor.problems.clear()


def test_the_hub_says_what_is_missing(page):
    page.get_by_text("Hugging Face Hub").click()
    hub = page.locator("#checkpoints-list .vault-hub")
    expect(hub.locator(".token")).to_contain_text("No token is in the environment")
    expect(hub.locator("[value=push]")).to_be_disabled()
    hub.locator("[name=repository]").fill("me/model")
    hub.get_by_text("Pull", exact=True).click()
    expect(hub.locator(".answer")).to_contain_text("cannot be reached", timeout=15_000)
