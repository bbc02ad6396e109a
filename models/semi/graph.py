"""The graph of nearest neighbours, and what a few labels say about everything else on it.

Poisson Learning: Graph Based Semi-Supervised Learning at Very Low Label Rates (Calder et al.,
2020), arXiv 2006.11184: every label is a source of its class and the potentials u solve

    (D - W + e D) u = sum_l (y_l / n(y_l) - mean) delta_l

with W the weights of the graph, D their row sums and n(c) the labels of class c. The small e keeps
parts of the graph that no edge joins apart. A bias of each class then makes the classes seen
equally large, as in the paper's volume constraint.

Shapes: N examples, M others, F features, k neighbours, K classes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from models.training.devices import bf16_is_fast

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["Attachment", "Graph", "Method", "attach", "build_graph"]

Method = Literal["poisson", "label"]
Progress = Callable[[float], None]

_AT_ONCE = 2000
_SPARE = 24
_CARRIED = 10
_KEPT = 1 / 400
"""The e of the equation: how fast what a label says fades with the steps from it."""
_LOCAL = 0.01
_STEPS = 300
_CLOSE = 1e-3
_SHARPNESS = 3.0
_BALANCING = 200
_EVEN = 1e-3


@dataclass(frozen=True, eq=False)
class Graph:
    """Every example's nearest neighbours and how near they are.

    Args:
        rows: int32 [N, k], the nearest first, never the example itself.
        weights: float32 [N, k] in (0, 1].
    """

    rows: Tensor
    weights: Tensor

    def __len__(self) -> int:
        """Return N."""
        return len(self.rows)

    def to_tensors(self) -> dict[str, Tensor]:
        """Return what a file keeps of the graph."""
        return {"graph.rows": self.rows, "graph.weights": self.weights}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Graph:
        """Read a graph back.

        Raises:
            ValueError: If the tensors are not those of a graph.
        """
        rows, weights = tensors.get("graph.rows"), tensors.get("graph.weights")
        if rows is None or weights is None:
            raise ValueError("There is no graph in this file.")
        if rows.ndim != 2 or rows.shape != weights.shape:
            raise ValueError("The rows and weights of the graph do not belong together.")
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(rows):
            raise ValueError("The graph names examples that it does not have.")
        return cls(rows.int(), weights.float())

    def propagate(
        self,
        labels: Tensor,
        classes: int,
        *,
        method: Method = "poisson",
        prior: Tensor | None = None,
    ) -> Tensor:
        """Return what a few labels say about every example, float32 [N, K], rows summing to 1.

        Only classes that have a label get any mass; a labelled example gets its own label. Without
        any label nothing is known, and every class is as likely.

        Args:
            labels: Integers [N], -1 where there is no label.
            classes: K.
            method: "poisson", or "label": Learning with Local and Global Consistency (Zhou et al.,
                2003).
            prior: The share of each class, [K]; None makes those seen equally large.
        """
        given = labels.cpu().long()
        held = (given >= 0).nonzero()[:, 0]
        seen, column = given[held].unique(return_inverse=True)
        if not len(seen):
            return torch.full((len(self), classes), 1 / classes)
        result = torch.zeros(len(self), classes)
        if len(seen) == 1:
            result[:, seen] = 1
            return result
        sources = torch.zeros(len(self), len(seen))
        sources[held, column] = 1
        sources /= sources.sum(0)
        potentials = self._poisson(sources, held) if method == "poisson" else self._local(sources)
        shares = torch.ones(len(seen)) if prior is None else prior[seen].float()
        result[:, seen] = _balanced(potentials, shares / shares.sum())
        result[held] = one_hot(given[held], classes).float()
        return result

    @cached_property
    def edges(self) -> sparse.csr_matrix:
        """The weights W [N, N]: symmetric, an edge being there if either end has it."""
        from scipy import sparse

        count, k = self.rows.shape
        of = np.repeat(np.arange(count, dtype=np.int32), k)
        edges = sparse.csr_matrix(
            (self.weights.flatten().numpy(), (of, self.rows.flatten().numpy())), (count, count)
        )
        return edges.maximum(edges.T).tocsr()

    @cached_property
    def _degrees(self) -> Tensor:
        """D [N, 1]."""
        sums = np.asarray(self.edges.sum(1), np.float32)
        return torch.from_numpy(sums).view(-1, 1).clamp(min=1e-12)

    @cached_property
    def _normalised(self) -> Tensor:
        """S = D^-1/2 W D^-1/2, sparse: scipy's products would hold up every other thread."""
        from scipy import sparse

        root = sparse.diags(self._degrees[:, 0].rsqrt().numpy())
        found = (root @ self.edges @ root).tocsr().astype(np.float32)
        starts = torch.from_numpy(found.indptr.astype(np.int32))
        columns = torch.from_numpy(found.indices.astype(np.int32))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # That such tensors are in beta state.
            return torch.sparse_csr_tensor(
                starts, columns, torch.from_numpy(found.data), found.shape
            )

    def _poisson(self, sources: Tensor, held: Tensor) -> Tensor:
        sources[held] -= sources[held].mean(0)
        root = self._degrees.sqrt()
        u = self._solve(sources / root, _KEPT) / root
        u -= (self._degrees * u).sum(0) / self._degrees.sum()
        return u * (_SHARPNESS / u.std(correction=0).clamp(min=1e-12))

    def _local(self, sources: Tensor) -> Tensor:
        return self._solve(sources, _LOCAL).clamp(min=1e-12).log()

    def _solve(self, b: Tensor, kept: float) -> Tensor:
        """Solve (I - S + kept I) v = b for every column, by conjugate gradients."""
        v, r, p = torch.zeros_like(b), b.clone(), b.clone()
        left = r.square().sum(0)
        enough = _CLOSE**2 * left
        for _ in range(_STEPS):
            if bool((left <= enough).all()):
                break
            moved = (1 + kept) * p - self._normalised @ p
            step = left / (p * moved).sum(0).clamp(min=1e-30)
            v.addcmul_(step, p)
            r.addcmul_(step, moved, value=-1)
            now = r.square().sum(0)
            p.mul_(now / left.clamp(min=1e-30)).add_(r)
            left = now
        return v


def build_graph(features: Tensor, k: int = 12, *, progress: Progress | None = None) -> Graph:
    """Return the graph of the k examples whose features point most nearly the same way.

    An edge weighs exp(-4 d^2 / d_k^2) with d_k the distance of the example's last neighbour.

    Args:
        features: [N, F].
        k: Neighbours of each example; all others, where there are fewer.
        progress: Told the share done.

    Raises:
        ValueError: If there are fewer than two examples.
    """
    if len(features) < 2:
        raise ValueError(f"A graph needs at least two examples, not {len(features)}.")
    asked = _directions(features, features)
    rows, squares = _nearest(asked, asked, min(k, len(asked) - 1), itself=False, progress=progress)
    return Graph(rows.int(), _nearness(squares))


@dataclass(frozen=True, slots=True, eq=False)
class Attachment:
    """Examples that are no part of a graph, hung onto its nearest ones.

    Args:
        rows: int32 [M, k].
        weights: float32 [M, k], rows summing to 1.
    """

    rows: Tensor
    weights: Tensor

    def carry(self, values: Tensor) -> Tensor:
        """Return the weighted mean [M, K] of the values [N, K] of the examples hung onto."""
        return (self.weights[:, :, None] * values[self.rows.long()]).sum(1)


def attach(features: Tensor, reference: Tensor, k: int = _CARRIED) -> Attachment:
    """Hang examples with features [M, F] onto the nearest of the reference's [N, F]."""
    asked, among = _directions(features, reference), _directions(reference, reference)
    rows, squares = _nearest(asked, among, min(k, len(among)), itself=True)
    weights = _nearness(squares)
    return Attachment(rows.int(), weights / weights.sum(1, keepdim=True))


def _directions(features: Tensor, around: Tensor) -> Tensor:
    return normalize(features.float() - around.float().mean(0))


def _nearness(squares: Tensor) -> Tensor:
    return (-4 * squares / squares[:, -1:].clamp(min=1e-9)).exp()


def _nearest(
    asked: Tensor, among: Tensor, k: int, *, itself: bool, progress: Progress | None = None
) -> tuple[Tensor, Tensor]:
    """The k nearest unit vectors: rows int64 [M, k] and squared distances [M, k]."""
    rough = torch.bfloat16 if bf16_is_fast(asked.device) else torch.float32
    others = among.to(rough).T
    rows, squares = [], []
    for begin in range(0, len(asked), _AT_ONCE):
        part = asked[begin : begin + _AT_ONCE]
        near = part.to(rough) @ others
        if not itself:
            here = torch.arange(len(part))
            near[here, begin + here] = -torch.inf
        some = near.topk(min(k + _SPARE, len(among) - (not itself)), dim=1).indices
        # The rough products only say who may be among the nearest.
        likeness = torch.einsum("bf,bkf->bk", part, among[some])
        best = likeness.topk(k, dim=1)
        rows.append(some.gather(1, best.indices))
        squares.append((2 - 2 * best.values).clamp(min=0))
        if progress is not None:
            progress((begin + len(part)) / len(asked))
    return torch.cat(rows), torch.cat(squares)


def _balanced(potentials: Tensor, shares: Tensor) -> Tensor:
    """Return softmax(potentials + bias) with the bias that gives each class its share."""
    high = potentials.T.contiguous()  # A softmax over columns is 18 times as fast.
    for _ in range(_BALANCING):
        p = high.softmax(0)
        off = (shares / p.mean(1).clamp(min=1e-12)).log()
        if float(off.abs().max()) < _EVEN:
            break
        high += off[:, None]
    return p.T
