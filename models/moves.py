"""Whether a moved face shows what it was moved towards, charged in nats per example.

    charge = weight * (softplus(1 - q) + softplus(q - 4)) + texture(x)
    x = decode(z + s t d_a),  q = s guide_a(x)

with d_a the mean code of those with the attribute a less that of those without, a one of the main
attributes, drawn anew for each picture, s = 1 where the picture lacks it and -1 where it has it,
and t drawn from [0.8, 1.4]. Too much is charged for as well, or spectacles become sunglasses, and
so are the dots that a decoder draws with its shuffled pixels because the guide's features ask for
something fine there (`texture`). The gradient goes to the decoder alone: codes stay where the
bound wants them, and what lies where a rare attribute leads is learned from a guide, as too few
pictures tell. As a generator learns from a classifier of attributes in StarGAN (Choi et al.,
2018), arXiv 1711.09020.

Shapes: B pictures, A attributes of the data, D latent dimensions, R moved pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.augment import shifted
from models.features import AttributeNetwork, FeatureError, load_features
from models.latent.attributes import MAIN
from models.share import WHOLE, Share
from models.vae import VAE

if TYPE_CHECKING:
    # The trainer imports this module.
    from models.training.config import TrainingConfig

__all__ = ["AttributeMoves", "make_moves", "texture"]

EVERY = 4
"""Of so many pictures one is moved, which counts for all."""
STRENGTHS = 0.8, 1.4
ENOUGH = 4.0
"""Logit above which a guide is surer than need be."""
TEXTURES = (2, 8, 1500.0), (4, 32, 600.0)
"""Of each pattern the pixels after which it repeats, those of the window in which it is looked for,
and its weight."""
SHIFT = 2
"""Pixels by which moved pictures are shifted at most, so that no single ones persuade the guide."""
MEMORY = 0.998
"""What is left of a mean code with each further example of its side."""


class AttributeMoves(nn.Module):
    """Moves codes along differences of means and asks a guide what it sees.

    Args:
        guide: A classifier of attributes; it is not trained further.
        columns: Of each attribute to move along, its column in the data and in the guide's answers.
        attributes: A.
        latent_dim: D.
        weight: Nats for a guide that is undecided, times 1.3.
    """

    def __init__(
        self,
        guide: AttributeNetwork,
        columns: Sequence[tuple[int, int]],
        attributes: int,
        latent_dim: int,
        weight: float,
    ) -> None:
        super().__init__()
        self.guide = guide
        self.weight = weight
        self.columns: Tensor
        self.means: Tensor
        self.seen: Tensor
        self.register_buffer("columns", torch.tensor(columns))
        self.register_buffer("means", torch.zeros(2, attributes, latent_dim))
        self.register_buffer("seen", torch.zeros(2, attributes))

    def forward(
        self,
        model: VAE,
        mu_BD: Tensor,
        z_BD: Tensor,
        attributes_BA: Tensor,
        generator: torch.Generator | None = None,
        share: Share = WHOLE,
    ) -> Tensor:
        """Return the charge [B]; the mean codes come to know the batch."""
        self._remember(mu_BD.detach(), attributes_BA, share)
        device, count = z_BD.device, len(self.columns)

        def draw(rows: int) -> Tensor:
            return torch.rand(rows, 2, generator=generator, device=device)

        drawn_B2 = share.draw(draw, len(z_BD))
        rows_R = torch.arange(0, len(z_BD), EVERY, device=device)
        which_R = (drawn_B2[rows_R, 0] * count).long().clamp(max=count - 1)
        in_data_R, in_guide_R = self.columns[which_R].unbind(1)
        truth_R = attributes_BA[rows_R, in_data_R]
        towards_R = torch.where(truth_R == 1, -1.0, 1.0)
        low, high = STRENGTHS
        strengths_R = towards_R * (low + (high - low) * drawn_B2[rows_R, 1])
        apart_RD = (self.means[1] - self.means[0])[in_data_R]
        moved_RD = z_BD.detach()[rows_R] + strengths_R.unsqueeze(1) * apart_RD
        pictures = model.likelihood.expectation(model.decode_parameters(moved_RD)).clamp(-0.1, 1.1)
        answers_RA = self.guide(shifted(pictures, SHIFT, generator))
        answers_R = answers_RA.gather(1, in_guide_R.unsqueeze(1)).squeeze(1)
        # Nothing is known of the sides of an attribute until both were seen.
        counts = (truth_R >= 0) & (self.seen[:, in_data_R] > 0).all(0)
        sure_R = towards_R * answers_R
        charges_R = self.weight * (F.softplus(1 - sure_R) + F.softplus(sure_R - ENOUGH))
        charges_R = (charges_R + texture(pictures)) * counts
        scale = len(z_BD) / len(rows_R)
        return mu_BD.new_zeros(len(mu_BD)).index_add(0, rows_R, scale * charges_R)

    @torch.no_grad()
    def _remember(self, mu_BD: Tensor, attributes_BA: Tensor, share: Share) -> None:
        sides_2BA = torch.stack([attributes_BA == 0, attributes_BA == 1]).to(mu_BD.dtype)
        sums_2AD, counts_2A = sides_2BA.mT @ mu_BD, sides_2BA.sum(1)
        if share.add_up is not None:
            sums_2AD, counts_2A = share.add_up(sums_2AD), share.add_up(counts_2A)
        left_2A = MEMORY**counts_2A
        # A mean of what was seen, of which what is longer ago counts for less.
        weights_2A = self.seen * left_2A + (1 - left_2A)
        batch_2AD = sums_2AD / counts_2A.clamp(min=1).unsqueeze(2)
        gain_2A = ((1 - left_2A) / weights_2A.clamp(min=1e-12)).unsqueeze(2)
        self.means.copy_(torch.lerp(self.means, batch_2AD, gain_2A))
        self.seen.copy_(weights_2A)


def texture(x_BCHW: Tensor) -> Tensor:
    """Return what regular dots in pictures cost, [B].

    Each `TEXTURES` is a wave along both diagonals, a checkerboard that repeats after so many
    pixels. What counts is its squared amplitude in windows that are wide enough for edges and
    hair to cancel out.
    """
    rows, channels, height, width = x_BCHW.shape
    total = x_BCHW.new_zeros(rows, dtype=torch.float32)
    with torch.autocast(x_BCHW.device.type, enabled=False):
        for period, window, weight in TEXTURES:
            n_W = torch.arange(window, device=x_BCHW.device)
            fade_W = torch.hann_window(window, device=x_BCHW.device) * 2 / window
            turns = 2 * torch.pi / period
            phases_2WW = turns * torch.stack([n_W[:, None] + n_W, n_W[:, None] - n_W])
            waves_KWW = torch.cat([phases_2WW.cos(), phases_2WW.sin()]) * fade_W.outer(fade_W)
            planes = x_BCHW.float().reshape(rows * channels, 1, height, width)
            found = F.conv2d(planes, waves_KWW.unsqueeze(1), stride=window // 4)
            energy_B = found.square().sum(1).reshape(rows, -1).mean(1)
            total = total + weight * channels * height * width * energy_B
    return total


def make_moves(
    config: TrainingConfig, names: Sequence[str], latent_dim: int
) -> AttributeMoves | None:
    """Return what a training asks of moved faces, or None.

    Args:
        config: Its `guide` and `attribute_weight`.
        names: The data's attributes.
        latent_dim: D.

    Raises:
        FeatureError: There is no such guide, or it knows none of the main attributes.
    """
    if not config.attribute_weight:
        return None
    found = load_features(f"{config.guide}-guide")
    if found is None or not isinstance(found[0], AttributeNetwork):
        raise FeatureError(f"There is no guide named {config.guide!r:.80} to look at moved faces.")
    told = found[1].attributes
    shown = [name for name in MAIN if name in names and name in told]
    if not shown:
        raise FeatureError(
            f"attribute_weight moves faces along {', '.join(MAIN)}, of which the data has none; "
            "set it to 0."
        )
    columns = [(list(names).index(name), told.index(name)) for name in shown]
    return AttributeMoves(found[0], columns, len(names), latent_dim, config.attribute_weight)
