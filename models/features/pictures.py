"""What feature networks look at: pictures of one size, as bytes or as fractions."""

from __future__ import annotations

import torch
from torch import Tensor

from models.preprocessing import to_unit

__all__ = ["FeatureError", "require_pictures", "unit"]


class FeatureError(ValueError):
    """A feature network cannot be used; the message says why."""


def unit(pictures: Tensor) -> Tensor:
    """Return pictures, uint8 or float in [0, 1], as float32 in [0, 1]."""
    return to_unit(pictures) if pictures.dtype == torch.uint8 else pictures.float()


def require_pictures(pictures: Tensor, shape: tuple[int, int, int]) -> None:
    """Refuse anything but pictures [B, *shape].

    Raises:
        FeatureError: They are something else.
    """
    if pictures.dim() != 4 or tuple(pictures.shape[1:]) != shape:
        raise FeatureError(
            f"These features are of pictures [B, {', '.join(map(str, shape))}], "
            f"not {list(pictures.shape)}."
        )
