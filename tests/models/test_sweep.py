"""Sweeps: what is refused before anything starts, what is written down, and going on."""

import csv
import json
import re
import sys
import threading

import pytest

from models import cli
from models.recipes import get_recipe
from models.registry import Registry
from models.runs import Launch, Runs
from models.sweep import Outcome, Row, Sweep, make_grid, run_sweep
from models.sweep.results import to_csv, to_table
from models.sweep.values import parse_set, split_values
from models.sweep.workers import Workers

DIGITS = get_recipe("navigator-digits")
METRICS = {"elbo": -300.5, "reconstruction": 298.0, "kl": 2.5, "active_units": 2, "seconds": 1.0}


def grid_of(*sets, **options):
    return make_grid(DIGITS, sets, **options)


def sweep_of(folder, *sets, launch=None, fresh=False, **options):
    return Sweep.open(folder, grid_of(*sets, **options), launch or {}, fresh=fresh)


def table(sweep):
    return json.loads((sweep.folder / "results.json").read_text())["rows"]


class Trainer:
    """Trains nothing; fails at the points it is told to, and remembers all."""

    def __init__(self, failing=(), error=None):
        self.failing = failing
        self.error = error or ValueError("The loss became nan at step 3 of 12.\nAnd more.")
        self.calls = []
        self.lock = threading.Lock()

    def __call__(self, point, before, started):
        with self.lock:
            self.calls.append((point.name, before))
            number = len(self.calls)
        started(f"run-of-{point.name}")
        if number in self.failing:
            raise self.error
        return Outcome(metrics=METRICS, checkpoint=point.name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beta=0.1,1,10", ("beta", (0.1, 1.0, 10.0))),
        (" latent_dim = 2, 8 ", ("latent_dim", (2, 8))),
        ("network.normalisation=layer,none", ("network.normalisation", ("layer", "none"))),
        ("network.encoder_hidden=[64,64],[128]", ("network.encoder_hidden", ((64, 64), (128,)))),
        ("network.encoder_hidden=64x64,128", ("network.encoder_hidden", ((64, 64), (128,)))),
        ("network.dropout=0,0.2", ("network.dropout", (0.0, 0.2))),
        ("dataset=digits,mnist", ("dataset", ("digits", "mnist"))),
        ("learning_rate=1e-3", ("learning_rate", (1e-3,))),
    ],
)
def test_values_are_read_by_the_type_of_their_field(text, expected):
    assert parse_set(DIGITS, text) == expected
    assert [type(v) for v in parse_set(DIGITS, text)[1]] == [type(v) for v in expected[1]]


@pytest.mark.parametrize("text", ["1,,2", "", ",", "[1,2", "1]", "[[1],[2]]", "[1],"])
def test_lists_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match=r"lists nothing|do not match"):
        split_values(text)


@pytest.mark.parametrize(
    ("sets", "cause"),
    [
        ((), "nothing to sweep"),
        (("bet=1",), "has no field 'bet'"),
        (("network=1",), "has no field 'network'"),
        (("beta",), "write --set FIELD=VALUE,VALUE"),
        (("beta=strong",), "beta='strong' cannot be used"),
        (("latent_dim=2.5",), "latent_dim='2.5' cannot be used"),
        (("network.kind=round",), "should be 'dense', 'convolutional' or 'pooled'"),
        (("beta=nan",), "no finite number"),
        (("beta=1,1.0",), "lists 1.0 twice"),
        (("beta=1", "beta=2"), "beta is given twice"),
        (("epochs=1,2",), "epochs is given twice"),
        (("beta=1,-1",), "With beta=-1: beta must be 0 or more"),
        (("network.kind=convolutional",), "A convolutional network needs"),
        (("network.encoder_hidden=[]",), "at least one width"),
        (("dataset=nowhere",), "no data set 'nowhere'"),
        (("seed=" + ",".join(map(str, range(201))),), "That is 201 trainings; add --yes"),
    ],
)
def test_a_fault_is_found_before_anything_starts(sets, cause):
    with pytest.raises(ValueError, match=re.escape(cause)) as caught:
        grid_of(*sets, overrides={"epochs": 2})
    assert "\n" not in str(caught.value)


def test_a_grid_is_the_product_of_its_values():
    grid = grid_of("beta=0.1,1", "latent_dim=2,8", overrides={"epochs": 3, "seed": None})
    assert [point.name for point in grid.points] == [
        "navigator-digits-beta0.1-latent_dim2",
        "navigator-digits-beta0.1-latent_dim8",
        "navigator-digits-beta1-latent_dim2",
        "navigator-digits-beta1-latent_dim8",
    ]
    last = grid.points[-1]
    assert last.values == {"beta": 1.0, "latent_dim": 8}
    assert last.overrides == {"epochs": 3, "beta": 1.0, "latent_dim": 8}
    assert (last.recipe.training.beta, last.recipe.training.epochs) == (1.0, 3)
    assert last.recipe.model.latent_dim == 8


def test_more_than_200_may_be_meant():
    grid = grid_of("seed=" + ",".join(map(str, range(201))), many=True)
    assert len({point.name for point in grid.points}) == 201


def test_names_tell_values_apart_and_stay_names():
    assert [p.name for p in grid_of("beta=1e-05,1e+20", name="b").points] == [
        "b-beta1e-05",
        "b-beta1e20",
    ]
    names = [p.name for p in grid_of("network.encoder_hidden=[64,64],[8]").points]
    assert names == ["navigator-digits-encoder_hidden64x64", "navigator-digits-encoder_hidden8"]
    long = grid_of("network.encoder_hidden=64x64x64,8", "network.decoder_hidden=64x64x64,8")
    assert long.points[0].name == "navigator-digits-point1"
    with pytest.raises(ValueError, match="too long to begin names"):
        grid_of("beta=1", name="n" * 50)
    with pytest.raises(ValueError, match="no checkpoint name"):
        grid_of("beta=1", name="../up")


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_point_that_fails_is_written_down_and_the_others_go_on(tmp_path, parallel):
    sweep = sweep_of(tmp_path, "beta=0.1,1,10", "latent_dim=2,8")
    ended = []
    run_sweep(sweep, Trainer(failing={2, 5}), parallel=parallel, on_end=ended.append)
    assert len(ended) == 6
    rows = table(sweep)
    assert sorted(row["state"] for row in rows) == ["failed"] * 2 + ["finished"] * 4
    for row in rows:
        failed = row["state"] == "failed"
        assert row["error"] == ("The loss became nan at step 3 of 12." if failed else "")
        assert row["checkpoint"] == (None if failed else row["name"])
        assert row["run"] == f"run-of-{row['name']}"
    with (sweep.folder / "results.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [float(line["beta"]) for line in lines] == [0.1, 0.1, 1, 1, 10, 10]
    figures = {line["elbo"] for line in lines if line["state"] == "finished"}
    assert figures == {"-300.5"}


@pytest.mark.parametrize("error", [RuntimeError("odd"), KeyError(), MemoryError("full")])
def test_whatever_a_point_raises_the_others_go_on(tmp_path, error):
    sweep = sweep_of(tmp_path, "beta=1,2")
    run_sweep(sweep, Trainer(failing={1}, error=error))
    assert [row.state for row in sweep.rows] == ["failed", "finished"]
    assert sweep.rows[0].error


def test_the_same_settings_go_on_and_skip_what_is_finished(tmp_path):
    first, again = Trainer(failing={2}), Trainer()
    run_sweep(sweep_of(tmp_path, "beta=0.1,1,10"), first)
    sweep = sweep_of(tmp_path, "beta=0.1,1,10")
    run_sweep(sweep, again)
    name = "navigator-digits-beta1"
    assert again.calls == [(name, f"run-of-{name}")], "it may go on with the run of before"
    assert [row["state"] for row in table(sweep)] == ["finished"] * 3
    assert len(list(tmp_path.iterdir())) == 1
    assert sweep_of(tmp_path, "beta=0.1,1,10").left == []


@pytest.mark.parametrize(
    "change",
    [
        {"sets": ("beta=0.1,2",)},
        {"overrides": {"epochs": 7}},
        {"name": "other"},
        {"launch": {"precision": "bf16"}},
        {"fresh": True},
    ],
)
def test_other_settings_are_another_sweep(tmp_path, change):
    run_sweep(sweep_of(tmp_path, "beta=0.1,1"), Trainer())
    options = dict(change)
    sweep = sweep_of(tmp_path, *options.pop("sets", ("beta=0.1,1",)), **options)
    assert len(sweep.left) == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_damaged_results_are_trained_again(tmp_path):
    sweep = sweep_of(tmp_path, "beta=1,2")
    run_sweep(sweep, Trainer())
    for damage in ("{", "[]", '{"rows": [{"name": "x"}]}', '{"rows": 3}'):
        (sweep.folder / "results.json").write_text(damage)
        assert sweep_of(tmp_path, "beta=1,2").left == [0, 1]
    (sweep.folder / "sweep.json").write_text("[]")
    assert sweep_of(tmp_path, "beta=1,2").folder != sweep.folder


def test_two_processes_do_not_work_on_one_sweep(tmp_path):
    sweep = sweep_of(tmp_path, "beta=1,2")
    with sweep.locked(), pytest.raises(ValueError, match="Another process works on this sweep"):
        run_sweep(sweep_of(tmp_path, "beta=1,2"), Trainer())


def test_ctrl_c_waits_for_the_points_at_work_and_begins_no_more(tmp_path):
    working, stopped = threading.Event(), threading.Event()

    def train(point, before, started):
        if point.values["beta"] == 1:
            assert working.wait(30)
            return Outcome(metrics=METRICS, checkpoint=point.name)
        working.set()
        assert stopped.wait(30)
        return Outcome(metrics={"seconds": 1.0}, checkpoint=None, stopped=True)

    def interrupt(row):
        if row.state == "finished":
            raise KeyboardInterrupt

    sweep = sweep_of(tmp_path, "beta=1,2,3,4,5")
    with pytest.raises(KeyboardInterrupt):
        run_sweep(sweep, train, parallel=2, on_end=interrupt, on_interrupt=stopped.set)
    states = [row["state"] for row in table(sweep)]
    assert states[:2] == ["finished", "stopped"]
    assert states[-1] == "waiting"


def test_no_cell_is_a_formula():
    row = Row(name="=cmd", values={"dataset": "@x", "beta": -1.0}, error="+1", run="-r")
    (line,) = csv.DictReader(to_csv([row]).splitlines())
    assert (line["name"], line["dataset"], line["error"], line["run"]) == (
        "'=cmd",
        "'@x",
        "'+1",
        "'-r",
    )
    assert line["beta"] == "-1.0", "a number is no formula"


def test_the_table_shows_errors_only_where_there_are_some():
    good = Row(name="a", values={"network.dropout": 0.1}, state="finished", metrics=METRICS)
    bad = Row(name="b", values={"network.dropout": 0.2}, state="failed", error="[/red] odd")
    heads = [[str(c.header) for c in to_table("r", rows).columns] for rows in ([good], [good, bad])]
    assert heads[0][:2] == ["dropout", "state"]
    assert heads[1] == [*heads[0], "error"]


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run `sweep navigator-digits` in a workspace of its own."""

    def invoke(*arguments):
        words = ["sweep", "navigator-digits", *arguments, "--workspace", tmp_path]
        monkeypatch.setattr(sys, "argv", ["models", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as caught:
            code = caught.code or 0
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return invoke


def test_trains_every_point_in_a_process_of_its_own(command, tmp_path):
    """One of the three diverges; the other two are runs and checkpoints, and stay."""
    options = ["--set", "beta=1,1e39", "--set", "network.encoder_hidden=[16]", "--epochs", 1]
    code, out, err = command(*options, "--parallel", 2, "--json")
    assert code == 0
    good, bad = json.loads(out)
    assert good["state"] == "finished"
    assert good["checkpoint"] == "navigator-digits-beta1-encoder_hidden16"
    assert good["metrics"].keys() >= {"elbo", "kl", "active_units", "knn_accuracy", "seconds"}
    assert bad["state"] == "failed"
    assert "The loss became" in bad["error"]
    assert "2 of 2" in err
    config = Registry(tmp_path).open(good["checkpoint"]).config
    assert config.model.network.encoder_hidden == (16,)
    assert good["metrics"]["elbo"] == config.metrics["elbo"]
    run = Runs(tmp_path).get(good["run"])
    assert run.config.overrides["epochs"] == 1
    assert "--beta 1 --set network.encoder_hidden=16 --threads 1" in run.config.command
    (folder,) = (tmp_path / "sweeps").iterdir()
    assert {p.name for p in folder.iterdir()} >= {"sweep.json", "results.csv", "results.json"}


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("--set", "bet=1"), "no field 'bet'"),
        (("--set", "beta=1", "--device", "tpu"), "'tpu' is no device"),
        (("--set", "beta=1", "--precision", "fp8"), "'fp8' is no precision"),
        (("--set", "beta=1", "--epochs", 0), "epochs must be at least 1"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(command, tmp_path, arguments, cause):
    code, out, err = command(*arguments)
    assert (code, out) == (1, "")
    assert cause in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_ray_one_sentence_says_how_to_get_it(command, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, _, err = command("--set", "beta=1", "--ray")
    assert code == 1
    assert "pip install -e '.[sweep]'" in err
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_cut_off_goes_on(tmp_path):
    runs, registry = Runs(tmp_path), Registry(tmp_path)
    workers = Workers(runs, registry, Launch(threads=1, device="cpu"))
    (point,) = grid_of("beta=1", overrides={"epochs": 1}).points
    run = workers.prepare(point, None)
    assert run.status().state == "queued"
    runs.stop(run)
    assert workers.prepare(point, run.id).id == run.id
    assert run.status().state == "queued"
    Runs(run.folder.parents[1]).remove(run)
    assert workers.prepare(point, run.id).id != run.id, "its folder is gone"
