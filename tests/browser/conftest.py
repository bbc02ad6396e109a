import os
import shutil

import pytest

from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from tests.browser.faces import open_faces, train_faces
from tests.browser.harness import CHROMIUM, Visitor, chromium
from tests.browser.labeler import begin, open_labeler
from tests.browser.odyssey import open_odyssey
from tests.browser.pool import Pool
from tests.browser.sampler import open_sampler
from tests.browser.studios import open_studio
from tests.browser.tables import open_tables, train_tables
from tests.once import once


def pytest_collection_modifyitems(items):
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            # A machine that is busy elsewhere can miss one deadline; the summary counts what was
            # tried twice, and what is really broken fails both times.
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let fixtures know, when they end, whether their test passed."""
    report = yield
    if report.when == "call":
        item.passed = report.passed
    return report


@pytest.fixture(scope="session")
def address(trained, tmp_path_factory):
    """A studio with three checkpoints: 'tiny', the same as 'other', and 'broken'."""
    workspace = tmp_path_factory.mktemp("browser")
    for name in ("tiny", "other", "broken"):
        shutil.copytree(trained / "checkpoints" / "tiny", workspace / "checkpoints" / name)
    weights = workspace / "checkpoints" / "broken" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-100] ^= 1
    weights.write_bytes(data)
    with open_studio(workspace, only="navigator") as address:
        yield address


@pytest.fixture(scope="session")
def odyssey_workspace(tmp_path_factory):
    """A workspace with digits in three dimensions, 'odyssey', and in four, 'deep'."""

    def make(workspace):
        registry = Registry(workspace, pretrained=workspace / "none")
        recipe = get_recipe("navigator-digits")
        for name, size in (("odyssey", 3), ("deep", 4)):
            train_recipe(with_overrides(recipe, latent_dim=size, epochs=8), registry, name=name)

    return once(tmp_path_factory, "odyssey", make)


@pytest.fixture(scope="session")
def odyssey_studio(odyssey_workspace):
    """The address of a studio with these checkpoints."""
    with open_studio(odyssey_workspace, only="odyssey") as address:
        yield address


@pytest.fixture(scope="session")
def sampler_workspace(tmp_path_factory):
    """Digits in eight dimensions, 'sampler' and 'sharp' with a small beta, and in 128, 'wide'.

    A copy of the first, 'bare', came without encoded examples.
    """

    def make(workspace):
        registry = Registry(workspace, pretrained=workspace / "none")
        recipe = get_recipe("navigator-digits")
        for name, overrides in (
            ("sampler", {"latent_dim": 8, "epochs": 6}),
            ("sharp", {"latent_dim": 8, "epochs": 6, "beta": 0.1}),
            ("wide", {"latent_dim": 128, "epochs": 2}),
        ):
            train_recipe(with_overrides(recipe, **overrides), registry, name=name)
        kept = registry.open("sampler")
        registry.save("bare", kept.config, kept.model)

    return once(tmp_path_factory, "sampler", make)


@pytest.fixture(scope="session")
def sampler_studio(sampler_workspace):
    """The address of a studio with these checkpoints."""
    with open_studio(sampler_workspace, only="sampler") as address:
        yield address


@pytest.fixture
def sampler_among_tabs(sampler_workspace):
    """The same with all other tabs."""
    with open_studio(sampler_workspace) as address:
        yield address


@pytest.fixture(scope="session")
def faces_workspace(tmp_path_factory):
    """A workspace with a model of drawn faces, 'faces', and a copy without attributes, 'bare'."""
    return once(tmp_path_factory, "faces", train_faces)


@pytest.fixture(scope="session")
def faces_studio(faces_workspace):
    """The address of a studio with these checkpoints."""
    with open_studio(faces_workspace, only="faces") as address:
        yield address


@pytest.fixture
def faces_among_tabs(faces_workspace):
    """The same with all other tabs."""
    with open_studio(faces_workspace) as address:
        yield address


@pytest.fixture(scope="session")
def labeler_studio(tmp_path_factory):
    """The address of a studio in which nobody has labelled anything yet."""
    with open_studio(tmp_path_factory.mktemp("labeler")) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import expect

    # Also on a busy machine; what is there already is not waited for.
    expect.set_options(timeout=15_000)
    if not os.path.exists(CHROMIUM):
        assert not os.environ.get("REQUIRE_CHROMIUM"), f"Chromium is not at {CHROMIUM}."
        pytest.skip(f"Chromium is not at {CHROMIUM}")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def pool(browser):
    """Pages that the tests hand on to each other."""
    pool = Pool(browser)
    yield pool
    pool.close()


@pytest.fixture
def visit(browser, address, pool, request):
    """Make visitors; at the end none of them may have met an error or a foreign address."""
    visitors = []

    def visit(base=address, **options):
        visitors.append(Visitor(browser, base, **options) if options else pool.take(base))
        return visitors[-1]

    yield visit
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        if getattr(request.node, "passed", False) and hasattr(visitor, "worn"):
            pool.give(visitor)
        else:
            visitor.close()
    assert not problems


@pytest.fixture
def page(visit):
    return visit().open()


@pytest.fixture
def flown(visit, odyssey_studio):
    """The odyssey, open in a page of its own."""
    return open_odyssey(visit(odyssey_studio).page)


@pytest.fixture
def sampled(visit, sampler_studio):
    """The sampler, open in a page of its own."""
    return open_sampler(visit(sampler_studio).page)


@pytest.fixture
def faced(visit, faces_studio):
    """The faces, open in a page of their own."""
    return open_faces(visit(faces_studio).page)


@pytest.fixture(scope="module")
def labelling(browser, labeler_studio):
    """The labeler's page, shared by the tests of a module; each begins a project of its own."""
    visitor = Visitor(browser, labeler_studio)
    yield open_labeler(visitor.page)
    visitor.close()
    assert not visitor.problems


@pytest.fixture
def labelled(labelling, request):
    """The shared page with a new project open, and nothing but digits in it."""
    return begin(labelling, request.node.name)


@pytest.fixture(scope="module")
def tabled(browser, tmp_path_factory):
    """The tables' page with two models of Iris, shared by the tests of a module."""
    workspace = tmp_path_factory.mktemp("tables")
    train_tables(workspace)
    with open_studio(workspace, only="tables") as address:
        visitor = Visitor(browser, address)
        yield open_tables(visitor.page)
        visitor.close()
        assert not visitor.problems
