import os
import shutil

import pytest

from studio.app import Settings, create_app
from tests.browser.harness import CHROMIUM, Visitor, chromium, serve


def pytest_collection_modifyitems(items):
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


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
    with serve(create_app(Settings(workspace=workspace, pretrained=workspace / "none"))) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    if not os.path.exists(CHROMIUM):
        assert not os.environ.get("REQUIRE_CHROMIUM"), f"Chromium is not at {CHROMIUM}."
        pytest.skip(f"Chromium is not at {CHROMIUM}")
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser, address):
    """Make visitors; at the end none of them may have met an error or a foreign address."""
    visitors = []

    def visit(base=address, **options):
        visitors.append(Visitor(browser, base, **options))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.close()
        assert not visitor.problems


@pytest.fixture
def page(visit):
    return visit().open()
