"""What a round under way makes of some of the pictures, for the map: one small file.

Shapes: n pictures shown, M pictures, K classes.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from models.atomic import write_file
from models.labels.project import Project
from models.labels.view import View
from models.preprocessing import Binarise
from models.semi.layout import fit_chart
from models.semi.outputs import look
from models.ssvae import SSVAE
from models.training.callbacks import Callback
from models.training.trainer import Trainer

__all__ = ["Live", "LiveView", "end_live", "read_live"]

LOG = logging.getLogger("models.runs")
FILE = "live.safetensors"
MOST = 12_000
"""Pictures that are looked at after an epoch"""


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """One moment of a round."""

    rows: Tensor
    """int64 [n], the pictures"""
    xy: Tensor
    """float32 [n, 2]"""
    probabilities: Tensor
    """float32 [n, K]"""
    base: str
    """The model that the round began from"""
    stamp: int
    """When it was written, in nanoseconds"""


def read_live(project: Project, since: int | None) -> Live | None:
    """Return what a round shows now, if it is newer than what was read last."""
    path = project.folder / FILE
    try:
        stamp = path.stat().st_mtime_ns
        if stamp == since:
            return None
        with safe_open(path, "pt") as file:
            base = (file.metadata() or {}).get("base", "")
            rows, xy, told = (file.get_tensor(n) for n in ("rows", "xy", "probabilities"))
        alike = rows.dim() == 1 and len(rows) == len(xy) == len(told) > 0
        return Live(rows, xy, told, base, stamp) if alike else None
    except (OSError, SafetensorError, ValueError):
        return None


def is_live(project: Project) -> bool:
    """Whether a round shows something."""
    return (project.folder / FILE).exists()


def end_live(project: Project) -> None:
    """Show no round any more."""
    with suppress(OSError):
        (project.folder / FILE).unlink(missing_ok=True)


class LiveView(Callback):
    """Writes where some pictures lie, and which class they are told, after each epoch.

    Args:
        project: Whose folder it goes into.
        base: The model that the round began from.
        images: uint8 [M, C, H, W].
        before: What the model made of them when the round began, if that is known.
        binarise: How images are prepared.
    """

    def __init__(
        self, project: Project, base: str, images: Tensor, before: View | None, binarise: Binarise
    ) -> None:
        self.project = project
        self.base = base
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
        self.rows = order[:MOST].sort().values
        self.images = images[self.rows]
        self.xy = None if before is None else before.xy[self.rows]
        self.binarise = binarise

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Look at the pictures."""
        model = trainer.kept_model()
        if not isinstance(model, SSVAE):
            return
        found = look(model, self.images, binarise=self.binarise)
        xy = found.xy
        if model.config.latent_dim > 2:
            if self.xy is None:
                return  # There is no map yet that they could move on.
            xy = self.xy = fit_chart(model, found.features.float(), self.xy, tsne=False)
        if not self.project.folder.is_dir():
            return
        tensors = {"rows": self.rows, "xy": xy, "probabilities": found.probabilities}
        data = safetensors.torch.save(
            {name: t.detach().contiguous() for name, t in tensors.items()}, {"base": self.base}
        )
        write_file(self.project.folder / FILE, data)
