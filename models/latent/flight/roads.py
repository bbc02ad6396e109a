"""Roads: ways through latent space that keep to where the data is.

Shapes: N encoded codes, M nodes, E edges, D latent dimensions, P points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.latent.density import Density
from models.latent.flight.path import FlightPath, evenly_spaced
from models.latent.neighbours import Neighbours

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Roads"]

_NODES = 6000
_NEIGHBOURS = 12
_POWER = 2.0
_SMOOTHING = 0.04
_POINTS = 256
_FEW = 4


class Roads:
    """A graph over a sample of the encoded codes whose edges are cheap where data is dense.

    An edge between neighbours a and b costs

        |a - b| (d_k((a + b) / 2) / median d_k)^power,

    with d_k the distance to the k-th nearest code, of all in up to four dimensions and of the nodes
    in more, so that a detour through a dense region is shorter than a jump over a hole. The
    shortest path is the discrete form of a geodesic of a metric that grows away from the data
    (Latent Space Oddity, Arvanitidis et al., 2018, arXiv 1710.11379), found in milliseconds.

    Args:
        density: Of the encoded codes, all of them.
        nodes: How many of them are nodes; drawn by `seed`.
        neighbours: Edges from each node to its nearest ones.
        power: 0 asks for the shortest way along the graph, more for a denser one.
        seed: Draws the nodes.
    """

    def __init__(
        self,
        density: Density,
        *,
        nodes: int = _NODES,
        neighbours: int = _NEIGHBOURS,
        power: float = _POWER,
        seed: int = 0,
    ) -> None:
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randperm(len(density.codes), generator=generator)[:nodes]
        self.nodes = density.codes[drawn.sort().values]
        self._near = Neighbours(self.nodes)
        edges_E2 = _connected(self._near, neighbours)
        ends = self.nodes[edges_E2[:, 0]], self.nodes[edges_E2[:, 1]]
        # In ten dimensions a search among all codes takes a minute, among the nodes a few seconds.
        among = density if self.nodes.shape[1] <= _FEW else Density.from_codes(self.nodes)
        loneliness = among.distance((ends[0] + ends[1]) / 2)
        usual = float(among.calibration.median()) or 1.0
        costs = (ends[0] - ends[1]).norm(dim=1) * (loneliness / usual) ** power
        # scipy takes an edge of no cost for no edge.
        self._graph = _symmetric(edges_E2, costs.double().numpy() + 1e-9, len(self.nodes))

    def follow(self, a_D: Tensor, b_D: Tensor, speed: float = 1.0) -> FlightPath:
        """The way from one code to another that keeps to the data, smoothed.

        Args:
            a_D: Beginning, float [D]; joined to the nearest node.
            b_D: End, float [D].
            speed: Latent units per second.

        Raises:
            ValueError: A code has another number of dimensions or is not finite.
        """
        ends = torch.stack([_fitting(a_D, self.nodes), _fitting(b_D, self.nodes)])
        first, last = self._near.nearest(ends, 1)[0].flatten().tolist()
        way = self.nodes[self._shortest(first, last)]
        corners = torch.cat([ends[:1], way, ends[1:]])
        return FlightPath.even("follow", _smoothed(corners), speed)

    def _shortest(self, first: int, last: int) -> list[int]:
        from scipy.sparse.csgraph import dijkstra

        _, before = dijkstra(self._graph, indices=first, return_predecessors=True)
        way = [last]
        while way[-1] != first:
            way.append(int(before[way[-1]]))
        return way[::-1]


def _smoothed(corners_CD: Tensor) -> Tensor:
    """Round the corners of a way by a Gaussian along it; its ends stay."""
    from scipy.ndimage import gaussian_filter1d

    even = evenly_spaced(corners_CD.double(), _POINTS).numpy()
    # Mirrored through its ends, so that they are where they were.
    mirrored = np.concatenate([2 * even[:1] - even[:0:-1], even, 2 * even[-1:] - even[-2::-1]])
    smooth = gaussian_filter1d(mirrored, _SMOOTHING * _POINTS, axis=0)[
        _POINTS - 1 : 2 * _POINTS - 1
    ]
    smooth[0], smooth[-1] = even[0], even[-1]
    return evenly_spaced(torch.from_numpy(smooth), _POINTS).float()


def _connected(near: Neighbours, neighbours: int) -> NDArray[Any]:
    """Edges [E, 2] to the nearest neighbours, and the shortest ones that join separate parts."""
    from scipy.sparse.csgraph import connected_components

    nodes_MD = near.codes.numpy()
    count = min(neighbours + 1, len(nodes_MD))
    nearest = near.nearest(near.codes, count)[0][:, 1:].numpy()
    rows = np.repeat(np.arange(len(nodes_MD)), nearest.shape[1])
    edges = np.stack([rows, nearest.ravel()], axis=1)
    while True:
        graph = _symmetric(edges, np.ones(len(edges)), len(nodes_MD))
        parts, part_of = connected_components(graph, directed=False)
        if parts == 1:
            return np.unique(np.sort(edges, axis=1), axis=0)
        edges = np.concatenate([edges, _bridges(nodes_MD, part_of)])


def _bridges(nodes_MD: NDArray[Any], part_of_M: NDArray[Any]) -> NDArray[Any]:
    """For every part but the largest, its shortest edge to any other."""
    sizes = np.bincount(part_of_M)
    bridges = []
    for part in np.flatnonzero(np.arange(len(sizes)) != sizes.argmax()):
        inside, outside = np.flatnonzero(part_of_M == part), np.flatnonzero(part_of_M != part)
        others = Neighbours(torch.from_numpy(nodes_MD[outside]))
        found, distances = others.nearest(torch.from_numpy(nodes_MD[inside]), 1)
        nearest = int(distances.argmin())
        bridges.append((inside[nearest], outside[int(found[nearest])]))
    return np.array(bridges)


def _symmetric(edges_E2: NDArray[Any], costs_E: NDArray[Any], count: int) -> csr_matrix:
    """The cost matrix of edges that go both ways; the least cost where one is named twice."""
    from scipy.sparse import coo_matrix

    both = np.concatenate([edges_E2, edges_E2[:, ::-1]])
    pairs, first = np.unique(both, axis=0, return_index=True)
    costs = np.concatenate([costs_E, costs_E])[first]
    return coo_matrix((costs, pairs.T), shape=(count, count)).tocsr()


def _fitting(z_D: Tensor, nodes_MD: Tensor) -> Tensor:
    if z_D.shape != nodes_MD.shape[1:] or not bool(z_D.isfinite().all()):
        raise ValueError(f"A way leads between finite codes of {nodes_MD.shape[1]} numbers.")
    return z_D.detach().float().cpu()
