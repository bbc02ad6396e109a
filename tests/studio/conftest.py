import pytest
from fastapi.testclient import TestClient

from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from studio.app import Settings, create_app
from tests.labelers import make_teller
from tests.studio.faces import make_faces
from tests.studio.flights import SIZE
from tests.studio.label_pages import Page, opened
from tests.studio.samplers import make_samplers
from tests.studio.tables import make_tables


@pytest.fixture(scope="session")
def app(trained):
    return create_app(Settings(workspace=trained, pretrained=trained / "none"))


@pytest.fixture
def client(app):
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def connect(client):
    """Open the live route under the client's own host name."""

    def connect(path, **headers):
        return client.websocket_connect(f"ws://127.0.0.1:7860{path}", headers=headers)

    return connect


@pytest.fixture(scope="session")
def flown(tmp_path_factory):
    """A workspace with digits in three dimensions, 'flown'."""
    workspace = tmp_path_factory.mktemp("films")
    registry = Registry(workspace, pretrained=workspace / "none")
    recipe = with_overrides(get_recipe("navigator-digits"), latent_dim=SIZE, epochs=1)
    train_recipe(recipe, registry, name="flown")
    return workspace


@pytest.fixture(scope="session")
def sampled(trained, tmp_path_factory):
    """A registry with checkpoints to sample from. Read only."""
    return make_samplers(trained, tmp_path_factory.mktemp("sampled"))


@pytest.fixture(scope="session")
def sampler_app(sampled):
    return create_app(Settings(workspace=sampled.workspace, pretrained=sampled.pretrained))


@pytest.fixture
def sampler(sampler_app):
    with TestClient(sampler_app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def get(sampler):
    """Ask below /sampling."""

    def get(path, **query):
        return sampler.get(f"/sampling/{path}", params=query)

    return get


@pytest.fixture(scope="session")
def faced(tmp_path_factory):
    """A registry with faces that have attribute directions. Read only."""
    return make_faces(tmp_path_factory.mktemp("faced"))


@pytest.fixture(scope="session")
def faces_app(faced):
    return create_app(Settings(workspace=faced.workspace, pretrained=faced.pretrained))


@pytest.fixture
def ask(faces_app):
    """Ask below /faces; with a body it is sent, as JSON unless it is bytes."""
    with TestClient(faces_app, base_url="http://127.0.0.1:7860") as client:

        def ask(path, body=None, **query):
            if body is None:
                return client.get(f"/faces/{path}", params=query)
            sent = {"content" if isinstance(body, bytes | str) else "json": body}
            return client.post(f"/faces/{path}", params=query, **sent)

        yield ask


@pytest.fixture(scope="session")
def label_place(tmp_path_factory):
    """A workspace for label projects: a model that knows 20 labels, and 'blank' of none."""
    workspace = tmp_path_factory.mktemp("labelled")
    make_teller(workspace)
    make_teller(workspace, "blank", labels=0)
    return workspace


@pytest.fixture(scope="session")
def labeler(label_place):
    with opened(label_place) as client:
        yield client


@pytest.fixture
def page(labeler):
    """A new label project of the small digits."""
    return Page.new(labeler, checkpoint="blank")


@pytest.fixture(scope="session")
def tabled(tmp_path_factory):
    """A workspace with models of tables. Read only."""
    return make_tables(tmp_path_factory.mktemp("tabled"))


@pytest.fixture(scope="session")
def tables_app(tabled):
    return create_app(Settings(workspace=tabled, pretrained=tabled / "none"))


@pytest.fixture
def tables(tables_app):
    """Ask below /tables."""
    with TestClient(tables_app, base_url="http://127.0.0.1:7860") as client:

        def tables(path="", **query):
            return client.get(f"/tables{path}", params=query)

        yield tables
