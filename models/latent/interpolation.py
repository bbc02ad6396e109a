"""Ways from one code to another, and how evenly they go.

Shapes: T steps, D latent dimensions.
"""

from typing import Literal

import torch
from torch import Tensor

__all__ = [
    "PathKind",
    "image_steps",
    "lerp",
    "move_towards",
    "path",
    "retime",
    "slerp",
    "step_lengths",
]

PathKind = Literal["linear", "spherical"]

# Below this sine of the angle (in float64, for float32 codes) the plane of rotation is noise.
_PARALLEL = 1e-6


def lerp(a_D: Tensor, b_D: Tensor, t_T: Tensor) -> Tensor:
    """Linear interpolation, `(1 - t) a + t b`, exact at both ends.

    Args:
        a_D: Start, float [D].
        b_D: End, float [D].
        t_T: Positions, 0 at `a_D` and 1 at `b_D`; float [T].

    Returns:
        float [T, D].
    """
    return torch.lerp(a_D, b_D, t_T.unsqueeze(-1))


def slerp(a_D: Tensor, b_D: Tensor, t_T: Tensor) -> Tensor:
    """Spherical interpolation: the direction turns at a constant rate, the norm changes linearly.

    With omega the angle between a and b, and p the unit vector perpendicular to a in their plane,

        slerp(t) = ((1 - t) |a| + t |b|) (cos(t omega) a/|a| + sin(t omega) p).

    A straight line between two draws from a high-dimensional Gaussian passes where almost no draw
    lies; this way keeps the norms it starts and ends with (Sampling Generative Networks, White,
    2016, arXiv 1609.04468). Parallel codes and codes at the origin have no plane of rotation and
    are joined by a line; opposite codes turn through a perpendicular that depends on `a_D` alone.

    Args:
        a_D: Start, float [D].
        b_D: End, float [D].
        t_T: Positions, 0 at `a_D` and 1 at `b_D`; float [T].

    Returns:
        float [T, D].
    """
    a, b, t = a_D.double(), b_D.double(), t_T.double().unsqueeze(-1)
    norm_a, norm_b = _length(a), _length(b)
    if norm_a == 0 or norm_b == 0:
        return lerp(a_D, b_D, t_T)
    unit_a, unit_b = a / norm_a, b / norm_b
    cosine = unit_a @ unit_b
    across = unit_b - cosine * unit_a
    sine = _length(across)
    if sine < _PARALLEL:
        if cosine > 0 or len(a) == 1:
            return lerp(a_D, b_D, t_T)
        across = _perpendicular(unit_a)
    angle = torch.atan2(sine, cosine)
    turned = torch.cos(t * angle) * unit_a + torch.sin(t * angle) * across / _length(across)
    return (torch.lerp(norm_a, norm_b, t) * turned).to(a_D.dtype)


def path(a_D: Tensor, b_D: Tensor, steps: int, kind: PathKind = "linear") -> Tensor:
    """`steps` codes from `a_D` to `b_D`, both included, evenly spaced in t.

    Returns:
        float [steps, D].

    Raises:
        ValueError: Fewer than two steps, or an unknown kind.
    """
    if steps < 2:
        raise ValueError(f"A path of {steps} steps has no two ends; ask for at least 2.")
    if kind not in ("linear", "spherical"):
        raise ValueError(f"There is no path {kind!r}; choose linear or spherical.")
    t_T = torch.linspace(0, 1, steps, dtype=a_D.dtype, device=a_D.device)
    return (lerp if kind == "linear" else slerp)(a_D, b_D, t_T)


def move_towards(z: Tensor, target: Tensor, fraction: float) -> Tensor:
    """The point `fraction` of the way from `z` to `target`; same shapes, 1 arrives exactly."""
    return torch.lerp(z, target, fraction)


def step_lengths(codes_TD: Tensor) -> Tensor:
    """Euclidean length of every step of a path; float [T - 1]."""
    return _length(codes_TD.diff(dim=0))


def image_steps(images: Tensor) -> Tensor:
    """How much the picture changes at every step: the L2 norm of the pixel difference.

    Args:
        images: Pictures along a path, float in [0, 1] or uint8, [T, ...].

    Returns:
        float [T - 1], in the units of pixels in [0, 1].
    """
    unit = images.float() / 255 if images.dtype == torch.uint8 else images
    return _length(unit.flatten(1).diff(dim=0))


def retime(codes_TD: Tensor, lengths: Tensor) -> Tensor:
    """Move the codes along their own polyline until every step has the same length.

    With `step_lengths` the speed becomes even in latent space; with `image_steps` it becomes even
    for the eye, to the accuracy with which the picture changes linearly within a step.

    Args:
        codes_TD: The path, float [T, D].
        lengths: Length of each step in any unit, not negative; float [T - 1].

    Returns:
        float [T, D] with the same ends.

    Raises:
        ValueError: `lengths` are not T - 1 finite numbers of at least 0.
    """
    steps = len(codes_TD)
    if lengths.shape != (steps - 1,) or not bool((lengths.isfinite() & (lengths >= 0)).all()):
        raise ValueError(f"A path of {steps} codes needs {steps - 1} finite lengths of at least 0.")
    travelled = torch.cat([lengths.new_zeros(1), lengths]).double().cumsum(0)
    if travelled[-1] == 0:
        return codes_TD.clone()
    wanted = torch.linspace(0, 1, steps, dtype=torch.float64, device=lengths.device) * travelled[-1]
    # `right` puts a position into the step that begins there, past any steps of no length.
    step = (torch.searchsorted(travelled, wanted, right=True) - 1).clamp(0, steps - 2)
    span = (travelled[step + 1] - travelled[step]).clamp(min=torch.finfo(torch.float64).tiny)
    fraction = ((wanted - travelled[step]) / span).clamp(0, 1).to(codes_TD.dtype)
    retimed = torch.lerp(codes_TD[step], codes_TD[step + 1], fraction.unsqueeze(-1))
    retimed[[0, -1]] = codes_TD[[0, -1]]
    return retimed


def _length(vectors: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(vectors, dim=-1)
    return length


def _perpendicular(unit_D: Tensor) -> Tensor:
    """A vector perpendicular to `unit_D`, from the axis that it leans on least."""
    axis = torch.zeros_like(unit_D)
    axis[int(unit_D.abs().argmin())] = 1
    return axis - (axis @ unit_D) * unit_D
