"""The atlas: an encoded sample of the data that lets a screen work without the data set.

Shapes: N codes, D latent dimensions, M thumbnails, K classes, C channels, h height, w width.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from models.latent.classes import class_means, class_medoids
from models.latent.density import NEIGHBOURS, Density
from models.latent.flight.roads import Roads
from models.latent.sampling.aggregate import posterior_draws
from models.latent.sampling.mixture import Mixture
from models.latent.surroundings import Surroundings, prevailing

__all__ = ["Atlas", "balanced_first"]

_PADDING = 0.05
_MOST_CLASSES = 255
_MOST_LOGVAR = 32.0
_MOST_ROWS = 2**31 - 1
_MOST_NEIGHBOURS = 100


# No slots: `cached_property` keeps the search trees in the instance's dictionary.
@dataclass(frozen=True, kw_only=True, eq=False)
class Atlas:
    """Encoded codes with labels, small pictures of the first of them, and summaries of the classes.

    Raises:
        ValueError: The parts do not fit each other; the message names the one.
    """

    codes: Tensor
    """float32 [N, D]"""
    labels: Tensor
    """int16 [N]; -1 is unlabelled"""
    thumbnails: Tensor
    """uint8 [M, C, h, w] of the first M codes, M <= N"""
    means: Tensor
    """float32 [K, D]; a row of NaN for a class without codes"""
    medoids: Tensor
    """int64 [K], rows of `codes`; -1 for a class without codes"""
    calibration: Tensor
    """float32 [Q], the sorted distances of `Density`"""
    class_names: tuple[str, ...]
    neighbours: int = NEIGHBOURS
    """The k of `Density`"""
    logvar: Tensor | None = None
    """float16 [N, D], logarithms of the posterior variances; older atlases have none"""
    mixture: Mixture | None = None
    """A mixture fitted to draws from the posteriors, if it was asked for"""
    rows: Tensor | None = None
    """int32 [N], which examples of the data set these are, of a model that learned from labels"""
    given: Tensor | None = None
    """int16 [N], the labels that it learned from; -1 for the other examples"""

    def __post_init__(self) -> None:
        rows, classes = len(self.codes), len(self.class_names)
        nearest = min(rows - 1, _MOST_NEIGHBOURS)
        for name, fits, wanted in (
            ("codes", self.codes.dim() == 2 and rows >= 2, "float32 [N, D] with N at least 2"),
            ("codes", bool(self.codes.isfinite().all()), "finite"),
            ("labels", self.labels.shape == (rows,), f"int16 [{rows}]"),
            ("labels", _within(self.labels, -1, classes), f"from -1 to {classes - 1}"),
            ("class_names", classes <= _MOST_CLASSES, f"at most {_MOST_CLASSES}"),
            ("thumbnails", self.thumbnails.dim() == 4, "uint8 [M, C, h, w]"),
            ("thumbnails", len(self.thumbnails) <= rows, f"at most {rows}, one a code"),
            ("means", self.means.shape == (classes, *self.codes.shape[1:]), f"[{classes}, D]"),
            ("medoids", self.medoids.shape == (classes,), f"int64 [{classes}]"),
            ("medoids", _within(self.medoids, -1, rows), f"rows below {rows}, or -1"),
            ("calibration", self.calibration.dim() == 1, "float32 [Q]"),
            ("calibration", bool(self.calibration.isfinite().all()), "finite"),
            ("neighbours", 1 <= self.neighbours <= nearest, f"from 1 to {nearest}"),
            ("logvar", self._logvar_fits(), f"moderate, float16 {list(self.codes.shape)}"),
            ("rows", self._counts_fit(self.rows, torch.int32, _MOST_ROWS), f"int32 [{rows}]"),
            ("given", self._counts_fit(self.given, torch.int16, classes), f"int16 [{rows}]"),
            ("mixture", self._mixture_fits(), f"of {self.codes.shape[-1]} dimensions"),
            *(
                (name, getattr(self, name).dtype == dtype, str(dtype))
                for name, dtype in _DTYPES.items()
            ),
        ):
            if not fits:
                raise ValueError(f"The atlas is damaged: its {name} should be {wanted}.")

    def _logvar_fits(self) -> bool:
        if self.logvar is None:
            return True
        alike = self.logvar.dtype == torch.float16 and self.logvar.shape == self.codes.shape
        return alike and bool((self.logvar.abs() <= _MOST_LOGVAR).all())

    def _counts_fit(self, kept: Tensor | None, dtype: torch.dtype, end: int) -> bool:
        if kept is None:
            return True
        return kept.dtype == dtype and kept.shape == self.labels.shape and _within(kept, -1, end)

    def _mixture_fits(self) -> bool:
        return self.mixture is None or self.mixture.dimensions == self.codes.shape[-1]

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def build(
        cls,
        codes: Tensor,
        labels: Tensor,
        images: Tensor,
        class_names: tuple[str, ...],
        *,
        thumbnails: int = 2000,
        seed: int = 0,
        logvar: Tensor | None = None,
        rows: Tensor | None = None,
        given: Tensor | None = None,
    ) -> "Atlas":
        """Make an atlas of encoded pictures.

        The rows with thumbnails come first and are balanced over the classes, and so is every
        beginning of them; the others keep their order.

        Args:
            codes: Encoded pictures, float [N, D].
            labels: Integers from -1 (unlabelled) to K - 1, [N].
            images: The pictures, uint8 [N, C, h, w].
            class_names: One a class.
            thumbnails: How many pictures to keep, at most N.
            seed: Draws the thumbnails and the samples behind medoids and density.
            logvar: Logarithms of the posterior variances of `codes`, if they are to be kept.
            rows: Which examples of the data set they are, [N], if that is to be kept.
            given: The labels that the model learned from, [N], -1 for none; those that have one
                get thumbnails before all others.

        Raises:
            ValueError: The parts do not fit each other.
        """
        if not 2 <= len(codes) == len(labels) == len(images):
            raise ValueError(
                f"An atlas needs a code, a label and a picture for each of at least 2 rows, "
                f"not {len(codes)}, {len(labels)} and {len(images)} of them."
            )
        order = balanced_first(labels, thumbnails, seed)
        if given is not None:
            order = torch.cat([order[given[order] >= 0], order[given[order] < 0]])
        codes, labels = codes[order].float().contiguous(), labels[order].to(torch.int16)
        density = Density.from_codes(codes, seed=seed)
        return cls(
            codes=codes,
            labels=labels,
            thumbnails=images[order[:thumbnails]].contiguous(),
            means=class_means(codes, labels, len(class_names)),
            medoids=class_medoids(codes, labels, len(class_names), seed=seed),
            calibration=density.calibration,
            class_names=class_names,
            neighbours=density.k,
            logvar=None if logvar is None else logvar[order].half().contiguous(),
            rows=None if rows is None else rows[order].to(torch.int32),
            given=None if given is None else given[order].to(torch.int16),
        )

    @property
    def range(self) -> Tensor:
        """Least and largest code of every dimension, with a margin; float32 [D, 2]."""
        low, high = self.codes.amin(0), self.codes.amax(0)
        # A collapsed dimension still gets a range that a slider can move in.
        margin = torch.where(high > low, _PADDING * (high - low), torch.ones_like(low))
        return torch.stack([low - margin, high + margin], dim=1)

    @property
    def core(self) -> Tensor:
        """The same without the loneliest codes, one in 500 at each end; float32 [D, 2]."""
        # numpy's, because `torch.quantile` refuses more than 16 million numbers.
        ends = np.quantile(self.codes.numpy(), (0.002, 0.998), axis=0)
        low, high = torch.from_numpy(ends).float().unsqueeze(2)
        return self.range.clamp(low, high)

    @cached_property
    def density(self) -> Density:
        """The density of all codes."""
        return Density(self.codes, self.calibration, self.neighbours)

    @cached_property
    def visited(self) -> Density:
        """The density of where the decoder has been: of one draw from each posterior.

        Where the posteriors are wide, most of what the decoder was trained on lies far from every
        mean, and a dimension that says nothing has all its means in one place.
        """
        return self.density if self.logvar is None else Density.from_codes(self.draws())

    @cached_property
    def roads(self) -> Roads:
        """The roads over the codes, for flight paths that follow the data."""
        return Roads(self.density)

    @cached_property
    def _examples(self) -> Density:
        """A search tree over the codes that have a thumbnail."""
        codes = self.codes[: len(self.thumbnails)]
        return Density(codes, self.calibration, min(self.neighbours, len(codes) - 1))

    def nearest_examples(self, z_BD: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """The nearest codes that have a thumbnail, the nearest first.

        Returns:
            Rows, int64 [B, min(k, M)], and distances, float32 of the same shape.

        Raises:
            ValueError: There are no two thumbnails, or `z_BD` does not fit the codes.
        """
        return self._examples.nearest(z_BD, k)

    def surroundings(self, z_BD: Tensor) -> Surroundings:
        """Density and class at codes, from one search for the nearest `neighbours` codes.

        Raises:
            ValueError: `z_BD` does not fit the codes or is not finite.
        """
        rows, distances = self.density.nearest(z_BD, self.neighbours)
        classes, shares = prevailing(self.labels[rows], len(self.class_names))
        percentiles = self.density.percentile_at(distances[:, -1])
        return Surroundings(percentiles=percentiles, classes=classes, shares=shares)

    def draws(self, label: int | None = None, seed: int = 0) -> Tensor:
        """Draw one code from each posterior, or take the codes where no variances are kept.

        Args:
            label: Only from those of this class.
            seed: Seed of the draws.

        Returns:
            float32 [n, D].

        Raises:
            ValueError: No code has the label.
        """
        chosen = slice(None) if label is None else self.labels == label
        logvar = None if self.logvar is None else self.logvar[chosen]
        return posterior_draws(self.codes[chosen], logvar, seed)

    def sample_near(self, n: int, scale: float, generator: torch.Generator) -> Tensor:
        """Draw codes near the encoded data: a random code, moved by a Gaussian step.

        The step's root mean square length is `scale` times the distance to the code's k-th nearest
        neighbour, so that it is small where data is dense.

        Args:
            n: How many.
            scale: 0 gives encoded codes themselves.
            generator: Draws codes and steps.

        Returns:
            float32 [n, D].
        """
        rows = torch.randint(len(self), (n,), generator=generator)
        codes = self.codes[rows]
        noise = torch.randn(codes.shape, generator=generator)
        reach = self.density.local_distance(rows) / math.sqrt(codes.shape[1])
        return codes + scale * reach.unsqueeze(1) * noise

    def to_tensors(self) -> dict[str, Tensor]:
        """Everything but the class names, contiguous, for a safetensors file."""
        tensors = {name: getattr(self, name).contiguous() for name in _DTYPES}
        tensors["neighbours"] = torch.tensor([self.neighbours])
        for name in ("logvar", "rows", "given"):
            if (kept := getattr(self, name)) is not None:
                tensors[name] = kept.contiguous()
        if self.mixture is not None:
            parts = self.mixture.to_tensors().items()
            tensors |= {_MIXTURE + name: tensor for name, tensor in parts}
        return tensors

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], class_names: tuple[str, ...]) -> "Atlas":
        """Rebuild what `to_tensors` described.

        Raises:
            ValueError: A tensor is missing or does not fit; the message names it.
        """
        missing = [name for name in (*_DTYPES, "neighbours") if name not in tensors]
        if missing:
            raise ValueError(f"The atlas is damaged: it lacks {', '.join(missing)}.")
        parts = {name: tensors[name] for name in _DTYPES}
        neighbours = int(tensors["neighbours"].flatten()[0])
        mixture = {
            name.removeprefix(_MIXTURE): tensor
            for name, tensor in tensors.items()
            if name.startswith(_MIXTURE)
        }
        return cls(
            **parts,
            class_names=class_names,
            neighbours=neighbours,
            logvar=tensors.get("logvar"),
            rows=tensors.get("rows"),
            given=tensors.get("given"),
            mixture=Mixture.from_tensors(mixture) if mixture else None,
        )


_MIXTURE = "mixture."
_DTYPES = {
    "codes": torch.float32,
    "labels": torch.int16,
    "thumbnails": torch.uint8,
    "means": torch.float32,
    "medoids": torch.int64,
    "calibration": torch.float32,
}


def _within(values: Tensor, low: int, high: int) -> bool:
    """Whether low <= values < high."""
    return bool(((values >= low) & (values < high)).all())


def balanced_first(labels_N: Tensor, count: int, seed: int) -> Tensor:
    """Rows: first `count` taken from the classes in turn, then the rest in their own order."""
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(labels_N), generator=generator)
    turn = torch.empty_like(shuffled)
    for label in range(-1, int(labels_N.max()) + 1):
        members = shuffled[labels_N[shuffled] == label]
        turn[members] = torch.arange(len(members))
    # Stable over the shuffled rows, so the order of the classes within a turn is random as well.
    first = shuffled[turn[shuffled].argsort(stable=True)][:count]
    rest = torch.ones(len(labels_N), dtype=torch.bool)
    rest[first] = False
    return torch.cat([first, rest.nonzero().squeeze(1)])
