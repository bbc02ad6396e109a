"""The three directions of a latent space in which a ship flies.

Shapes: N points, D latent dimensions; x is a point of the frame, z a code.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

__all__ = ["Frame"]

DEPTH = 3
_EXACT = 1e-4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frame:
    """Three directions of latent space and where they lie: z = origin + x axes.

    Raises:
        ValueError: The axes are not three perpendicular unit vectors, or the origin does not fit.
    """

    origin: Tensor
    """float32 [D], the code at x = 0"""
    axes: Tensor
    """float32 [3, D], perpendicular unit vectors"""
    names: tuple[str, str, str]
    """What the axes are called, the first from left to right, the second upwards"""

    def __post_init__(self) -> None:
        if self.axes.shape != (DEPTH, *self.origin.shape) or not bool(self.origin.isfinite().all()):
            raise ValueError(
                f"A frame needs a finite origin [D] and axes [3, D], not {list(self.origin.shape)} "
                f"and {list(self.axes.shape)}."
            )
        if not torch.allclose(self.axes @ self.axes.T, torch.eye(DEPTH), atol=_EXACT):
            raise ValueError("A frame needs three perpendicular axes of length 1.")

    @classmethod
    def along(cls, codes_ND: Tensor, dimensions: tuple[int, int, int] = (0, 1, 2)) -> "Frame":
        """The space of three latent dimensions; x are their values themselves.

        A model of three dimensions flown along (0, 1, 2) has x = z.

        Args:
            codes_ND: Encoded codes; the other dimensions stay at their mean.
            dimensions: Three different ones, counted from 0.

        Raises:
            ValueError: There are fewer than three dimensions, or not these.
        """
        size = _require_depth(codes_ND)
        if len(set(dimensions)) != DEPTH or not all(0 <= d < size for d in dimensions):
            raise ValueError(
                f"dimensions={dimensions} must be three different ones from 0 to {size - 1}."
            )
        rest = codes_ND.mean(0).float()
        rest[list(dimensions)] = 0
        first, second, third = (f"z{d + 1}" for d in dimensions)
        axes = torch.eye(size)[list(dimensions)]
        return cls(origin=rest, axes=axes, names=(first, second, third))

    @classmethod
    def principal(cls, codes_ND: Tensor) -> "Frame":
        """The space of the first three principal axes, with x = 0 at the mean of the codes.

        Raises:
            ValueError: There are fewer than three dimensions.
        """
        size = _require_depth(codes_ND)
        codes = codes_ND.double()
        variances, vectors = torch.linalg.eigh(codes.T.cov().reshape(size, size))
        axes = vectors.T.flip(0)[:DEPTH]
        # Eigenvectors have no sign of their own: the largest part of each is made positive.
        largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
        axes = axes * torch.where(largest < 0, -1.0, 1.0)
        shares = 100 * variances.flip(0)[:DEPTH] / variances.sum().clamp(min=1e-30)
        first, second, third = (f"PC {i} ({s:.0f} %)" for i, s in enumerate(shares.tolist(), 1))
        return cls(origin=codes.mean(0).float(), axes=axes.float(), names=(first, second, third))

    def through(self, z_D: Tensor) -> "Frame":
        """The same frame, moved sideways until it holds `z_D`; no x of a code changes.

        A path may lead out of the frame. Moved through the code where it is left, the frame lets
        the ship go on from there without a jump of the picture.
        """
        z = _fitting(z_D, len(self.origin)).float()
        sideways = z - self.to_latent(self.from_latent(z))
        return replace(self, origin=self.origin + sideways)

    def to_latent(self, x_N3: Tensor) -> Tensor:
        """The codes at points of the frame: float [..., 3] to [..., D]."""
        return self.origin + x_N3 @ self.axes

    def from_latent(self, z_ND: Tensor) -> Tensor:
        """The nearest points of the frame to codes: float [..., D] to [..., 3]."""
        return (z_ND - self.origin) @ self.axes.T


def _require_depth(codes_ND: Tensor) -> int:
    """Return D.

    Two dimensions are refused rather than given a third of nothing: in that, every pitch and every
    climb would change the ship and leave the picture as it is.
    """
    if codes_ND.dim() != 2 or codes_ND.shape[1] < DEPTH:
        raise ValueError(
            f"Flying takes at least {DEPTH} latent dimensions, and these codes are "
            f"{list(codes_ND.shape)}; a model of fewer is seen whole on a flat map."
        )
    return codes_ND.shape[1]


def _fitting(z_D: Tensor, size: int) -> Tensor:
    if z_D.shape != (size,) or not bool(z_D.isfinite().all()):
        raise ValueError(
            f"The frame needs a finite code of {size} numbers, not {z_D.tolist()!s:.80}."
        )
    return z_D
