"""Tables that people bring: looked at, cured, kept, refused, deleted."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient

from models.data import DataError
from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute
from models.runs.queue import Queue
from models.tables.config import MOST_COLUMNS
from studio.app import parameter_error
from studio.live import DecodeService
from studio.routes import error_response
from studio.run_actions import run_actions
from studio.table_looks import TableLooks
from studio.table_model_routes import TableModelRoutes
from studio.table_models import TableModels, called
from studio.table_routes import TableRoutes
from studio.table_shelf import MOST_TABLES, TableShelf
from studio.table_training import TrainRequest, begin
from tests.studio.samplers import refusal
from tests.studio.tables import begin_model, blobs_csv


@pytest.fixture
def client(tmp_path, monkeypatch):
    # Only these routes: laying out all tabs for each test would take half a minute.
    monkeypatch.delenv("STUDIO_DATASETS", raising=False)
    runs = Runs(tmp_path, pretrained=tmp_path / "none")
    queue = Queue(runs)
    models = TableModels.of(runs.registry, TableShelf(tmp_path), runs)
    app = FastAPI()
    app.add_exception_handler(ValueError, error_response)
    app.add_exception_handler(RequestValidationError, parameter_error)
    service = DecodeService()
    looks = TableLooks(service)
    app.include_router(TableRoutes(models, looks, queue).router())
    app.include_router(TableModelRoutes(models, looks, service).router())
    app.include_router(run_actions(runs, queue))
    return TestClient(app)


@pytest.fixture
def check(client):
    def check(data, **query):
        return client.post("/tables/check", content=data, params=query).json()

    return check


@pytest.fixture
def add(client):
    def add(data, name="mine", **query):
        return client.post("/tables", content=data, params={"name": name} | query)

    return add


def with_cell(text, line=3):
    """The usual table with one cell replaced."""
    lines = blobs_csv().decode().split("\n")
    cells = lines[line].split(",")
    lines[line] = ",".join([text, *cells[1:]])
    return "\n".join(lines).encode()


def test_a_table_is_looked_at_before_it_is_kept(check, client):
    found = check(blobs_csv(), file="My flowers (2).csv")
    assert found["ok"], found["problems"]
    assert (found["rows"], found["label"]) == (40, "kind")
    assert found["columns"] == ["a", "b", "c"]
    assert found["classes"] == [{"name": "left", "count": 20}, {"name": "right", "count": 20}]
    assert (found["name"], len(found["sample"])) == ("My-flowers-2", 5)
    assert [t["name"] for t in client.get("/tables").json()["tables"]] == ["iris", "wine"]
    unlabelled = check(blobs_csv(), label="")
    assert unlabelled["faulty"] == ["kind"]
    assert "holds text" in unlabelled["problems"][0]
    assert check(blobs_csv(), label="", leave="kind")["ok"]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "UTF-8"),
        (b"a,b\n1,2\n" + b"\x00" * 40, "line 3"),
        (blobs_csv(columns=("a", "a", "c")), "twice"),
        (blobs_csv(columns=("a", "", "c")), "no name"),
        (blobs_csv(rows=5), "too few"),
        (b"1,2\n" + b"3,4\n" * 30, "no header"),
        (b"a,b\n" + b"1,2\n" * 30, "constant"),
        (b"a,b\n1,2\n1,2,3\n" + b"1,2\n" * 30, "line 3"),
        (with_cell(""), "missing"),
        (with_cell("nan"), "missing"),
        (with_cell("inf"), "not finite"),
        (with_cell("1e99"), "too large"),
        (with_cell("three"), "text"),
        (b'a,b\n"' + b"x" * 1000, "CSV"),
        (",".join(f"c{i}" for i in range(5000)).encode(), "columns"),
        (b"kind\n" + b"a\nb\n" * 20, "no column of numbers"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(check, add, client, data, word):
    found = check(data)
    assert not found["ok"]
    assert any(word in problem for problem in found["problems"]), found["problems"]
    assert "." in refusal(add(data, label=found["label"] or ""))
    assert len(client.get("/tables").json()["tables"]) == 2


def test_what_is_too_large_is_not_even_read(client, add):
    data = b"a,b\n" + b"1,2\n" * 2_500_000
    assert "10 MB" in refusal(client.post("/tables/check", content=data))
    assert "10 MB" in refusal(add(data))


def test_columns_and_incomplete_rows_can_be_left_out(check, add):
    data = (
        with_cell("?")
        .replace(b"kind", b"kind,note")
        .replace(b"\n", b",x\n")
        .replace(b"kind,note,x", b"kind,note")
        + b",x"
    )
    found = check(data)
    assert set(found["faulty"]) == {"a", "note"}
    assert found["incomplete"] == 1
    cured = {"leave": "note", "complete": True}
    assert check(data, **cured)["ok"]
    kept = add(data, label="kind", **cured).json()
    assert (kept["rows"], kept["columns"]) == (39, ["a", "b", "c"])
    assert "no column 'zzz'" in check(data, leave="zzz")["problems"][0]


def test_a_column_that_counts_is_noted(check):
    lines = blobs_csv().decode().split("\n")
    counted = "\n".join(["id," + lines[0], *(f"{i},{line}" for i, line in enumerate(lines[1:]))])
    found = check(counted.encode())
    assert "only counts the rows" in found["notes"][0]
    assert found["counting"] == ["id"]


def test_numbers_that_come_too_close_together_are_noted(check):
    rows = "\n".join(f"{1_700_000_000 + 20 * i},{i * i}" for i in range(40))
    [note] = check(f"time,b\n{rows}".encode())["notes"]
    assert note.startswith("Of the 40 different numbers of 'time' only 7 stay apart")


def test_a_table_is_kept_shown_and_deleted(add, client, tmp_path):
    assert add(blobs_csv(), label="kind").json()["classes"] == ["left", "right"]
    about = client.get("/tables/mine").json()
    assert (about["label"], len(about["values"]), about["own"]) == ("kind", 40, True)
    assert "already" in refusal(add(blobs_csv()))
    assert "already" in refusal(add(blobs_csv(), name="MINE"))
    assert client.delete("/tables/mine").json() == {"name": "mine", "state": "deleted"}
    assert "no table" in refusal(client.get("/tables/mine"), 404)
    assert "no table" in refusal(client.delete("/tables/mine"), 404)
    assert list((tmp_path / "datasets" / "tables").iterdir()) == []


@pytest.mark.parametrize("name", ["", "a/b", "../up", "a b", ".hidden", "x" * 49, "é", "a.csv"])
def test_a_name_that_is_none_is_refused(add, name):
    assert "name" in refusal(add(blobs_csv(), name=name, label="kind"))


@pytest.mark.parametrize("name", ["iris", "WINE"])
def test_what_comes_with_the_studio_stays(add, client, name):
    assert "already" in refusal(add(blobs_csv(), name=name, label="kind"))
    assert client.delete(f"/tables/{name}").status_code in (404, 422)
    assert client.get("/tables/iris").status_code == 200


def test_an_unknown_label_is_refused(check, add):
    assert any("'colour'" in problem for problem in check(blobs_csv(), label="colour")["problems"])
    assert "'colour'" in refusal(add(blobs_csv(), label="colour"))


def test_a_file_that_was_copied_here_is_a_table_too(client, tmp_path):
    folder = tmp_path / "datasets" / "tables"
    folder.mkdir(parents=True)
    (folder / "copied.csv").write_bytes(blobs_csv())
    (folder / "broken.csv").write_bytes(b"\xff\xfe\x00")
    (folder / "no name.csv").write_bytes(blobs_csv())
    (folder / "link.csv").symlink_to(folder / "copied.csv")
    found = {table["name"]: table for table in client.get("/tables").json()["tables"]}
    assert list(found) == ["iris", "wine", "broken", "copied"]
    assert found["copied"]["label"] == "kind"
    assert "UTF-8" in found["broken"]["sentence"]
    assert "UTF-8" in refusal(client.get("/tables/broken"))


def test_there_are_not_endless_tables(tmp_path, monkeypatch):
    shelf = TableShelf(tmp_path)
    monkeypatch.setattr(shelf, "names", lambda: [str(i) for i in range(MOST_TABLES)])
    with pytest.raises(ValueError, match="delete one first"):
        shelf.add("mine", blobs_csv(), "kind")


def test_both_models_of_a_table_are_queued(add, client, tmp_path):
    add(blobs_csv(), label="kind")
    answer = client.post("/tables/mine/train", json={"epochs": 3, "beta": 2.5}).json()["runs"]
    assert [(run["name"], run["kind"]) for run in answer] == [
        ("mine-vae", "vae"),
        ("mine-beta-vae", "beta"),
    ]
    vae, beta = (Runs(tmp_path).get(run["id"]).config for run in answer)
    assert vae.recipe.data.dataset == beta.recipe.data.dataset == "table:mine"
    assert vae.recipe.data.label_column == "kind"
    assert (vae.recipe.training.epochs, beta.recipe.training.beta) == (3, 2.5)
    assert "table:mine" in vae.command
    training = client.get("/tables/mine/models").json()["training"]
    assert [(run["state"], run["kind"]) for run in training] == [
        ("queued", "beta"),
        ("queued", "vae"),
    ]
    assert "wait for it or stop it" in refusal(client.post("/tables/mine/train", json={}))
    assert "stop it before you delete" in refusal(client.delete("/tables/mine"))
    for run in answer:
        client.post(f"/runs/{run['id']}/stop")
    assert client.post("/tables/mine/train", json={"which": ["beta"]}).status_code == 200


def test_of_two_who_train_at_once_one_is_refused(tmp_path):
    runs = Runs(tmp_path, pretrained=tmp_path / "none")
    asked, at_once = TrainRequest(which=["vae"]), threading.Barrier(4)

    def ask(_):
        models = TableModels.of(runs.registry, TableShelf(tmp_path), runs)
        at_once.wait()
        try:
            return len(begin(models, "iris", asked, runs))
        except DataError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert answers.count(1) == 1
    assert sum("queued already" in str(answer) for answer in answers) == 3
    assert len(runs.active()) == 1


def test_one_class_alone_is_learned_by_a_recipe_for_it(client, tmp_path):
    body = {"normal_class": "setosa", "epochs": 2, "beta": 0.5}
    answer = client.post("/tables/iris/train", json=body).json()["runs"]
    assert [run["name"] for run in answer] == ["iris-setosa-vae", "iris-setosa-beta-vae"]
    assert [run["kind"] for run in answer] == ["vae", "beta"]
    recipes = [Runs(tmp_path).get(run["id"]).config.recipe for run in answer]
    assert [recipe.name for recipe in recipes] == ["table-anomalies", "table-anomalies-beta"]
    assert [recipe.training.beta for recipe in recipes] == [1.0, 0.5]
    assert {recipe.data.normal_class for recipe in recipes} == {"setosa"}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": 10**9}, "epochs"),
        ({"epochs": "many"}, "epochs"),
        ({"beta": -1}, "beta"),
        ({"beta": 1e9}, "beta"),
        ({"which": []}, "which"),
        ({"which": ["gan"]}, "which"),
        ({"normal_class": "rose"}, "'rose'"),
        ({"shell": "rm"}, "shell"),
        ([], "request"),
    ],
)
def test_a_training_that_cannot_be_is_refused(client, tmp_path, body, word):
    assert word in refusal(client.post("/tables/iris/train", content=json.dumps(body)))
    assert Runs(tmp_path).list() == []


def test_a_large_table_is_trained_in_seconds_too(add, client, tmp_path):
    add(blobs_csv(rows=6000), label="kind")
    [run] = client.post("/tables/mine/train", json={"which": ["vae"]}).json()["runs"]
    training = Runs(tmp_path).get(run["id"]).config.recipe.training
    assert 6000 * training.epochs / training.batch_size <= 10_000
    about = client.get("/tables/mine").json()
    assert (about["total"], len(about["values"])) == (6000, 2000)
    assert "2,000 of the 6,000 rows" in about["sentence"]


def test_a_table_that_goes_before_its_training_is_named(add, client, tmp_path):
    add(blobs_csv(), label="kind")
    [begun] = client.post("/tables/mine/train", json={"which": ["vae"]}).json()["runs"]
    (tmp_path / "datasets" / "tables" / "mine.csv").unlink()
    run = Runs(tmp_path).get(begun["id"])
    with pytest.raises(ValueError, match=r"mine"):
        execute(run, Registry(tmp_path, pretrained=tmp_path / "none"))
    assert "no table" in refusal(client.get("/tables/mine/models"), 404)
    add(blobs_csv(), label="kind")
    [training] = client.get("/tables/mine/models").json()["training"]
    assert training["state"] == "failed"
    assert "mine" in training["message"]


def test_a_model_of_other_columns_is_told_apart(add, client, tmp_path):
    add(blobs_csv(), label="kind")
    begin_model(
        Registry(tmp_path, pretrained=tmp_path / "none"),
        *("table", "older"),
        dataset="table:mine",
        label_column="kind",
    )
    assert [m["name"] for m in client.get("/tables/mine/models").json()["models"]] == ["older"]
    client.delete("/tables/mine")
    assert client.get("/tables/mine").json()["here"] is False
    add(blobs_csv(columns=("d", "e", "f")), label="kind")
    assert client.get("/tables/mine/models").json()["models"] == []
    assert "other columns" in refusal(client.get("/tables/mine/look?model=older"))


def test_a_model_of_other_rows_says_so(add, client, tmp_path):
    add(blobs_csv(), label="kind")
    registry = Registry(tmp_path, pretrained=tmp_path / "none")
    own = {"dataset": "table:mine", "label_column": "kind"}
    begin_model(registry, "table", "older", **own)
    begin_model(registry, "table-anomalies", "left", **own, normal_class="left")
    about = client.get("/tables/mine/models").json()["models"]
    assert [model["other_rows"] for model in about] == [False, False]
    client.delete("/tables/mine")
    # The first row belongs to 'left', and is one of those that are learned from.
    data = blobs_csv().decode().split("\n")
    data[1] = data[1].replace("0.126", "0.226")
    add("\n".join(data).encode(), label="kind")
    for model in ("older", "left"):
        for part in ("look", "quality", "anomalies"):
            query = {"model": model, "normal": 0} if part == "anomalies" else {"model": model}
            answer = client.get(f"/tables/mine/{part}", params=query).json()
            assert "learned other rows" in answer["sentence"]
        assert not answer["fair"]
    begin_model(registry, "table", "newer-only-right", **own, normal_class="right")
    begin_model(registry, "table", "fresh", **own)
    found = client.get("/tables/mine/models").json()
    others = {model["name"]: model["other_rows"] for model in found["models"]}
    assert others == {"older": True, "left": True, "newer-only-right": False, "fresh": False}
    assert found["shown"]["vae"] == "fresh"


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("iris", "iris"),
        ("table:mine", "mine"),
        ("table:mine.csv", "mine"),
        ("table:/some/where/my flowers.csv", "my-flowers"),
        (r"table:C:\tables\mine.csv", "mine"),
        ("table:../..", "table"),
        ("table:.csv", "table"),
        ("table:<b>", "b"),
    ],
)
def test_what_a_models_table_is_called(dataset, name):
    assert called(dataset) == name


def test_a_table_of_one_column_too_many_is_refused_before_it_is_kept(client, check):
    data = blobs_csv(20, columns=[f"x{i}" for i in range(MOST_COLUMNS)])
    assert check(data, label="kind")["ok"]
    wider = data.replace(b"left", b"1").replace(b"right", b"2")
    assert "201 columns of numbers" in check(wider, label="")["problems"][0]
    assert "201 columns of numbers" in refusal(
        client.post("/tables", content=wider, params={"name": "wide"})
    )


def test_a_link_is_not_written_over(client, tmp_path):
    folder, other = tmp_path / "datasets" / "tables", tmp_path / "other.csv"
    folder.mkdir(parents=True)
    other.write_bytes(blobs_csv())
    (folder / "linked.csv").symlink_to(other)
    answer = client.post("/tables", content=blobs_csv(30), params={"name": "Linked"})
    assert "already" in refusal(answer)
    assert (folder / "linked.csv").is_symlink()
