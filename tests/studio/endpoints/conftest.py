"""One small studio with something for every function, on a real port, and a program that calls."""

import importlib.util

import pytest
from gradio_client import Client

from models.labels.projects import Projects
from models.registry import Registry
from studio.app import Settings, create_app
from tests.browser.harness import serve
from tests.labelers import NAME, make_teller
from tests.studio.faces import make_faces
from tests.studio.tables import make_tables


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A workspace: 'teller' of two dimensions, 'faces' of six, models of tables, a project."""
    workspace = tmp_path_factory.mktemp("programs")
    make_teller(workspace)
    make_faces(workspace)
    make_tables(workspace)
    Projects(workspace, Registry(workspace, pretrained=workspace / "none")).create(
        "mine", "digits", NAME
    )
    return workspace


@pytest.fixture(scope="session")
def address(place):
    there = importlib.util.find_spec("mcp") is not None
    app = create_app(Settings(workspace=place, pretrained=place / "none", mcp=there))
    with serve(app) as address:
        yield address


@pytest.fixture(scope="session")
def program(address):
    return Client(address, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="session")
def call(program):
    """Call a function by its name."""

    def call(endpoint, /, **arguments):
        return program.predict(api_name=f"/{endpoint}", **arguments)

    return call


@pytest.fixture(scope="session")
def offered(program):
    """What a program sees of all functions, by their names."""
    return program.view_api(return_format="dict", print_info=False)
