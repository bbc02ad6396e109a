"""What the sampler's codes are fitted to: data, classes, examples, pictures; and mixtures."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.sampler import (
    PANEL,
    VIEW,
    caption,
    code,
    drag,
    open_sampler,
    pixels,
    press,
    read,
    settle,
    told,
)

FITS = f"{PANEL} .fits"
SAID = f"{FITS} .facts"


def ask(page, path, **query):
    return page.request.get(f"/sampling/sampler/{path}", params=query).json()


def says(page, text):
    expect(page.locator(SAID).first).to_contain_text(text, timeout=20_000)
    settle(page)


def fitted_as(page, wanted):
    """Hold the sliders against a fit that the studio gives."""
    assert read(page, "μ") == pytest.approx(wanted["mu"], abs=0.006)
    assert read(page, "σ") == pytest.approx(wanted["sigma"], abs=0.006)


def chip(page, label):
    """A class's button, or that of all the data."""
    return page.locator(f"{FITS} .chips [data-label='{label}']")


def kind(page, name):
    page.locator(f"{FITS} .kinds").get_by_role("button", name=name, exact=True).click()


def components(page):
    return page.get_by_label("Gaussians of the mixture")


def upload(page, name, data):
    file = {"name": name, "mimeType": "image/png", "buffer": data}
    page.locator(f"{FITS} input[type=file]").set_input_files([file])


def drawn_picture():
    """A thick white ring on black, as somebody might have painted it."""
    y, x = np.mgrid[-50:50, -50:50]
    radius = np.hypot(x, y)
    ring = np.uint8(255 * ((radius > 22) & (radius < 38)))
    file = io.BytesIO()
    Image.fromarray(ring).save(file, "png")
    return file.getvalue()


def test_mu_and_sigma_are_taken_from_all_data_and_from_a_class(sampled):
    prior = pixels(sampled)
    chip(sampled, "data").click()
    says(sampled, "all the data (")
    fitted_as(sampled, ask(sampled, "fit"))
    everything = pixels(sampled)
    assert (everything != prior).any()
    chip(sampled, 3).click()
    says(sampled, "class 3 (")
    wanted = ask(sampled, "fit", label=3)
    fitted_as(sampled, wanted)
    says(sampled, f"({wanted['examples']} examples)")
    assert (pixels(sampled) != everything).any()
    # What is said of the fit is over as soon as a slider moves.
    drag(sampled, sampled.get_by_label("μ of z1", exact=True), 0.9)
    expect(sampled.locator(SAID).first).to_have_text("")


def test_a_fit_leaves_another_mode_for_the_sliders(sampled):
    press(sampled, "prior N(0, I)")
    chip(sampled, 7).click()
    says(sampled, "class 7 (")
    expect(sampled.locator(VIEW)).to_have_attribute("data-mode", "gaussian")


def test_an_example_s_own_posterior_is_narrow(sampled):
    examples = sampled.locator(f"{FITS} .examples button")
    expect(examples).to_have_count(9)
    wanted = sampled.request.get("/sampling/sampler/examples?seed=0&count=9").json()["examples"]
    examples.nth(4).click()
    says(sampled, f"the posterior of this {wanted[4]['label']}.")
    fitted_as(sampled, ask(sampled, "fit-example", row=wanted[4]["row"]))
    assert max(read(sampled, "σ")) < 0.9
    before = examples.evaluate_all("e => e.map(b => b.querySelector('canvas').toDataURL())")
    press(sampled, "other examples")
    expect(examples).to_have_count(9)
    sampled.wait_for_function(
        """([s, before]) => [...document.querySelectorAll(s)]
          .map(b => b.querySelector('canvas').toDataURL()).join() !== before.join()""",
        arg=[f"{FITS} .examples button", before],
    )


def test_a_picture_of_one_s_own_is_encoded(sampled):
    picture = drawn_picture()
    upload(sampled, "my ring.png", picture)
    says(sampled, "the posterior of 'my ring.png'.")
    wanted = sampled.request.post("/sampling/sampler/fit-picture", data=picture).json()
    fitted_as(sampled, wanted)


@pytest.mark.parametrize("data", [b"no picture at all", drawn_picture()[:60], b"GIF89a"])
def test_a_file_that_is_no_picture_is_told(sampled, data):
    before = pixels(sampled)
    upload(sampled, "x.png", data)
    told(sampled, "picture")
    assert sampled.locator(f"{VIEW} .notice").inner_text().rstrip("×\n ").endswith(".")
    settle(sampled)
    assert (pixels(sampled) == before).all()
    assert read(sampled, "μ") == [0] * 8


def test_a_mixture_of_as_many_gaussians_as_fit_or_are_wanted(sampled):
    prior = pixels(sampled)
    kind(sampled, "mixture")
    says(sampled, "Gaussians fitted to")
    best = ask(sampled, "mixture")
    says(sampled, f"{best['components']} Gaussians fitted to {best['examples']:,} draws")
    caption(sampled, f"{best['components']} Gaussians fitted to all data")
    automatic = pixels(sampled)
    assert (automatic != prior).any()
    components(sampled).select_option("4 Gaussians")
    says(sampled, "4 Gaussians fitted to")
    four = pixels(sampled)
    assert (four != automatic).any()
    press(sampled, "Resample")
    assert (pixels(sampled) != four).any()
    sampled.get_by_label("seed").fill("1")
    sampled.get_by_label("seed").press("Enter")
    settle(sampled)
    assert (pixels(sampled) == four).all()
    expect(sampled.get_by_label("μ of z1", exact=True)).to_be_hidden()


def test_full_covariance_of_a_class(sampled):
    chip(sampled, 5).click()
    says(sampled, "class 5 (")
    kind(sampled, "full covariance")
    says(sampled, "One Gaussian fitted to")
    caption(sampled, "one full Gaussian fitted to class 5")
    expect(chip(sampled, 5)).to_have_attribute("aria-pressed", "true")
    five = pixels(sampled)
    chip(sampled, 0).click()
    caption(sampled, "fitted to class 0")
    settle(sampled)
    assert (pixels(sampled) != five).any()
    chip(sampled, "data").click()
    caption(sampled, "fitted to all data")


def test_the_codes_of_a_mixture_are_the_studio_s_draws(sampled):
    kind(sampled, "full covariance")
    says(sampled, "One Gaussian fitted to")
    drawn = sampled.request.get("/sampling/sampler/draws?seed=1&components=1").body()
    assert code(sampled) == pytest.approx(np.frombuffer(drawn, "<f4")[:8], abs=1e-4)


def test_a_mixture_of_more_gaussians_than_examples_is_refused(sampled):
    chip(sampled, 3).click()
    says(sampled, "class 3 (")
    before = pixels(sampled)
    sampled.evaluate(
        "window.latentSampler('sampler').fitter.mixture({ label: 3, components: 256 })"
    )
    told(sampled, "Gaussians, not 256.")
    settle(sampled)
    expect(sampled.locator(VIEW)).to_have_attribute("data-mode", "gaussian")
    assert (pixels(sampled) == before).all()


def test_without_examples_there_is_nothing_to_fit_to(visit, sampler_studio):
    page = open_sampler(visit(sampler_studio).page, "model=bare")
    expect(chip(page, "data")).to_be_disabled()
    expect(chip(page, 3)).to_be_disabled()
    expect(page.locator(f"{FITS} .examples")).to_be_hidden()
    before = pixels(page)
    kind(page, "mixture")
    told(page, "Checkpoint 'bare' has no encoded examples to fit to")
    settle(page)
    assert (pixels(page) == before).all()
    expect(page.locator(VIEW)).to_have_attribute("data-mode", "gaussian")
    # Pictures of one's own can be encoded all the same.
    upload(page, "ring.png", drawn_picture())
    expect(page.locator(SAID).first).to_contain_text("'ring.png'")
    assert read(page, "μ") != [0] * 8
