"""Whether the process that a run belongs to is alive, and what others see of it."""

import dataclasses
import os
import platform
import subprocess
import threading
import time

import psutil
import pytest

from models.runs import Status
from models.runs.status import is_alive, now_running

GONE = {"state": "running", "pid": 2**22 + 1, "process_started": 1.0, "host": platform.node()}


def write(run, **changes):
    run.write_status(dataclasses.replace(run.status(), **changes))


def test_a_used_again_pid_is_another_process(runs, recipe):
    run = runs.create(recipe)
    write(run, process_started=run.status().process_started - 100, since_boot=0.0)
    assert run.status().state == "interrupted"
    assert "ended at step 0 without a word" in run.status().message


def test_a_clock_that_is_set_leaves_a_worker_alive(runs, recipe):
    run = runs.create(recipe)
    write(run, process_started=run.status().process_started - 100)
    assert run.status().state == "running"
    assert runs.claim(run).pid == os.getpid()


@pytest.mark.parametrize("pid", [0, -5, 2**22 + 1, 2**40, 10**30])
def test_a_pid_that_is_none_is_dead(pid):
    assert not is_alive(Status(**GONE | {"pid": pid}))


def test_a_zombie_is_dead():
    child = subprocess.Popen(["true"])
    status = now_running(Status(), "training", child.pid)
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not is_alive(status)
    child.wait()
    assert not is_alive(status)


@pytest.mark.parametrize(("silent", "state"), [(5, "running"), (600, "interrupted")])
def test_another_machine_is_believed_while_it_gives_signs(runs, recipe, silent, state):
    run = runs.create(recipe)
    write(run, host="elsewhere", pid=1, heartbeat=time.time() - silent)
    assert run.status().state == state


def test_a_status_read_while_it_is_written_is_always_whole(runs, recipe):
    run, done, seen = runs.create(recipe), threading.Event(), set()

    def read():
        while not done.is_set():
            seen.add(run.status().state)

    reader = threading.Thread(target=read)
    reader.start()
    for step in range(300):
        write(run, step=step)
    done.set()
    reader.join()
    assert seen == {"running"}
