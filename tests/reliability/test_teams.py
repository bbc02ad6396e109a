"""Two processes under torchrun learn what one learns, and can stop and be resumed."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute
from tests.reliability.conftest import epochs_done, newest, until
from tests.reliability.team_trainer import ALONE, CASES, Checksums, StopAt, train
from tests.small import losses, small_recipe

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("team")


@pytest.fixture(scope="module")
def taught(folder):
    """A workspace in which a team trained every case, and one run was begun by one process."""
    runs = Runs(folder)
    run = runs.create(small_recipe(epochs=4), name="alone")
    registry = Registry(folder, pretrained=folder / "none")
    assert execute(run, registry, callbacks=[StopAt(17)]) is None
    script = Path(__file__).with_name("team_trainer.py")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, *TORCHRUN, str(script), str(folder)],
        cwd=root,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return registry, {run.config.name: run for run in runs.list()}


@pytest.mark.parametrize("case", CASES)
def test_two_processes_learn_what_one_learns(taught, folder, case):
    first, second = (json.loads((folder / f"{case}-{rank}.json").read_text()) for rank in (0, 1))
    assert first == second, "losses and parameters are the same in both after every epoch"
    assert len(first["checksums"]) == 2
    alone = train(CASES[case], ALONE, Checksums())
    for together, one in zip(first["losses"], alone, strict=True):
        assert together[:2] == pytest.approx(one[:2], rel=1e-5)
        # A bias before batch normalisation has no gradient but rounding, which Adam scales up; the
        # running means follow it late, so that the KL in eval mode is less alike.
        assert together[2] == pytest.approx(one[2], rel=1e-3 if case == "batch-norm" else 1e-5)


def close(ours, theirs):
    flat = zip(itertools.chain(*ours), itertools.chain(*theirs), strict=True)
    return all(float(a) == pytest.approx(float(b), rel=1e-5) for a, b in flat)


def test_what_one_process_began_a_team_ends(taught, whole):
    run = taught[1]["alone"]
    assert run.status().state == "finished"
    assert "Going on from step 17" in run.log()[0]
    assert close(losses(run), whole(4))


def test_what_a_team_began_one_process_ends(taught, whole):
    registry, named = taught
    run = named["team"]
    assert (run.status().state, run.status().step) == ("stopped", 17)
    execute(run, registry)
    assert run.status().state == "finished"
    assert close(losses(run), whole(4))


def test_a_team_leaves_one_run_that_a_signal_stops(train, start, runs, whole):
    process = train(launcher=TORCHRUN, epochs=2000)
    run = until(lambda: newest(runs), process)
    until(lambda: epochs_done(run) >= 2, process)
    team = psutil.Process(process.pid).children(recursive=True)
    assert len(team) >= 2
    process.terminate()
    process.communicate()
    assert run.status().state == "stopped"
    assert len(runs.list()) == 1
    assert not [member for member in team if member.is_running()]
    steps = run.status().step
    process = start(*TORCHRUN, "-m", "models", "runs", "resume", run.id, *workspace_of(runs))
    until(lambda: run.status().step > steps, process)
    process.terminate()
    process.communicate()
    assert run.status().state == "stopped"


def workspace_of(runs):
    return "--workspace", runs.workspace


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--name", "../up"), "is no checkpoint name"),
        (("--set", "dataset=nothing"), "There is no data set 'nothing'"),
        (("--set", "normalisation=batch"), "has no field 'normalisation'"),
    ],
)
def test_a_team_that_cannot_train_says_why_once(train, arguments, sentence):
    process = train(*arguments, launcher=TORCHRUN, epochs=1)
    _, said = process.communicate()
    assert process.returncode == 1
    ours = said.split("torch/distributed")[0]
    assert sentence in ours
    assert "GLHF" not in said
    assert "gloo" not in said
