"""Noise that a seed gives on every machine, whatever is drawn beside it.

The generators of torch and numpy draw other normal numbers with another version, processor or
count. Here the number in row i and column d depends on the seed, i and d alone: a grid of 64
samples begins with the grid of 9, and a latent of 16 dimensions with that of 8.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

__all__ = ["MOST_SEED", "normals", "uniforms"]

MOST_SEED = 2**63 - 1


def uniforms(seed: int, rows: int, columns: int, *, stream: int = 0) -> np.ndarray:
    """Return numbers from the open interval (0, 1), float64 [rows, columns].

    Philox is a counter behind a mixer, and its bits are the same everywhere: Parallel Random
    Numbers: As Easy as 1, 2, 3 (Salmon et al., 2011).

    Args:
        seed: From 0 to 2^63 - 1.
        rows: How many samples.
        columns: Numbers a sample.
        stream: Another one gives independent numbers for the same seed.

    Raises:
        ValueError: The seed is out of range.
    """
    if not 0 <= seed <= MOST_SEED:
        raise ValueError(f"A seed must be a whole number from 0 to 2^63 - 1, not {seed}.")
    bits = np.empty((rows, columns), dtype=np.uint64)
    for row in range(rows):
        bits[row] = np.random.Philox(key=seed, counter=[0, row, stream, 0]).random_raw(columns)
    # With 52 bits the half step keeps both ends out; with 53 it would round up to 1.
    return ((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def normals(seed: int, rows: int, columns: int, *, stream: int = 0) -> Tensor:
    """Return draws from N(0, 1), float32 [rows, columns]: `uniforms` through the quantiles.

    Raises:
        ValueError: The seed is out of range.
    """
    from scipy.special import ndtri

    return torch.from_numpy(ndtri(uniforms(seed, rows, columns, stream=stream))).float()
