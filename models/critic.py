"""What a likelihood of single pixels forgives, blur above all, charged in nats per example.

    charge = guide_weight * (sum_stages mean ((f(x) - f(y)) / s)^2 + 2 mean ((a(x) - a(y)) / s)^2)
             + ssim_weight * (1 - SSIM(x, y))

f are the maps of a classifier trained here, a its answers (logits), s the standard deviations of
each. Deep Feature
Consistent Variational Autoencoder (Hou et al., 2016), arXiv 1610.00291; Loss Functions for Neural
Networks for Image Processing (Zhao et al., 2015), arXiv 1511.08861.

Shapes: B pictures, C colours, H height, W width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from models.features import AttributeNetwork, FeatureError, load_features
from models.ssim import coarse_ssim

if TYPE_CHECKING:
    # The trainer imports this module.
    from models.training.config import TrainingConfig

__all__ = ["PictureCritic", "make_critic"]

ANSWERS = 2.0
"""What the answers count for, beside a stage of maps."""


class PictureCritic(nn.Module):
    """Compares reconstructions with pictures.

    Args:
        guide: In whose features they are compared; it is not trained further.
        guide_weight: Nats for each unit of squared difference in them.
        ssim_weight: Nats for a structural similarity of 0.
    """

    def __init__(
        self,
        guide: AttributeNetwork | None = None,
        guide_weight: float = 0.0,
        ssim_weight: float = 0.0,
    ) -> None:
        super().__init__()
        self.guide = guide
        self.guide_weight = guide_weight
        self.ssim_weight = ssim_weight

    def forward(self, reconstructed_BCHW: Tensor, x_BCHW: Tensor) -> Tensor:
        """Return the charge [B], 0 where both are the same."""
        charge = x_BCHW.new_zeros(len(x_BCHW))
        if self.guide is not None:
            # The guide costs as much as a small model: while training it sees every other picture,
            # each of which counts for two.
            every = 2 if self.training and len(x_BCHW) > 1 else 1
            apart = self._estrangement(reconstructed_BCHW[::every], x_BCHW[::every])
            weight = self.guide_weight * len(x_BCHW) / len(apart)
            seen = torch.arange(0, len(x_BCHW), every, device=x_BCHW.device)
            charge = charge.index_add(0, seen, weight * apart)
        if self.ssim_weight:
            with torch.autocast(x_BCHW.device.type, enabled=False):
                alike = coarse_ssim(reconstructed_BCHW.float(), x_BCHW)
            charge = charge + self.ssim_weight * (1 - alike)
        return charge

    def _estrangement(self, y_BCHW: Tensor, x_BCHW: Tensor) -> Tensor:
        """Return how differently both impress the guide [B]."""
        assert self.guide is not None
        # Both at once would take the gradient through the pictures too.
        with torch.no_grad():
            wanted = self.guide.impressions(x_BCHW)
        found = self.guide.impressions(y_BCHW)
        means = [(a - b).square().flatten(1).mean(1) for a, b in zip(found, wanted, strict=True)]
        return torch.stack(means[:-1]).sum(0) + ANSWERS * means[-1]


def make_critic(config: TrainingConfig, shape: tuple[int, ...]) -> PictureCritic | None:
    """Return what a training asks for on top of its likelihood, or None.

    Args:
        config: Its `guide`, `guide_weight` and `ssim_weight`.
        shape: Shape of one example.

    Raises:
        FeatureError: There is no such guide, or it does not look at such examples.
    """
    if not (config.guide or config.ssim_weight):
        return None
    if len(shape) != 3 or min(shape[1:]) < 8:
        raise FeatureError(
            f"guide and ssim_weight compare pictures of 8 x 8 pixels or more, not {shape}."
        )
    if not config.guide:
        return PictureCritic(ssim_weight=config.ssim_weight)
    found = load_features(f"{config.guide}-guide")
    if found is None or not isinstance(found[0], AttributeNetwork):
        raise FeatureError(
            f"There is no guide named {config.guide!r:.80}; leave guide empty and set "
            "guide_weight to 0, or train it: python -m models features NAME."
        )
    if shape[0] not in (1, 3) or shape[1:] != (64, 64):
        raise FeatureError(f"The guide looks at pictures of 64 x 64, not {shape}.")
    return PictureCritic(found[0], config.guide_weight, config.ssim_weight)
