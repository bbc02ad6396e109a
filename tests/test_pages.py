"""What the pages say is there: links, files, commands, models, and the figures of the README."""

import json
import re

import pytest

from models.data import DATASETS
from models.recipes import RECIPES
from models.registry import PRETRAINED
from tests.commands import commands_of, make_targets, require_commands
from tests.pages import PAGES, README, ROOT

LINK = re.compile(r"\[(?:[^\]]|\n)*?\]\(([^)\s]+)\)")
PLACE = re.compile(r"`((?:models|studio|tests|docs|pretrained)/[\w./-]*)`")
NAMED = re.compile(r"(?:navigator|odyssey|sampler|faces|ssvae|joint|iris|wine|table)-[\w.-]*\w")
CONFIGS = {
    path.parent.name: json.loads(path.read_text())
    for path in PRETRAINED.glob("*/*.json")
    if path.name == "config.json"
}
MADE = re.compile(r"-beta[\d.]+-latent_dim\d+|\.(?:md|png|mp4|ipynb|safetensors)$")
"""Names that a sweep makes of a recipe's, and files"""


def title(path):
    return path.relative_to(ROOT).as_posix()


def prose(text):
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def links(path):
    """Relative links of a page, without what is behind #."""
    found = LINK.findall(prose(path.read_text()))
    return [link.partition("#")[0] for link in found if not re.match(r"https?://|#|mailto:", link)]


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_link_leads_somewhere(page):
    missing = [link for link in links(page) if not (page.parent / link).exists()]
    assert not missing, f"{title(page)} links to {missing}"


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_file_that_a_page_names_exists(page):
    places = PLACE.findall(prose(page.read_text()))
    assert not [place for place in places if not (ROOT / place).exists()]


@pytest.mark.parametrize("page", PAGES[1:], ids=title)
def test_every_command_of_a_page_exists(page):
    require_commands(commands_of(page.read_text()))


def test_every_page_is_linked():
    pages = {page.resolve() for page in (*PAGES[1:], ROOT / "docs" / "tour.ipynb")}
    linked = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    assert not [title(page) for page in pages - linked]
    first = {(README.parent / link).resolve() for link in links(README)}
    assert not [title(page) for page in pages - first], "the README's table of pages lacks these"


def test_every_picture_is_shown_somewhere():
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    assert not [
        title(p) for p in (ROOT / "docs" / "pictures").iterdir() if p.resolve() not in shown
    ]


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_no_page_names_a_model_that_does_not_exist(page):
    text = LINK.sub("", page.read_text())
    known = {*CONFIGS, *RECIPES, *DATASETS, *make_targets()}
    spans = re.findall(r"`([^`\n]+)`", prose(text)) + commands_of(text)
    words = {word for span in spans for word in re.split(r"[\s=,:/]+", span)}
    named = {word for word in words if NAMED.fullmatch(word) and not MADE.search(word)}
    assert not named - known


def test_every_idea_says_where_it_lives_and_what_to_try():
    _, *ideas = re.split(r"^## ", (ROOT / "docs" / "ideas.md").read_text(), flags=re.MULTILINE)
    assert len(ideas) >= 12
    names = {path.stem for path in (ROOT / "studio" / "tabs").iterdir()}
    for idea in ideas:
        code, _, rest = idea.partition("\nCode: ")[2].partition("Tab")
        assert LINK.search(code), idea.splitlines()[0]
        assert names & set(re.findall(r"\w+", rest.partition("Try")[0])), idea.splitlines()[0]
        assert "Try" in rest, idea.splitlines()[0]


def rows_of_models():
    """(name, {title: cell}) of every row of the README's tables that is about a shipped model."""
    heads = []
    for line in README.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if not cells:
            heads = []
        elif not heads:
            heads = cells
        elif cells[0] in CONFIGS:
            yield cells[0], dict(zip(heads[1:], cells[1:], strict=True))


def megabytes(name):
    return sum(path.stat().st_size for path in (PRETRAINED / name).iterdir()) / 1e6


FIGURES = {
    "test ELBO": "elbo",
    "IWAE-200": "iwae",
    "5-NN accuracy": "knn_accuracy",
    "5-NN accuracy (PCA)": "knn_accuracy pca_knn_accuracy",
    "k-means ARI (PCA)": "cluster_ari pca_cluster_ari",
    "silhouette (PCA)": "silhouette pca_silhouette",
    "test accuracy": "test_accuracy",
    "digits told by its classes": "cluster_accuracy",
    "SSIM of reconstructions": "ssim pca_ssim",
    "Frechet": "frechet_reconstruction pca_frechet_reconstruction",
    "parameters": "parameters",
    "labels": "num_labels",
}
"""A column's title to the figures of the card that it shows."""


def is_shown(cell, values):
    """Whether the numbers of a cell are these, each to the digits that it is written with."""
    numbers = re.findall(r"-?\d*\.?\d+", cell)
    scale = 0.01 if "%" in cell else 1e6 if " M" in cell else 1.0
    for shown, value in zip(numbers, values, strict=True):
        digits = len(shown.partition(".")[2])
        if abs(float(shown) - value / scale) > 0.51 * 10**-digits:
            return False
    return True


def test_the_readme_has_every_shipped_model_once():
    assert sorted(name for name, _ in rows_of_models()) == sorted(CONFIGS)


@pytest.mark.parametrize(("name", "row"), rows_of_models(), ids=lambda value: str(value)[:24])
def test_the_figures_of_a_model_are_those_of_its_card(name, row):
    metrics, checked = CONFIGS[name]["metrics"], 0
    for column, cell in row.items():
        if column in FIGURES and cell != "-":
            values = [metrics[key] for key in FIGURES[column].split()]
            assert is_shown(cell, values), f"{name}: {column} is {values}, not {cell}"
            checked += 1
    assert checked >= 2
    assert is_shown(row["size"].removesuffix(" MB"), [megabytes(name)]), megabytes(name)
    licence = CONFIGS[name]["licence"]
    assert row["licence"] == "MIT" if licence == "MIT" else row["licence"] in licence
