"""What a latent may cost in a training: the KL, a capacity, or terms of total correlation."""

from models.training.latent.config import LatentConfig

__all__ = ["LatentConfig"]
