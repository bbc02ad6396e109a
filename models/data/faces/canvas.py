"""Painting many pictures at once with signed distances: one shape, a thousand faces.

A distance is negative inside a shape. What lies within half a pixel of the outline is covered in
part, so that outlines are antialiased without a finer raster; the raster is still twice as fine as
the pictures, for lines thinner than a pixel.

Shapes: B faces, H and W of the raster.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = [
    "Canvas",
    "arc",
    "capsule",
    "disc",
    "ellipse",
    "glow",
    "join",
    "meet",
    "rotated",
    "rounded_box",
]

FINER = 2
REACH = 0.89
"""Half a side of the picture; the head is about 1 wide"""
MIDDLE = -0.03
"""The height of the picture's middle"""


class Canvas:
    """B pictures in colour and the coordinates of their pixels: x to the right, y downwards.

    Args:
        paint: float32 [B, 3, H, W] in [0, 1], painted in place.
        x: float32, broadcast to [B, H, W].
        y: The same.
        pixel: Side of a pixel of the raster.
        place: The rows and columns of the whole raster that `paint` is.
    """

    def __init__(
        self, paint: Tensor, x: Tensor, y: Tensor, pixel: float, place: tuple[slice, slice]
    ) -> None:
        self.paint = paint
        self.x = x
        self.y = y
        self.pixel = pixel
        self.place = place

    @classmethod
    def blank(cls, count: int, size: int) -> Canvas:
        """Black canvases for `count` pictures of `size` pixels a side."""
        raster = FINER * size
        pixel = 2 * REACH / raster
        axis = (torch.arange(raster, dtype=torch.float32) + 0.5) * pixel - REACH
        return cls(
            torch.zeros(count, 3, raster, raster),
            axis.expand(1, raster, raster),
            (axis + MIDDLE).unsqueeze(1).expand(1, raster, raster),
            pixel,
            (slice(raster), slice(raster)),
        )

    def window(self, left: float, top: float, right: float, bottom: float) -> Canvas:
        """The part of the canvas within these bounds, for shapes that lie there on every face."""
        size = self.paint.shape[-1]

        def pixels(low: float, high: float) -> slice:
            first, last = (round((end / REACH + 1) / 2 * size) for end in (low, high))
            return slice(max(0, first), min(size, last))

        place = rows, columns = pixels(top - MIDDLE, bottom - MIDDLE), pixels(left, right)
        return Canvas(
            self.paint[..., rows, columns],
            self.x[..., rows, columns],
            self.y[..., rows, columns],
            self.pixel,
            place,
        )

    def within(self, field: Tensor) -> Tensor:
        """The part of a field over the whole raster, [B, H, W], that lies in this window."""
        rows, columns = self.place
        return field[..., rows, columns]

    def moved(self, x: Tensor, y: Tensor) -> Canvas:
        """The same paint under other coordinates."""
        return Canvas(self.paint, x, y, self.pixel, self.place)

    def cover(self, distance: Tensor, softness: float = 0.0) -> Tensor:
        """How much of each pixel lies inside, in [0, 1]; the edge may be softer than a pixel."""
        return (0.5 - distance / (self.pixel + softness)).clamp_(0, 1)

    def lay(self, colour: Tensor, cover: Tensor) -> None:
        """Paint a colour, [B, 3, 1, 1] or of every pixel, where it covers."""
        self.paint.lerp_(colour.expand_as(self.paint), cover.unsqueeze(1).expand_as(self.paint))

    def fill(self, colour: Tensor, distance: Tensor, opacity: Tensor | float = 1.0) -> None:
        """Paint the inside of a shape."""
        self.lay(colour, self.cover(distance) * opacity)

    def pictures(self) -> Tensor:
        """The pictures, uint8 [B, 3, size, size]."""
        fine = self.paint
        coarse = (
            fine[..., ::2, ::2]
            + fine[..., 1::2, ::2]
            + fine[..., ::2, 1::2]
            + fine[..., 1::2, 1::2]
        )
        return coarse.mul_(255 / FINER**2).round_().clamp_(0, 255).to(torch.uint8)


def rotated(x: Tensor, y: Tensor, angle: Tensor, pivot_y: float) -> tuple[Tensor, Tensor]:
    """Coordinates in a frame that is turned clockwise by `angle` about (0, `pivot_y`)."""
    cos, sin, down = angle.cos(), angle.sin(), y - pivot_y
    return cos * x + sin * down, cos * down - sin * x + pivot_y


def disc(x: Tensor, y: Tensor, radius: Tensor | float) -> Tensor:
    """Distance to a disc around the origin."""
    return (x * x + y * y).sqrt_() - radius


def ellipse(x: Tensor, y: Tensor, rx: Tensor | float, ry: Tensor | float) -> Tensor:
    """Distance to an ellipse around the origin, exact to first order at its outline."""
    u, v = x / rx, y / ry
    k0 = (u * u + v * v).add_(1e-6).sqrt_()
    u, v = u / rx, v / ry
    k1 = (u * u + v * v).add_(1e-6).sqrt_()
    return (k0 - 1).mul_(k0).div_(k1)


def rounded_box(
    x: Tensor, y: Tensor, rx: Tensor | float, ry: Tensor | float, corner: Tensor | float
) -> Tensor:
    """Distance to a box of half sides rx and ry with round corners."""
    u, v = x.abs() - (rx - corner), y.abs() - (ry - corner)
    outside = (u.clamp(min=0).square_() + v.clamp(min=0).square_()).sqrt_()
    return outside + torch.maximum(u, v).clamp_(max=0) - corner


def capsule(
    x: Tensor, y: Tensor, dx: Tensor | float, dy: Tensor | float, radius: Tensor | float
) -> Tensor:
    """Distance to a line with round ends, from the origin to (dx, dy)."""
    along = ((x * dx + y * dy) / (dx * dx + dy * dy)).clamp_(0, 1)
    return disc(x - along * dx, y - along * dy, radius)


def arc(
    x: Tensor,
    y: Tensor,
    reach: Tensor | float,
    rise: Tensor | float,
    thickness: Tensor | float,
    slant: Tensor | float = 0.0,
) -> Tensor:
    """Distance to a brush stroke that thins out at both ends.

    Its middle is at the origin, its ends at x = -reach and reach, `rise` higher up than the middle
    (lower if negative); `slant` lifts the right end and lowers the left.
    """
    u = x / reach
    height = -rise * u * u - slant * u
    slope = (2 * rise * u + slant) / reach
    width = (1 - u * u).clamp_(min=0).sqrt_() * thickness
    across = (y - height).abs_() / (1 + slope * slope).sqrt()
    beyond = (x.abs() - reach).clamp_(min=0)
    return across - width + beyond + 0.004


def glow(x: Tensor, y: Tensor, rx: Tensor | float, ry: Tensor | float) -> Tensor:
    """A soft spot: 1 at the origin, exp(-1) on the ellipse."""
    u, v = x / rx, y / ry
    return (u * u + v * v).neg_().exp_()


def join(a: Tensor, b: Tensor, melt: Tensor | float) -> Tensor:
    """Distance to either of two shapes, melted together over a length."""
    near = (melt - (a - b).abs()).clamp_(min=0)
    return torch.minimum(a, b) - near * near / (4 * melt)


def meet(a: Tensor, b: Tensor, melt: Tensor | float) -> Tensor:
    """Distance to what lies in both of two shapes, with a soft corner."""
    near = (melt - (a - b).abs()).clamp_(min=0)
    return torch.maximum(a, b) + near * near / (4 * melt)
