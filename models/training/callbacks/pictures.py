"""What a model makes of its latent space while it learns: samples, and where examples go."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models.atomic import write_file
from models.preprocessing import to_unit
from models.training.callbacks.base import Callback

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["LatentMap", "Samples", "tile"]

UNLABELLED = 255
GAP = 2
GAP_GREY = 0.15


class Samples(Callback):
    """A grid of decoded draws from the prior an epoch; the draws are the same in every epoch.

    Args:
        folder: Where `epoch-0001.png` and so on go.
        side: Pictures along each side of the grid.
    """

    def __init__(self, folder: Path, side: int = 8) -> None:
        self.folder = folder
        self.side = side

    @torch.inference_mode()
    def on_epoch_end(self, trainer: Trainer) -> None:
        """Draw the grid, where examples are pictures."""
        model = trainer.kept_model()
        if len(model.config.shape) != 3:
            return
        draws = torch.Generator().manual_seed(trainer.config.seed)
        images = model.sample(self.side**2, draws)
        self.folder.mkdir(exist_ok=True)
        name = f"epoch-{trainer.history[-1].epoch:04d}.png"
        write_file(self.folder / name, _png(tile(images, self.side)))


class LatentMap(Callback):
    """Where a model of two dimensions puts some training examples, as a small file.

    Args:
        path: The `.npz`: `codes` float32 [n, 2], `labels` uint8 [n], `step`.
        count: How many examples.
        every: Least seconds between two files.
    """

    def __init__(self, path: Path, count: int = 2000, every: float = 2.0) -> None:
        self.path = path
        self.count = count
        self.every = every
        self._written = -every

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Encode the examples, if the last time is a while ago."""
        if time.monotonic() - self._written >= self.every:
            self._write(trainer)

    def on_train_end(self, trainer: Trainer) -> None:
        """Encode them as they are in the end."""
        if trainer.history:
            self._write(trainer)

    @torch.inference_mode()
    def _write(self, trainer: Trainer) -> None:
        model, split = trainer.kept_model(), trainer.train_split
        if model.config.latent_dim != 2 or split is None:
            return
        rows = torch.linspace(0, len(split) - 1, min(self.count, len(split))).long()
        some = split.take(rows.to(split.images.device))
        codes = model.encode(to_unit(some.images)).mu.cpu().numpy()
        labels = some.labels.cpu().numpy()
        content = io.BytesIO()
        np.savez(
            content,
            codes=codes.astype(np.float32),
            labels=np.where((labels < 0) | (labels > 254), UNLABELLED, labels).astype(np.uint8),
            step=np.int64(trainer.progress.step),
        )
        write_file(self.path, content.getvalue())
        self._written = time.monotonic()


def tile(images: Tensor, columns: int) -> Tensor:
    """Return pictures [N, C, H, W] in [0, 1] as one of uint8 [height, width, C], with gaps."""
    count, channels = images.shape[:2]
    height, width = (side + GAP for side in images.shape[2:])
    rows = -(-count // columns)
    sheet = torch.full((rows * columns, channels, height, width), GAP_GREY)
    sheet[:count, :, GAP:, GAP:] = images.cpu()
    grid = sheet.view(rows, columns, channels, height, width).permute(0, 3, 1, 4, 2)
    whole = grid.reshape(rows * height, columns * width, channels)[GAP:, GAP:]
    return whole.clamp(0, 1).mul(255).round().to(torch.uint8)


def _png(pixels: Tensor) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels.squeeze(2).numpy()).save(content, "PNG")
    return content.getvalue()
