"""Grids of codes whose pictures show a whole region of latent space at once.

Every grid is row-major as a picture is read: the first row has the largest y, x grows along a row.
"""

import torch
from torch import Tensor

__all__ = ["blend", "linear_grid", "neighbourhood", "plane", "prior_grid", "span", "traversal"]


def linear_grid(
    x_range: tuple[float, float], y_range: tuple[float, float], nx: int, ny: int
) -> Tensor:
    """Evenly spaced codes of a 2-D latent space, ends included.

    Args:
        x_range: Left and right end.
        y_range: Bottom and top end.
        nx: Columns; a single one lies in the middle of `x_range`.
        ny: Rows; a single one lies in the middle of `y_range`.

    Returns:
        float32 [ny * nx, 2].

    Raises:
        ValueError: `nx` or `ny` is below 1.
    """
    return _rows_from_top(_axis(*x_range, nx), _axis(*y_range, ny))


def prior_grid(n: int) -> Tensor:
    """Codes at the (i + 0.5) / n quantiles of N(0, 1) along both axes.

    Every one stands for the same share of the prior, 1 / n^2 (figure 4 of Auto-Encoding Variational
    Bayes, Kingma and Welling, 2013, arXiv 1312.6114).

    Returns:
        float32 [n * n, 2].

    Raises:
        ValueError: `n` is below 1.
    """
    shares = (torch.arange(_count(n), dtype=torch.float64) + 0.5) / n
    quantiles = torch.special.ndtri(shares).float()
    return _rows_from_top(quantiles, quantiles)


def neighbourhood(z_D: Tensor, n: int, step: float, axes: tuple[int, int] = (0, 1)) -> Tensor:
    """An n x n grid of codes around `z_D` in the plane of two latent axes.

    Args:
        z_D: The centre, float [D]; with an odd `n` it is itself the middle code.
        n: Codes along each side.
        step: Distance between neighbours.
        axes: The axes that change along a row and from row to row.

    Returns:
        float [n * n, D].

    Raises:
        ValueError: `n` is below 1, or `axes` are not two different axes of `z_D`.
    """
    across, up = _axes_of(z_D, axes)
    offsets = (torch.arange(_count(n), dtype=z_D.dtype) - (n - 1) / 2) * step
    codes = z_D.repeat(n * n, 1)
    codes[:, [across, up]] += _rows_from_top(offsets, offsets).to(z_D)
    return codes


def traversal(z_D: Tensor, dimension: int, ends: tuple[float, float], count: int) -> Tensor:
    """Copies of `z_D` in which one dimension goes evenly from one end to the other.

    Args:
        z_D: Where the others are held, float [D].
        dimension: The one that is swept.
        ends: Its first and last value.
        count: Codes; a single one lies in the middle.

    Returns:
        float [count, D].

    Raises:
        ValueError: `count` is below 1, or there is no such dimension.
    """
    if not 0 <= dimension < len(z_D):
        raise ValueError(f"There is no dimension {dimension}; choose 0 to {len(z_D) - 1}.")
    codes = z_D.repeat(_count(count), 1)
    codes[:, dimension] = _axis(*ends, count).to(z_D)
    return codes


def plane(
    z_D: Tensor,
    axes: tuple[int, int],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    nx: int,
    ny: int,
) -> Tensor:
    """Copies of `z_D` in which two dimensions take the values of a `linear_grid`.

    Args:
        z_D: Where the others are held, float [D].
        axes: The dimensions that change along a row and from row to row.
        x_range: Left and right end.
        y_range: Bottom and top end.
        nx: Columns.
        ny: Rows.

    Returns:
        float [ny * nx, D].

    Raises:
        ValueError: `nx` or `ny` is below 1, or `axes` are not two different axes of `z_D`.
    """
    grid = linear_grid(x_range, y_range, nx, ny)
    codes = z_D.repeat(len(grid), 1)
    codes[:, list(_axes_of(z_D, axes))] = grid.to(z_D)
    return codes


def span(z_D: Tensor, across_D: Tensor, up_D: Tensor, x_values: Tensor, y_values: Tensor) -> Tensor:
    """Copies of `z_D` moved along two directions: z + x across + y up.

    Args:
        z_D: Where x and y are 0, float [D].
        across_D: One step to the right, such as an attribute's.
        up_D: One step upwards.
        x_values: Steps of the columns, from the left; float [nx].
        y_values: Steps of the rows, from the bottom; float [ny].

    Returns:
        float [ny * nx, D].

    Raises:
        ValueError: There is no column or no row.
    """
    _count(len(x_values))
    _count(len(y_values))
    steps = _rows_from_top(x_values, y_values).to(z_D)
    return z_D + steps @ torch.stack([across_D, up_D]).to(z_D)


def blend(corners_4D: Tensor, nx: int, ny: int) -> Tensor:
    """Bilinear blends of four codes.

    Args:
        corners_4D: Upper left, upper right, lower left and lower right; float [4, D].
        nx: Columns, the corners' included.
        ny: Rows.

    Returns:
        float [ny * nx, D], the corners themselves in the corners.

    Raises:
        ValueError: There are not four codes, or `nx` or `ny` is below 2.
    """
    if corners_4D.dim() != 2 or len(corners_4D) != 4:
        raise ValueError(f"A blend needs four codes [4, D], not {list(corners_4D.shape)}.")
    if min(nx, ny) < 2:
        raise ValueError(f"A blend of four corners has at least 2 x 2 codes, not {nx} x {ny}.")
    right = torch.linspace(0, 1, nx).to(corners_4D).repeat(ny).unsqueeze(1)
    down = torch.linspace(0, 1, ny).to(corners_4D).repeat_interleave(nx).unsqueeze(1)
    upper = torch.lerp(corners_4D[0], corners_4D[1], right)
    lower = torch.lerp(corners_4D[2], corners_4D[3], right)
    return torch.lerp(upper, lower, down)


def _axes_of(z_D: Tensor, axes: tuple[int, int]) -> tuple[int, int]:
    across, up = axes
    if across == up or not (0 <= across < len(z_D) and 0 <= up < len(z_D)):
        raise ValueError(f"axes={axes} must be two different axes from 0 to {len(z_D) - 1}.")
    return axes


def _axis(low: float, high: float, count: int) -> Tensor:
    if _count(count) == 1:
        return torch.tensor([(low + high) / 2])
    return torch.linspace(low, high, count)


def _count(n: int) -> int:
    if n < 1:
        raise ValueError(f"A grid of {n} codes along a side is empty; ask for at least 1.")
    return n


def _rows_from_top(x: Tensor, y: Tensor) -> Tensor:
    rows, columns = torch.meshgrid(y.flip(0), x, indexing="ij")
    return torch.stack([columns, rows], dim=-1).flatten(0, 1)
