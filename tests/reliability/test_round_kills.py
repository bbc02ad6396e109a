"""kill -9 of a round of training at any moment: the project has what it had, or what is new, whole.

The worst moments are taken one by one, and some at random.
"""

import multiprocessing
import os
import random
import signal
import time

import pytest
import torch

from models.data import load
from models.labels import newest as newest_module
from models.labels import round_work
from models.labels.newest import current_round, newest
from models.labels.projects import Projects
from models.labels.rounds import begin_round, last_round
from models.labels.view import read_graph, read_view
from models.runs import Runs
from models.runs.execute import execute
from models.training.callbacks import Callback
from models.training.state import TrainingState
from tests.labelers import make_teller, some_of_each
from tests.reliability.effort import figure, times

KILLS = times(2, 20)
MOMENTS = [
    (round_work, "write_folder", "before"),
    (round_work, "write_folder", "after"),
    (round_work, "save_checkpoint", "after"),
    (newest_module, "write_file", "after"),
    (newest_module, "remove_folder", "after"),
]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A project with 20 labels and one round, its registry and its runs."""
    workspace = tmp_path_factory.mktemp("taught")
    registry = make_teller(workspace)
    project = Projects(workspace, registry).create("Killed", "digits", "teller")
    truth = load("digits", validation=0).train.labels.numpy()
    with project.open_labels() as store:
        for label, rows in some_of_each(truth, 2).items():
            store.label(rows, label)
    runs = Runs(workspace, pretrained=registry.pretrained)
    execute(begin_round(project, registry, runs, 1, queued=False), registry)
    return project, registry, runs


def round_that_dies(project, registry, runs, module, name, when):
    torch.set_num_threads(1)
    whole = getattr(module, name)

    def then_die(*arguments, **options):
        if when == "after":
            whole(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, then_die)
    execute(begin_round(project, registry, runs, 2, queued=False), registry)


class Begun(Callback):
    """Says when the training begins."""

    def __init__(self, event):
        self.event = event

    def on_train_start(self, trainer):
        self.event.set()


def round_to_be_killed(project, registry, runs, begun):
    torch.set_num_threads(1)
    run = begin_round(project, registry, runs, 2, queued=False)
    execute(run, registry, callbacks=[Begun(begun)])


def in_a_process(target, *arguments):
    process = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    process.start()
    return process


def steps_of(project, registry):
    """Check that a project's newest model is whole, and return how far it was trained."""
    now = newest(project, registry)
    assert now.known == 20
    assert read_view(now.view_file, project.rows, 10) is not None
    assert read_graph(now.graph_file, project.rows) is not None
    state = TrainingState.from_bytes(now.state_file.read_bytes())
    assert torch.equal(state.part("model")["encoder.1.weight"], now.model.encoder[1].weight)
    return state.facts["progress"]["step"]


@pytest.mark.parametrize(("module", "name", "when"), MOMENTS)
def test_a_round_killed_at_its_worst_moments(taught, module, name, when):
    project, registry, runs = taught
    before = steps_of(project, registry)
    process = in_a_process(round_that_dies, *taught, module, name, when)
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    published = module is newest_module
    assert steps_of(project, registry) == before + 14 * published
    assert last_round(project, runs).status().state == "interrupted"


def test_a_round_killed_at_any_moment(taught):
    project, registry, runs = taught
    chance = random.Random(0)
    for _ in range(KILLS):
        before = steps_of(project, registry)
        begun = multiprocessing.get_context("fork").Event()
        process = in_a_process(round_to_be_killed, *taught, begun)
        assert begun.wait(120)
        time.sleep(chance.uniform(0, 2))
        process.kill()
        process.join(120)
        assert steps_of(project, registry) in (before, before + 14)
    run = last_round(project, runs)
    if run.status().state == "interrupted":
        runs.resume(run, queued=False)
    else:
        run = begin_round(project, registry, runs, 2, queued=False)
    before = steps_of(project, registry)
    # What was killed just now might still have its writer; an hour later it cannot.
    for left in (project.folder / "rounds").glob(".*"):
        for path in (left, *left.rglob("*")):
            os.utime(path, (0, 0))
    execute(run, registry)
    assert steps_of(project, registry) == before + 14
    assert len(list((project.folder / "rounds").iterdir())) == 1, "no leftovers"
    assert current_round(project).startswith(run.id)
    figure(2, "kills of a round of the labeler", KILLS + len(MOMENTS))
