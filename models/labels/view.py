"""What a model makes of a project's pictures, in memory and as a file.

Shapes: M pictures, D latent dimensions, F features, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from models.atomic import write_file
from models.semi.graph import Graph
from models.semi.outputs import Outputs

__all__ = ["View", "read_graph", "read_view", "view_bytes", "write_graph", "write_view"]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What there is of a model's outputs; `xy` is NaN for pictures that it has not seen yet."""

    mu: Tensor
    """float32 [M, D]"""
    features: Tensor
    """float16 [M, F]"""
    probabilities: Tensor
    """float32 [M, K]"""
    xy: Tensor
    """float32 [M, 2]"""

    def __len__(self) -> int:
        return len(self.xy)

    @classmethod
    def of(cls, outputs: Outputs) -> View:
        """Return the outputs for all pictures as a view."""
        return cls(outputs.mu, outputs.features, outputs.probabilities, outputs.xy)

    @classmethod
    def begun(cls, first: Outputs, count: int) -> View:
        """Return an empty view of `count` pictures, of the sizes of some outputs."""
        return cls(
            torch.zeros(count, first.mu.shape[1]),
            torch.zeros(count, first.features.shape[1], dtype=torch.float16),
            torch.full((count, first.probabilities.shape[1]), 1 / first.probabilities.shape[1]),
            torch.full((count, 2), torch.nan),
        )

    @property
    def outputs(self) -> Outputs:
        """The same as outputs."""
        return Outputs(self.mu, self.features, self.probabilities, self.xy)

    def take(self, rows: Tensor) -> View:
        """Return the view of the pictures at `rows` (int64 [n])."""
        return View(self.mu[rows], self.features[rows], self.probabilities[rows], self.xy[rows])

    def fill(self, rows: Tensor, outputs: Outputs) -> None:
        """Put in the outputs for the pictures at `rows` (int64 [n])."""
        for part in fields(self):
            getattr(self, part.name)[rows] = getattr(outputs, part.name)


def write_view(path: Path, view: View) -> None:
    """Write a view's file, whole or not at all."""
    write_file(path, view_bytes(view))


def view_bytes(view: View) -> bytes:
    """Return the content of a view's file."""
    parts = {part.name: getattr(view, part.name).contiguous() for part in fields(view)}
    return safetensors.torch.save(parts)


def read_view(path: Path, count: int, classes: int) -> View | None:
    """Return the view in a file, if there is one that is whole and of so many pictures."""
    tensors = _read(path)
    try:
        view = View(**tensors) if tensors else None
    except TypeError:
        return None
    if view is None or any(len(getattr(view, part.name)) != count for part in fields(view)):
        return None
    fits = view.xy.shape == (count, 2) and view.probabilities.shape == (count, classes)
    return view if fits else None


def write_graph(path: Path, graph: Graph) -> None:
    """Write a graph's file, whole or not at all."""
    write_file(path, safetensors.torch.save(graph.to_tensors()))


def read_graph(path: Path, count: int) -> Graph | None:
    """Return the graph in a file, if there is one that is whole and of so many pictures."""
    tensors = _read(path)
    try:
        graph = Graph.from_tensors(tensors) if tensors else None
    except ValueError:
        return None
    return graph if graph is not None and len(graph) == count else None


def _read(path: Path) -> dict[str, Tensor]:
    """Return a file's tensors; nothing of one that is absent or damaged."""
    try:
        return dict(safetensors.torch.load(path.read_bytes()))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return {}
