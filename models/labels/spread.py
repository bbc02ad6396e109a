"""What a project's labels say about all its pictures, told from neighbour to neighbour.

Shapes: M pictures, K classes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.labels.looking import Looking
from models.labels.view import read_graph, write_graph
from models.semi.graph import Graph, build_graph

__all__ = ["Spread"]


class Spread:
    """The graph of a project's pictures, and what the labels come to on it.

    Args:
        classes: K.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.graph: Graph | None = None
        self.share = 0.0
        """How much of the graph is found"""
        self.told: Tensor | None = None
        """float32 [M, K]; None where there are no labels yet"""
        self._of = ""
        self._step: int | None = None

    def find(self, looking: Looking, check: Callable[[], None]) -> None:
        """Find the neighbours as a model sees them: in its file, or anew.

        Args:
            looking: The model's view of all pictures.
            check: Called now and then; may raise to break off.

        Raises:
            OSError: The graph cannot be written; it is there all the same.
        """
        newest, count = looking.newest, len(looking.pictures)
        if self._of == newest.name or count < 2:
            return
        graph = read_graph(newest.graph_file, count)
        if graph is not None:
            self._take(graph, newest.name)
            return

        def note(share: float) -> None:
            self.share = share
            check()

        graph = build_graph(looking.view.features, progress=note)
        self._take(graph, newest.name)
        write_graph(newest.graph_file, graph)

    def _take(self, graph: Graph, name: str) -> None:
        self.graph, self._of, self.share = graph, name, 1.0
        self.told = self._step = None

    def update(self, labels: NDArray[np.int16], step: int) -> bool:
        """Tell everything from the labels, unless that is done for their step.

        Args:
            labels: [M]; -1 is none.
            step: Which labels they are.

        Returns:
            Whether something new is told.
        """
        if self.graph is None or step == self._step:
            return False
        told = None
        if (labels >= 0).any():
            given = torch.from_numpy(labels.astype(np.int64))
            told = self.graph.propagate(given, self.classes)
        self.told, self._step = told, step
        return True
