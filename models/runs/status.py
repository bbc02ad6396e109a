"""How a run is doing: the content of its `status.json`, and whether its process is alive."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, replace
from typing import Literal

import psutil
from pydantic import ConfigDict

__all__ = ["State", "Status", "is_alive", "is_at_work", "now_running"]

State = Literal["queued", "running", "stopping", "stopped", "interrupted", "finished", "failed"]
CLOCK_SLACK_S = 3.0
BOOT_SLACK_S = 0.05
SILENT_S = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """One moment of a run. `stopping` and `interrupted` are never written, only found."""

    __pydantic_config__ = ConfigDict(extra="ignore")

    state: State = "queued"
    phase: str = ""
    """What a running one is at: starting, loading, training, measuring or saving."""
    pid: int = 0
    process_started: float = 0.0
    """Unix seconds; with the pid it names one process for good."""
    since_boot: float = 0.0
    """The same in seconds since the machine was started, which no setting of its clock changes."""
    host: str = ""
    heartbeat: float = 0.0
    """Unix seconds of the last sign of life."""
    step: int = 0
    steps: int = 0
    epoch: float = 0.0
    """Epochs done."""
    epochs: int = 0
    seconds: float = 0.0
    """Time spent in training steps."""
    examples_per_second: float = 0.0
    message: str = ""
    """What a person should know: why it failed, where it stopped."""
    checkpoint: str | None = None
    """Name under which the result is registered."""
    keep: bool = False
    """Whether to register what there is instead of training on."""

    @property
    def active(self) -> bool:
        """Whether it waits for its turn or is being trained."""
        return self.state in ("queued", "running", "stopping")

    @property
    def resumable(self) -> bool:
        """Whether it can go on from where it stands."""
        return self.state in ("stopped", "interrupted", "failed")


def now_running(status: Status, phase: str, pid: int | None = None) -> Status:
    """Return a status that says that a process, by default this one, is at work on the run."""
    process = psutil.Process(pid or os.getpid())
    return replace(
        status,
        state="running",
        phase=phase,
        pid=process.pid,
        process_started=process.create_time(),
        since_boot=_since_boot(process),
        host=platform.node(),
        heartbeat=time.time(),
        message="",
    )


def is_alive(status: Status) -> bool:
    """Tell whether the process that a status names is still at work.

    A process is named by its id and its start, because ids are used again. One on another machine
    is believed as long as it gives signs of life.
    """
    if status.host != platform.node():
        return time.time() - status.heartbeat < SILENT_S
    try:
        process = psutil.Process(status.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # Some systems count the start from boot, so that a clock that is set right moves it.
        return (
            abs(process.create_time() - status.process_started) < CLOCK_SLACK_S
            or abs(_since_boot(process) - status.since_boot) < BOOT_SLACK_S
        )
    except (psutil.NoSuchProcess, ValueError):
        return False
    except psutil.AccessDenied:
        return True


def is_at_work(status: Status, pid: int) -> bool:
    """Tell whether a status says that the process `pid` of this machine is at work."""
    return status.pid == pid and status.host == platform.node() and is_alive(status)


def _since_boot(process: psutil.Process) -> float:
    return process.create_time() - psutil.boot_time()
