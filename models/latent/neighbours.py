"""The search for the nearest codes: by a tree in few dimensions, among all of them in more.

Shapes: N codes, D latent dimensions, B codes asked about, k neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

__all__ = ["Neighbours"]

_FEW = 8
"""Dimensions up to which a tree is faster than a look at every code."""
_MANY = 1000
"""Questions at once that are worth a thread for each core."""
_SPARE = 16
_AT_ONCE = 2**22
_FAR = 1e4


class Neighbours:
    """Finds the nearest of some codes.

    In many dimensions a tree looks at every code nevertheless, one by one. There, all are ranked by
    |x|^2 - 2 z x, one product of matrices in float32, and the distances of the first k + 16 are
    computed and ranked anew without its rounding.

    Args:
        codes_ND: float32 [N, D], finite, on the CPU.
    """

    def __init__(self, codes_ND: Tensor) -> None:
        self.codes = codes_ND
        self._tree = _tree(codes_ND) if codes_ND.shape[1] <= _FEW else None
        # Around their middle the squares are small, and so is what rounding does to them.
        self._middle = codes_ND.double().mean(0).float()
        self._centred = codes_ND - self._middle if self._tree is None else codes_ND[:0]
        self._squares = self._centred.square().sum(1)

    def nearest(self, z_BD: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """The k nearest codes, the nearest first.

        Args:
            z_BD: Finite, float [B, D].
            k: From 1 to N.

        Returns:
            Rows, int64 [B, k], and distances, float32 [B, k].
        """
        z = z_BD.detach().cpu()
        if self._tree is not None:
            # A list of ranks keeps the axis of neighbours when there is only one.
            workers = -1 if len(z) >= _MANY else 1
            distances, rows = self._tree.query(z.numpy(), k=np.arange(1, k + 1), workers=workers)
            return torch.from_numpy(rows.astype(np.int64)), torch.from_numpy(distances).float()
        parts = z.split(max(1, _AT_ONCE // len(self.codes)))
        found = [self._among_all(part, k) for part in parts] or [self._among_all(z, k)]
        return torch.cat([rows for rows, _ in found]), torch.cat([far for _, far in found])

    def _among_all(self, z_BD: Tensor, k: int) -> tuple[Tensor, Tensor]:
        ranks = torch.addmm(self._squares, self._ranked(z_BD), self._centred.T, alpha=-2)
        candidates = min(k + _SPARE, len(self.codes))
        rows = ranks.topk(candidates, dim=1, largest=False).indices
        exact = (self.codes[rows].double() - z_BD.double().unsqueeze(1)).norm(dim=2)
        order = exact.argsort(dim=1, stable=True)[:, :k]
        return rows.gather(1, order), exact.gather(1, order).float()

    def _ranked(self, z_BD: Tensor) -> Tensor:
        """The same codes around the middle, pulled in to where float32 can tell them apart.

        Of codes seen from very far away, only the direction decides which is the nearest.
        """
        away = z_BD.double() - self._middle.double()
        most = _FAR * (float(self._squares.max()) ** 0.5 + 1e-30)
        return (away * (most / away.norm(dim=1, keepdim=True).clamp(min=most))).float()


def _tree(codes_ND: Tensor) -> cKDTree:
    # Not at the top: a studio answers its first page before anybody asks about neighbours.
    from scipy.spatial import cKDTree

    return cKDTree(codes_ND.numpy())
