"""A label project opened in memory: its pictures, what the model makes of them, its labels.

What a person waits for is done at once. What takes long is caught up with in a thread: looking at
all pictures, finding each one's neighbours, telling anew what the labels say after each of them,
and taking over what a round of training has left.

Shapes: N samples of the project, M pictures that are here, D latent dimensions, K classes.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.checkpoint import CheckpointError
from models.labels.errors import LabelError
from models.labels.growth import Growth, Measure
from models.labels.live import is_live, read_live
from models.labels.looking import Looking
from models.labels.newest import current_round, newest
from models.labels.pictures import Pictures, find_pictures
from models.labels.project import Project
from models.labels.sight import Doubts, Sight, Told
from models.labels.spread import Spread
from models.preprocessing import to_unit
from models.registry import Registry
from models.semi.acquisition import Pool, pick, suspicious
from models.semi.outputs import sampled

__all__ = ["Desk", "step_back"]

LOG = logging.getLogger(__name__)
LOOK_S = 0.5
PAUSE_S = 10.0
DRAWS = 20
NICE = 5


class _Closed(Exception):
    """The desk is closed while something long is under way."""


class Desk:
    """A project at hand.

    Args:
        project: The project.
        registry: Where its checkpoint is; its workspace may hold the data set.

    Raises:
        LabelError: Its labels cannot be read, or are about other data.
        CheckpointError: Its model cannot be read.
        DataError: There are no pictures.
    """

    def __init__(self, project: Project, registry: Registry) -> None:
        self.project = project
        self.registry = registry
        self.classes = len(project.class_names)
        model = newest(project, registry)
        self.pictures: Pictures = find_pictures(project, registry, model.model.config.shape)
        self.store = project.open_labels()
        self.growth = Growth(project.folder / "growth.csv")
        self.looking = Looking(model, self.pictures, self.classes)
        self.spread = Spread(self.classes)
        self.trouble = ""
        """Why something could not be done, for a person"""
        self._version = time.time_ns() // 1_000_000
        """So that after a restart no number comes again"""
        self._live: int | None = None
        self._closed = threading.Event()
        self._nudged = threading.Event()
        told, view = self._told(), self.looking.view
        self.sight = Sight(model, view, told, self._next(), self._next())
        self._thread = threading.Thread(target=self._work, daemon=True, name="labels")
        self._thread.start()

    def nudge(self) -> None:
        """Look at once whether there is something to catch up with: a label, a round."""
        self._nudged.set()

    def close(self) -> None:
        """Let go of the project."""
        self._closed.set()
        self._nudged.set()
        self._thread.join(30)
        self.store.close()

    @property
    def map_share(self) -> float:
        """Share of the pictures that lie on the map."""
        return self.looking.seen / max(1, len(self.pictures))

    @property
    def sentence(self) -> str:
        """What is being done, or why something cannot be."""
        if self.trouble:
            return self.trouble
        if not self.looking.whole:
            seen = f"{self.looking.seen:,} of {len(self.pictures):,}"
            return f"Looking at the pictures: {seen}."
        if self.spread.graph is None:
            return f"Finding each picture's neighbours: {self.spread.share:.0%}."
        return ""

    def labels(self) -> NDArray[np.int16]:
        """Return the labels of the pictures that are here, int16 [M]; -1 is none."""
        return self.store.current()[self.pictures.rows]

    @torch.inference_mode()
    def portrait(self, sample: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return a picture, its reconstruction (both uint8 [C, H, W]) and its code [D].

        Raises:
            LabelError: There is no such sample, or its picture is not here.
        """
        image = self.pictures.images[self.pictures.at(sample)]
        model = self.sight.model.model
        z = model.encode(to_unit(image.unsqueeze(0))).mu
        return image, model.decode(z)[0].mul(255).round().byte(), z[0]

    def next_up(self, how: str, count: int, seed: int) -> tuple[NDArray[np.int64], Tensor]:
        """Return samples to label next, the most useful first, and how much each matters.

        Raises:
            ValueError: There is no such queue.
            NotYet: It lacks what it needs.
        """
        sight, labelled = self.sight, torch.from_numpy(self.labels() >= 0)
        generator = torch.Generator().manual_seed(seed)
        # What is not looked at yet has no features to judge it by.
        seen = (~sight.view.xy[:, 0].isnan()).nonzero().squeeze(1)
        view, shares = sight.view, sight.told.probabilities
        if not len(seen):
            raise LabelError(f"{self.sentence} What to label next is known after the first ones.")
        if len(seen) < len(view):
            view, shares, labelled = view.take(seen), shares[seen], labelled[seen]
        draws = None
        if how == "bald" and sight.model.known:
            draws = sampled(sight.model.model, view.outputs, DRAWS, generator)
        picks = pick(how, Pool(shares, draws, view.features, labelled), count, generator)
        return self.pictures.rows[seen[picks.rows].numpy()], picks.scores

    def doubted(self) -> Doubts:
        """Return labelled samples that the other labels surely contradict, the surest first.

        Raises:
            LabelError: The pictures' neighbours are not known yet.
        """
        labels, graph = self.labels(), self.spread.graph
        if graph is None:
            raise LabelError(f"{self.sentence} Suspicious labels are found after that.")
        if (labels >= 0).sum() < 2:
            return Doubts([], [], [], [])
        found = suspicious(graph, torch.from_numpy(labels.astype(np.int64)), self.classes)
        at = found.rows.numpy()
        return Doubts(
            self.pictures.rows[at].tolist(),
            labels[at].tolist(),
            found.classes.tolist(),
            found.scores.tolist(),
        )

    def _told(self) -> Told:
        """Return what knows more labels: what they say to each other, or the classifier."""
        model, spread = self.looking.newest, self.spread.told
        given = int((self.labels() >= 0).sum())
        if spread is not None and given >= max(1, model.known):
            return Told(spread, "propagated")
        shares = self.looking.view.probabilities
        if model.known:
            return Told(shares, "classifier")
        return Told(torch.full_like(shares, 1 / self.classes), "nothing")

    def _next(self) -> int:
        self._version += 1
        return self._version

    def _show(self, *, moved: bool = True) -> None:
        """Let the page know that something else is told now, and that the map may have moved."""
        found = replace(self.sight, told=self._told(), predictions=self._next())
        self.sight = replace(found, points=self._next()) if moved else found

    def _work(self) -> None:
        step_back()
        while not self._closed.is_set():
            wait = LOOK_S
            try:
                self._catch_up()
                self.trouble = ""
            except _Closed:
                return
            except Exception as error:
                if self._closed.is_set():
                    return
                LOG.exception("Label project %s cannot catch up.", self.project.id)
                known = isinstance(error, ValueError | OSError | MemoryError)
                self.trouble = str(error) if known else "Something failed; the log says what."
                wait = PAUSE_S
            self._nudged.wait(wait)
            self._nudged.clear()

    def _catch_up(self) -> None:
        self._take_over()
        while not self.looking.whole:
            self._require_open()
            self._kept(self.looking.look_on)
            self._show()
        self._update()
        self._kept(lambda: self.spread.find(self.looking, self._require_open))
        self._update()
        if self._kept(self.looking.arrange):
            self._show()
        self._follow()

    def _take_over(self) -> None:
        """Take over what a round has left."""
        name = current_round(self.project)
        if name is None or name == self.sight.model.name:
            return
        try:
            model = newest(self.project, self.registry)
        except CheckpointError:
            if current_round(self.project) == name:
                raise
            return  # The next round was faster.
        self.looking = Looking(model, self.pictures, self.classes)
        self._live = None
        self.sight = replace(self.sight, model=model, view=self.looking.view)
        self._show()

    def _update(self) -> None:
        """Tell what the labels say of everything else, if they changed."""
        step, labels = self.store.standing().id, self.labels()
        if not self.spread.update(labels, step):
            return
        self._show(moved=False)
        truth, told = self.pictures.truth, self.spread.told
        if truth is None or told is None:
            return
        judged = (labels < 0) & (truth >= 0)
        if judged.any():
            right = (told.argmax(1).numpy() == truth)[judged].mean()
            measure = Measure(int((labels >= 0).sum()), float(right), "propagated")
            self._kept(lambda: self.growth.add(measure))

    def _follow(self) -> None:
        """Show what a round under way makes of some pictures, and the model again after it."""
        live = read_live(self.project, self._live)
        if live is not None:
            self._live = live.stamp
            if self.looking.overlay(live, told=self.sight.told.how != "propagated"):
                self._show()
        elif not is_live(self.project) and self.looking.settle():
            self._show()

    def _kept(self, work: Callable[[], bool | None]) -> bool:
        """Do what ends with writing a file that can be made again: no harm if it cannot be."""
        try:
            return bool(work())
        except OSError as error:
            LOG.warning("Label project %s: %s", self.project.id, error)
            return True

    def _require_open(self) -> None:
        if self._closed.is_set():
            raise _Closed


def step_back() -> None:
    """Let this thread, and those that torch starts for it, wait for whoever answers a page."""
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
