"""The baseline: a VAE trained the way tutorials do it.

A `DataLoader` of single items, a transform per item, a plain convolutional network of 1.3 million
parameters with transposed convolutions, Adam at a constant 1e-3, the last weights.
"""

from __future__ import annotations

from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from models.data import Split
from models.data.vision import import_torchvision
from models.losses import Bernoulli, Likelihood, Loss
from models.posterior import Posterior
from models.preprocessing import Binarise

__all__ = ["ItemDataset", "TutorialVAE", "tutorial_loader"]


class ItemDataset(TorchDataset[Tensor]):
    """One example at a time: array to picture to tensor, and to a draw of its pixels.

    Args:
        split: Pictures, uint8 [N, C, H, W], or rows of a table, float32 [N, columns].
        binarise: "dynamic" draws every pixel; anything else leaves the grey values.
    """

    def __init__(self, split: Split, binarise: Binarise = "dynamic") -> None:
        transforms: Any = import_torchvision().transforms
        self.rows = split.images if split.images.is_floating_point() else None
        images = split.images
        if self.rows is None:
            images = images[:, 0] if images.shape[1] == 1 else images.permute(0, 2, 3, 1)
        self.arrays = images.contiguous().numpy()
        drawn = [torch.bernoulli] if binarise == "dynamic" else []
        self.transform = transforms.Compose([transforms.ToTensor(), *drawn])

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.arrays)

    def __getitem__(self, index: int) -> Tensor:
        """Return one example [C, H, W] or [columns]."""
        if self.rows is not None:
            return self.rows[index]
        example: Tensor = self.transform(Image.fromarray(self.arrays[index]))
        return example


def tutorial_loader(split: Split, binarise: Binarise = "dynamic") -> DataLoader[Tensor]:
    """Return batches of 128 shuffled single items."""
    return DataLoader(ItemDataset(split, binarise), batch_size=128, shuffle=True)


class TutorialVAE(nn.Module):
    """Strided convolutions down, transposed ones up, two latents, ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 32, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 7 * 7, 192),
            nn.ReLU(),
            nn.Linear(192, 4),
        )
        self.decoder = nn.Sequential(
            nn.Linear(2, 192),
            nn.ReLU(),
            nn.Linear(192, 64 * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (64, 7, 7)),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
        )
        self.likelihood: Likelihood = Bernoulli()

    def loss(self, x: Tensor, generator: torch.Generator | None = None) -> Loss:
        """Return the negative ELBO of a batch [B, 1, 28, 28]."""
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        posterior = Posterior(mu, logvar)
        logits = self.decoder(posterior.sample(generator))
        reconstruction = -self.likelihood.log_prob(logits, x).mean()
        kl_D = posterior.kl().mean(0)
        return Loss(reconstruction + kl_D.sum(), reconstruction, kl_D.sum(), kl_D)
