"""What a model makes of a project's pictures, as it is looked at: a few thousand at a time.

Shapes: M pictures, F features, K classes.
"""

from __future__ import annotations

import threading
from dataclasses import replace

import torch
from torch import Tensor

from models.labels.live import Live
from models.labels.newest import Newest
from models.labels.pictures import Pictures
from models.labels.view import View, read_view, write_view
from models.semi.layout import project_2d
from models.semi.outputs import Outputs, look

__all__ = ["Looking"]

FIRST = 500
"""Pictures that the first map is drawn of: somebody waits for it; then twice as many each time"""
AT_ONCE = 3_000
LANDMARKS = 2500
FEWEST = 10


class Looking:
    """One model's view of the pictures, from its file or made here.

    Args:
        newest: The model.
        pictures: The pictures.
        classes: K.
    """

    def __init__(self, newest: Newest, pictures: Pictures, classes: int) -> None:
        self.newest = newest
        self.pictures = pictures
        self.classes = classes
        view = read_view(newest.view_file, len(pictures), classes)
        self.seen = 0 if view is None else len(view)
        """How many pictures lie on the map"""
        self.view = view or View.begun(self._look(pictures.images[:0]), len(pictures))
        self._order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
        self._plane: Tensor | None = None
        self._settled: tuple[Tensor, Tensor] | None = None
        self._arranging: threading.Thread | None = None
        self._arranged: Tensor | None = None

    @property
    def whole(self) -> bool:
        """Whether every picture lies on the map."""
        return self.seen == len(self.pictures)

    @property
    def charted(self) -> bool:
        """Whether the model has a map of its own."""
        charted = getattr(self.newest.model, "charted", None)
        own = charted is not None and bool(charted)
        return own or self.newest.model.config.latent_dim <= 2

    def look_on(self) -> None:
        """Look at some more pictures; after the last ones the view is kept as a file.

        Raises:
            OSError: The file cannot be written; the view is whole all the same.
        """
        rows = self._order[self.seen : max(FIRST, min(2 * self.seen, self.seen + AT_ONCE))]
        self.view.fill(rows, self._on_one_plane(self._look(self.pictures.images[rows])))
        self.seen += len(rows)
        if self.whole:
            write_view(self.newest.view_file, self.view)

    def _look(self, images: Tensor) -> Outputs:
        data = self.newest.data
        found = look(self.newest.model, images, binarise=data.binarise, classes=self.classes)
        if found.probabilities.shape[1] == self.classes:
            return found
        # It tells classes, but others than the project's.
        return replace(
            found, probabilities=torch.full((len(images), self.classes), 1 / self.classes)
        )

    def _on_one_plane(self, found: Outputs) -> Outputs:
        """Lay pictures on the plane of the first ones; otherwise each look has its own."""
        if self.charted:
            return found
        ones = torch.ones(len(found.xy), 1, dtype=torch.float64)
        x = torch.cat([found.features.double(), ones], dim=1)
        if self._plane is None:
            self._plane = torch.linalg.lstsq(x, found.xy.double(), driver="gelsd").solution
        return replace(found, xy=(x @ self._plane).float())

    def arrange(self) -> bool:
        """Draw a real map for a model that has none, in a thread of its own.

        Returns:
            Whether the map is another since the last call.

        Raises:
            OSError: The map cannot be written; it is drawn all the same.
        """
        if self.charted or not self.whole or len(self.pictures) < FEWEST:
            return False
        mark = self.newest.folder / "arranged"
        if self._arranging is None:
            if mark.exists():
                return False
            self._arranging = threading.Thread(target=self._arrange, daemon=True, name="map")
            self._arranging.start()
        if self._arranged is None or self._settled is not None:
            return False
        self.view.xy.copy_(self._arranged)
        self._arranged = None
        write_view(self.newest.view_file, self.view)
        mark.touch()
        return True

    def _arrange(self) -> None:
        xy = project_2d(self.view.features.float(), 0, most=LANDMARKS)
        self._arranged = xy / xy.std().clamp(min=1e-6)

    def overlay(self, live: Live, *, told: bool) -> bool:
        """Show what a round that began from this model makes of some pictures.

        Args:
            live: What it makes of them.
            told: Whether it tells classes, too.

        Returns:
            Whether it belongs to these pictures and this model.
        """
        view = self.view
        if live.base != self.newest.name or not self.whole or int(live.rows.max()) >= len(view):
            return False
        if self._settled is None:
            self._settled = view.xy.clone(), view.probabilities.clone()
        view.xy[live.rows] = live.xy
        if told and live.probabilities.shape[1] == self.classes:
            view.probabilities[live.rows] = live.probabilities
        return True

    def settle(self) -> bool:
        """Show the model itself again, and tell whether something else was shown."""
        if self._settled is None:
            return False
        for shown, own in zip((self.view.xy, self.view.probabilities), self._settled, strict=True):
            shown.copy_(own)
        self._settled = None
        return True
