"""What keeps a run's folder true while its process works: heartbeat, log, and requests to stop."""

from __future__ import annotations

import _thread
import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import FrameType, TracebackType
from typing import Any

from models.runs.folder import Run
from models.runs.status import State, Status
from models.training.callbacks import Callback
from models.training.trainer import Trainer

__all__ = ["Keeper", "log_to", "stopping_by_signal", "unheeding_signals"]

LOG = logging.getLogger("models.runs")
BEAT_S = 2.0
LOOK_S = 0.25
STOPPING = [signal.SIGINT, signal.SIGTERM]
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
    STOPPING.append(signal.SIGHUP)  # The terminal was closed, and nohup did not say to stay.
BREAKABLE = ("loading", "measuring")
"""Phases that may end anywhere; a training ends between two steps, and saving is short."""


class Keeper(Callback):
    """Writes a run's status every two seconds, and hands requests to stop to the trainer.

    Args:
        run: The run, which this process has claimed.
        status: Its status.
    """

    def __init__(self, run: Run, status: Status) -> None:
        self.run = run
        self.status = status
        self._trainer: Trainer | None = None
        self._wants_stop = False
        self.interruptible = False
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")

    def __enter__(self) -> Keeper:
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Beat no more; whatever was raised goes on."""
        self._ended.set()
        self._thread.join()

    def phase(self, phase: str, *, heed: bool = True) -> None:
        """Say what is being done now.

        Args:
            phase: What.
            heed: Whether a request to stop ends it; one that is kept to the end heeds none.

        Raises:
            KeyboardInterrupt: A stop was asked for meanwhile.
        """
        self._write(phase=phase)
        if heed and (self._wants_stop or self.run.stop_file.exists()):
            raise KeyboardInterrupt

    def end(self, state: State, message: str, checkpoint: str | None = None) -> None:
        """Say how it ended."""
        self._ended.set()
        # First: whoever resumes it now may ask for a stop again.
        self.run.stop_file.unlink(missing_ok=True)
        self._write(state=state, phase="", message=message, checkpoint=checkpoint, keep=False)

    def ask_to_stop(self) -> None:
        """Let the training end after its batch, or another phase at once.

        Raises:
            KeyboardInterrupt: The phase may end anywhere.
        """
        self._wants_stop = True
        if self.status.phase in BREAKABLE:
            raise KeyboardInterrupt
        if self._trainer is not None:
            self._trainer.stop()

    def on_train_start(self, trainer: Trainer) -> None:
        """Know whom to stop."""
        self._trainer = trainer
        self.note(trainer)

    def on_step(self, trainer: Trainer) -> None:
        """Look whether a stop is asked for."""
        if self._wants_stop or self.run.stop_file.exists():
            trainer.stop()

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Note the epoch's speed."""
        self.on_step(trainer)

    def on_train_end(self, trainer: Trainer) -> None:
        """Note where it stands."""
        self.note(trainer)
        self._trainer = None

    def note(self, trainer: Trainer) -> None:
        """Take over where a training stands."""
        at = trainer.progress
        epochs = trainer.config.epochs
        history = trainer.history
        with self._lock:
            self.status = replace(
                self.status,
                step=at.step,
                steps=at.steps,
                epoch=round(at.step * epochs / max(1, at.steps), 4),
                epochs=epochs,
                seconds=round(trainer.seconds, 2),
                examples_per_second=round(history[-1].examples_per_second, 1) if history else 0.0,
            )

    def _write(self, **changes: Any) -> None:
        # The lock spans the write too, or a heartbeat's older status could land on the last one.
        with self._lock:
            self.status = replace(self.status, heartbeat=time.time(), **changes)
            self.run.write_status(self.status)

    def _write_heartbeat(self) -> None:
        with self._lock:
            if self._ended.is_set():
                return
            self.status = replace(self.status, heartbeat=time.time())
            self.run.write_status(self.status)

    def _beat(self) -> None:
        written = time.monotonic()
        while not self._ended.wait(LOOK_S):
            if self.status.phase in BREAKABLE and self.run.stop_file.exists():
                self._interrupt()
            if time.monotonic() - written < BEAT_S:
                continue
            written = time.monotonic()
            if (trainer := self._trainer) is not None:
                self.note(trainer)
            # A full disk now may have room again at the next beat.
            with suppress(OSError):
                self._write_heartbeat()

    def _interrupt(self) -> None:
        """Let the main thread, which may be deep in a measurement, see the request."""
        if self.interruptible and not self._wants_stop:
            _thread.interrupt_main()


@contextmanager
def stopping_by_signal(keeper: Keeper) -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP stop the run gently; a second one breaks off at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen = False
    keeper.interruptible = True

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        if seen:
            raise KeyboardInterrupt
        seen = True
        LOG.info("Stopping (%s).", signal.Signals(number).name)
        keeper.ask_to_stop()

    kept = {number: signal.signal(number, on_signal) for number in STOPPING}
    try:
        yield
    finally:
        keeper.interruptible = False
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def unheeding_signals() -> Iterator[None]:
    """Leave signals to stop, which reach a whole team, to its leader: all stop with it."""
    kept = {number: signal.signal(number, signal.SIG_IGN) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


class _LogFile(logging.FileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: a full disk is told of once, by how the run ends."""


@contextmanager
def log_to(run: Run) -> Iterator[None]:
    """Write what the science has to say into the run's `log.txt`."""
    handler = _LogFile(run.folder / "log.txt", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger = logging.getLogger("models")
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False  # Or a worker, whose stderr is the log, would say it twice.
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
        handler.close()
