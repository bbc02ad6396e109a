"""Rounds of training: what they learn from, what they leave, and what they never harm."""

import json
import os
import shutil
from dataclasses import replace

import pytest
import torch

from models.data import load
from models.labels import LabelError, round_work, rounds
from models.labels.desk import Desk
from models.labels.growth import Growth
from models.labels.live import is_live
from models.labels.newest import current_round, newest
from models.labels.projects import Projects
from models.labels.rounds import active_round, begin_round, last_round
from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute
from models.semi import objective
from models.training.callbacks import Callback
from models.training.state import TrainingState
from tests.labelers import TRAINING, make_teller, some_of_each, until


class Then(Callback):
    """Does something once, at one of a training's hooks."""

    def __init__(self, hook, act):
        self.act = act
        setattr(self, hook, self._once)

    def _once(self, trainer):
        act, self.act = self.act, lambda: None
        act()


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A workspace with a model of classes. Read only."""
    workspace = tmp_path_factory.mktemp("taught")
    make_teller(workspace)
    return workspace


@pytest.fixture
def registry(taught, tmp_path):
    shutil.copytree(taught / "checkpoints", tmp_path / "checkpoints")
    return Registry(tmp_path, pretrained=tmp_path / "none")


@pytest.fixture
def runs(registry):
    return Runs(registry.workspace, pretrained=registry.pretrained)


@pytest.fixture
def project(registry):
    made = Projects(registry.workspace, registry).create("Mine", "digits", "teller")
    with made.open_labels() as store:
        for label, rows in some_of_each(truth(), 3).items():
            store.label(rows, label)
    return made


def truth():
    return load("digits", validation=0).train.labels.numpy()


def train(project, registry, runs, epochs=1, *callbacks):
    run = begin_round(project, registry, runs, epochs, queued=False)
    execute(run, registry, callbacks=callbacks)
    return run


def test_a_round_learns_from_the_labels_given_before_it(project, registry, runs):
    def meanwhile():
        with project.open_labels() as store:
            store.label([1000], 1)

    run = train(project, registry, runs, 1, Then("on_train_start", meanwhile))
    now = newest(project, registry)
    assert (run.status().state, now.known) == ("finished", 30)
    given = json.loads((now.folder / "labels.json").read_bytes())
    assert 1000 not in given["rows"]
    assert sorted(given["labels"]) == sorted(list(range(10)) * 3)
    train(project, registry, runs)
    assert newest(project, registry).known == 31


def test_a_round_goes_on_from_the_one_before(project, registry, runs):
    train(project, registry, runs, 2)
    first = newest(project, registry)
    killed = first.folder.with_name(f".{first.name}.0123abcd.tmp")
    killed.mkdir()
    os.utime(killed, (0, 0))
    train(project, registry, runs, 1)
    second = newest(project, registry)
    assert not first.folder.exists(), "the one before is not needed any more"
    assert not killed.exists(), "nor what a round that was killed long ago left of itself"
    state = TrainingState.from_bytes(second.state_file.read_bytes())
    assert [record["epoch"] for record in state.facts["history"]] == [1, 2, 3]
    assert state.facts["progress"]["step"] == 21
    weights = [m.model.state_dict()["encoder.1.weight"] for m in (first, second)]
    assert not torch.equal(*weights)


def test_a_round_leaves_measures_and_a_run(project, registry, runs):
    run = train(project, registry, runs)
    measures = Growth(project.folder / "growth.csv").measures()
    assert [(m.labelled, m.how) for m in measures] == [(30, "classifier")]
    assert (project.folder / "history.csv").read_text().startswith("epoch")
    assert active_round(project, runs) is None
    assert last_round(project, runs).id == run.id
    status = run.status()
    assert (status.state, status.checkpoint) == ("finished", None)
    assert "30 labels" in status.message
    assert [entry.name for entry in registry.entries()] == ["teller"]


def test_a_stopped_round_keeps_what_it_learned(project, registry, runs):
    run = begin_round(project, registry, runs, 3, queued=False)
    execute(run, registry, callbacks=[Then("on_step", run.request_stop)])
    assert run.status().state == "stopped"
    assert "keeps" in run.status().message
    now = newest(project, registry)
    assert TrainingState.from_bytes(now.state_file.read_bytes()).facts["progress"]["step"] == 1
    assert not is_live(project)
    runs.resume(run, queued=False)
    execute(run, registry)
    later = newest(project, registry)
    assert run.status().state == "finished"
    assert TrainingState.from_bytes(later.state_file.read_bytes()).facts["progress"]["epoch"] == 3


def test_a_round_without_labels_is_a_round(registry, runs):
    project = Projects(registry.workspace, registry).create("None yet", "digits", "teller")
    train(project, registry, runs)
    now = newest(project, registry)
    assert (now.known, "test_accuracy" in now.config.metrics) == (0, False)


def test_a_round_that_has_not_come_to_the_labels_is_not_measured_by_them(
    registry, runs, tmp_path, monkeypatch
):
    make_teller(tmp_path, "blank", labels=0)
    project = Projects(tmp_path, registry).create("Blank", "digits", "blank")
    with project.open_labels() as store:
        store.label([0, 1, 2], 3)
    semi = replace(TRAINING.semi, label_free_epochs=2)
    recipe = replace(rounds._recipe(project, registry, 1), training=replace(TRAINING, semi=semi))
    monkeypatch.setattr(rounds, "_recipe", lambda *arguments: recipe)
    run = train(project, registry, runs, 1)
    assert "without its 3 labels so far" in run.status().message
    assert newest(project, registry).known == 0
    assert Growth(project.folder / "growth.csv").measures() == []


def test_a_round_stopped_while_it_asks_the_neighbours_is_not_measured(
    project, registry, runs, monkeypatch
):
    def stopped(*arguments, **options):
        raise objective._Stopped

    monkeypatch.setattr(objective.Targets, "update", stopped)
    train(project, registry, runs)
    assert newest(project, registry).known == 20, "as before the round"
    assert Growth(project.folder / "growth.csv").measures() == []


def test_an_untrained_model_looks_at_the_labels_in_its_first_round(registry, runs, tmp_path):
    projects = Projects(tmp_path, registry)
    untrained = projects.create("Untrained", "digits")
    free = [begun_with(untrained, registry, runs, epochs) for epochs in (1, 2, 5, 100)]
    assert free == [0, 0, 3, 18], "two epochs at least are for the labels"
    assert begun_with(projects.create("Trained", "digits", "teller"), registry, runs, 100) == 0


def begun_with(project, registry, runs, epochs):
    """How many epochs without labels a round begins with."""
    run = begin_round(project, registry, runs, epochs)
    runs.stop(run)
    return run.config.recipe.training.semi.label_free_epochs


@pytest.mark.parametrize("changes", [{"classes": 5}, {"classifier_type": "latent"}])
def test_a_model_of_other_classes_tells_nothing(tmp_path, changes):
    registry = make_teller(tmp_path, **changes)
    project = Projects(tmp_path, registry).create("Other", "digits", "teller")
    desk = Desk(project, registry)
    try:
        until(lambda: desk.looking.whole)
        told = "nothing" if "classes" in changes else "classifier"
        assert (desk.sight.told.how, desk.sight.view.probabilities.shape) == (told, (1540, 10))
    finally:
        desk.close()


def test_any_vae_can_begin_a_project(trained, tmp_path):
    shutil.copytree(trained / "checkpoints", tmp_path / "checkpoints")
    registry = Registry(tmp_path, pretrained=tmp_path / "none")
    project = Projects(tmp_path, registry).create("Any", "digits", "tiny")
    desk = Desk(project, registry)
    try:
        until(lambda: desk.looking.whole)
        assert desk.sight.view.xy.isfinite().all()
        desk.store.label([0, 1], 3)
        desk.store.label([2], 4)
        desk.nudge()
        until(lambda: desk.sight.told.how == "propagated")
        recipe = begin_round(project, registry, Runs(tmp_path), 1).config.recipe
        assert recipe.name == "ssvae-digits"
    finally:
        desk.close()


def test_only_one_round_at_a_time(project, registry, runs):
    begin_round(project, registry, runs, 1)
    with pytest.raises(LabelError, match="being trained already"):
        begin_round(project, registry, runs, 1)


def test_two_that_begin_a_round_at_once_are_told_apart(project, registry, runs, monkeypatch):
    recipe = rounds._recipe

    def slowly(*arguments):
        monkeypatch.undo()
        begin_round(project, registry, runs, 1)
        return recipe(*arguments)

    monkeypatch.setattr(rounds, "_recipe", slowly)
    with pytest.raises(
        LabelError, match=r"^'Mine' is being trained already; stop that or wait for"
    ):
        begin_round(project, registry, runs, 1)


@pytest.mark.parametrize("part", ["save_checkpoint", "publish"])
def test_what_fails_leaves_what_there_was(project, registry, runs, monkeypatch, part):
    train(project, registry, runs)
    before = current_round(project)

    def fail(*arguments, **options):
        raise OSError("No space left on device")

    monkeypatch.setattr(round_work, part, fail)
    with pytest.raises(OSError, match="No space"):
        train(project, registry, runs)
    assert last_round(project, runs).status().state == "failed"
    assert current_round(project) == before
    assert newest(project, registry).known == 30
    assert not is_live(project)
    monkeypatch.undo()
    train(project, registry, runs)
    assert current_round(project) != before
    assert len(list((project.folder / "rounds").iterdir())) == 1, "no leftovers"


def test_a_project_deleted_meanwhile_stays_deleted(project, registry, runs):
    gone = Then("on_epoch_end", lambda: shutil.rmtree(project.folder))
    with pytest.raises(LabelError, match="deleted"):
        train(project, registry, runs, 1, gone)
    assert not project.folder.exists()


def test_the_desk_follows_a_round(project, registry, runs):
    desk = Desk(project, registry)
    try:
        until(lambda: desk.spread.graph is not None and desk.sight.told.how == "propagated")
        until(lambda: desk.looking.whole)
        begun, at_first = desk.sight, desk.sight.view.xy.clone()

        def look():
            until(lambda: desk.sight.points > begun.points)
            assert not torch.equal(desk.sight.view.xy, at_first), "points move while it is trained"
            seen.append(desk.sight.model.name)

        seen = []
        train(project, registry, runs, 2, AfterTheFirst(look))
        assert seen == [begun.model.name]
        until(lambda: desk.sight.model.name == current_round(project))
        until(lambda: desk.looking.whole and desk.sight.told.how == "propagated")
    finally:
        desk.close()


class AfterTheFirst(Callback):
    """Does something in the second epoch, when the first one's map is written."""

    def __init__(self, act):
        self.act = act

    def on_step(self, trainer):
        if trainer.progress.epoch == 1 and trainer.progress.batch == 1:
            self.act()


def test_the_map_settles_after_a_round_that_failed(project, registry, runs, monkeypatch):
    desk = Desk(project, registry)
    try:
        until(lambda: desk.looking.whole and desk.spread.graph is not None)
        at_first = desk.sight.view.xy.clone()

        def fail(*arguments, **options):
            until(lambda: not torch.equal(desk.sight.view.xy, at_first))
            raise OSError("No space left on device")

        monkeypatch.setattr(round_work, "build_graph", fail)
        with pytest.raises(OSError, match="No space"):
            train(project, registry, runs)
        until(lambda: torch.equal(desk.sight.view.xy, at_first))
    finally:
        desk.close()


def test_a_project_whose_data_set_is_not_here(tmp_path):
    registry = make_teller(tmp_path, dataset="mnist")
    project = Projects(tmp_path, registry).create("Away", "mnist", "teller")
    runs = Runs(tmp_path, pretrained=registry.pretrained)
    desk = Desk(project, registry)
    try:
        assert (len(desk.pictures), desk.pictures.samples) == (40, 60_000)
        assert "not on this machine" in desk.pictures.sentence
        here = desk.pictures.rows.tolist()
        with pytest.raises(LabelError, match="not on this machine"):
            desk.portrait(next(row for row in range(60_000) if row not in here))
        for number, row in enumerate(here):
            desk.store.label([row], number % 10)
        desk.nudge()
        until(lambda: desk.sight.told.how == "propagated")
        rows, _ = desk.next_up("random", 3, 0)
        assert len(rows) == 0, "all that is here has a label"
        train(project, registry, runs)
        until(lambda: desk.sight.model.known == 40)
    finally:
        desk.close()
