"""Small made worlds to fly in: an atlas with a hole, and a decoder that changes unevenly."""

import torch

from models.latent import Atlas

NAMES = ("north", "east", "south", "absent")


def ring_atlas(rows=1500, dimensions=3, seed=0):
    """Three classes on three quarters of a thick ring: dense along it, nothing in the middle."""
    generator = torch.Generator().manual_seed(seed)
    share = torch.rand(rows, generator=generator)
    angle = share * 1.5 * torch.pi
    codes = 0.25 * torch.randn(rows, dimensions, generator=generator)
    codes[:, 0] += 3 * angle.cos()
    codes[:, 1] += 3 * angle.sin()
    labels = (share * 3).long().clamp(max=2)
    images = torch.zeros(rows, 1, 2, 2, dtype=torch.uint8)
    return Atlas.build(codes, labels, images, NAMES, thumbnails=10)


def decode(z):
    """Pictures [T, 1, 4, 4] that change several times as fast in some places as in others."""
    waves = torch.stack([z[:, 0], z[:, 1], z.sum(1), 3 * torch.tanh(2 * z[:, 0])], dim=1)
    phases = torch.arange(4.0)
    return torch.sigmoid((waves.unsqueeze(2) + phases).sin().mul(2)).unsqueeze(1)


def decode_nothing(z):
    """A model that ignores its latent."""
    return torch.full((len(z), 1, 4, 4), 0.5)
