"""Every figure of a checkpoint whose examples are pictures.

Shapes: N examples, D latent dimensions, T steps, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from models.checkpoint import Checkpoint
from models.figures.examples import (
    ClassWords,
    Examples,
    class_words,
    decoded,
    encoded,
    part_name,
)
from models.figures.film import moving
from models.figures.pictures import (
    all_traversals,
    classes_by_continuous,
    plane,
    reconstructions,
    samples,
    samples_by_class,
    traversal,
)
from models.latent import traversals as codes
from models.latent.information import Information
from models.latent.parts import Parts
from models.latent.traversals import Row, Spacing

__all__ = ["Range", "draw"]

MOST_ROWS = 16
GRIDS = 3
FILM = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """What continuous dimensions go through; as `models.latent.traversals.places` takes it."""

    low: float = codes.LOW
    high: float = codes.HIGH
    steps: int = codes.STEPS
    spacing: Spacing = "even"

    def __post_init__(self) -> None:
        """Refuse what is no range."""
        _ = self.places

    @property
    def places(self) -> Tensor:
        """The values, float [steps]."""
        return codes.places(self.low, self.high, self.steps, self.spacing)

    @property
    def words(self) -> str:
        """Say it."""
        if self.spacing == "quantiles":
            shares = 100 * torch.special.ndtr(torch.tensor([self.low, self.high]))
            return f"over the quantiles of the prior from {shares[0]:.0f} % to {shares[1]:.0f} %"
        return f"from {_signed(self.low)} to {_signed(self.high)} standard deviations of the prior"


def draw(
    checkpoint: Checkpoint,
    examples: Examples,
    range_: Range,
    *,
    around: int | None = None,
    dimensions: tuple[int, int] | None = None,
    rows: int = MOST_ROWS,
    seed: int = 0,
) -> Iterator[tuple[str, Image.Image | bytes]]:
    """Draw every figure that the model can have.

    Args:
        checkpoint: Its examples are pictures.
        examples: Pictures to reconstruct.
        range_: What continuous dimensions go through.
        around: Which of the examples traversals go around; None for the middle of the prior.
        dimensions: The two of the plane, from 0; None for the two that tell most.
        rows: Most rows of continuous dimensions.
        seed: Seed of the samples.

    Yields:
        The name of a file, and an image for a PNG or the bytes of a GIF.

    Raises:
        ValueError: There is no such example or dimension.
    """
    config = checkpoint.config
    parts = Parts.of(config.model)
    told = Information.of(parts, config.metrics, checkpoint.atlas)
    rebuilt = decoded(checkpoint, encoded(checkpoint, examples.images))
    yield (
        "reconstructions.png",
        reconstructions(
            examples.images,
            rebuilt,
            title=f"{checkpoint.name}: reconstructions",
            sentence=f"{examples.source}, each beside what the model makes of its code."
            + _measured(checkpoint),
            captions=examples.captions,
        ),
    )
    yield from _samples(checkpoint, parts, seed)
    z_D, where = _centre(checkpoint, examples, parts, around)
    words = class_words(checkpoint)
    names = tuple(part.names for part in words)
    every = codes.every_row(
        z_D, parts, told, range_.low, range_.high, range_.steps, range_.spacing, most=rows
    )
    shown = [decoded(checkpoint, row.codes) for row in every]
    first = "those that tell most come first"
    if parts.discrete:
        first = "classes come first, then the dimensions that tell most"
    hidden = parts.continuous - sum(not row.discrete for row in every)
    left_out = f" The other {hidden} tell less." if hidden > 0 else ""
    yield (
        "traversals.png",
        all_traversals(
            every,
            shown,
            title=f"{checkpoint.name}: all traversals",
            sentence=f"One part of a code changes in each row, {range_.words}, around {where}; "
            f"{first}."
            f"{left_out}",
            class_names=names,
        ),
    )
    yield from _line(checkpoint, every, shown, range_, where, names)
    yield from _planes(checkpoint, parts, told, z_D, range_, where, dimensions)
    yield from _classes(checkpoint, parts, told, z_D, range_, words)


def _samples(checkpoint: Checkpoint, parts: Parts, seed: int) -> Iterator[tuple[str, Image.Image]]:
    draws = torch.Generator().manual_seed(seed)
    z_ND = checkpoint.model.prior_sample(80, draws)
    yield (
        "samples.png",
        samples(
            decoded(checkpoint, z_ND),
            title=f"{checkpoint.name}: samples",
            sentence=f"What codes drawn from the prior decode to (seed {seed}).",
        ),
    )
    for part, words in enumerate(class_words(checkpoint)):
        pictures = []
        for chosen in range(parts.discrete[part]):
            z_ND = checkpoint.model.prior_sample(10, torch.Generator().manual_seed(seed))
            z_ND[:, parts.slices[part]] = torch.eye(parts.discrete[part])[chosen]
            pictures.append(decoded(checkpoint, z_ND))
        yield (
            f"samples-{part_name(parts, part)}.png",
            samples_by_class(
                pictures,
                words.rows,
                details=words.details,
                title=f"{checkpoint.name}: samples of each class of {part_name(parts, part)}",
                sentence=f"The class is held, all else is drawn from the prior; a column has the "
                f"same draw in every row (seed {seed}).",
            ),
        )


def _line(
    checkpoint: Checkpoint,
    every: list[Row],
    shown: list[Tensor],
    range_: Range,
    where: str,
    names: tuple[tuple[str, ...], ...],
) -> Iterator[tuple[str, Image.Image | bytes]]:
    """Draw the row that tells most, continuous if there is one, and let it move."""
    best = next((n for n, row in enumerate(every) if not row.discrete), 0)
    row = every[best]
    yield (
        "traversal.png",
        traversal(
            row,
            shown[best],
            title=f"{checkpoint.name}: {row.title}",
            sentence=f"{row.title} goes {range_.words}, around {where}.",
            class_names=names,
        ),
    )
    if not row.discrete:
        middle = row.codes[0]
        film = codes.line(
            middle, row.index, range_.low, range_.high, max(FILM, range_.steps), range_.spacing
        )
        yield f"traversal-{row.title}.gif", moving(decoded(checkpoint, film))


def _planes(
    checkpoint: Checkpoint,
    parts: Parts,
    told: Information,
    z_D: Tensor,
    range_: Range,
    where: str,
    dimensions: tuple[int, int] | None,
) -> Iterator[tuple[str, Image.Image]]:
    if dimensions is None:
        if parts.continuous < 2:
            return
        dimensions = (told.order[0], told.order[1])
    if max(dimensions) >= parts.continuous or min(dimensions) < 0:
        raise ValueError(
            f"'{checkpoint.name}' has the continuous dimensions 1 to {parts.continuous}; choose "
            f"two of them."
        )
    across, up = dimensions
    grid = codes.plane(z_D, across, up, range_.low, range_.high, range_.steps, range_.spacing)
    yield (
        f"plane-z{across + 1}-z{up + 1}.png",
        plane(
            decoded(checkpoint, grid),
            range_.places,
            (f"z{across + 1}", f"z{up + 1}"),
            title=f"{checkpoint.name}: z{across + 1} and z{up + 1}",
            sentence=f"Both go {range_.words}, around {where}.",
        ),
    )


def _classes(
    checkpoint: Checkpoint,
    parts: Parts,
    told: Information,
    z_D: Tensor,
    range_: Range,
    words: tuple[ClassWords, ...],
) -> Iterator[tuple[str, Image.Image]]:
    """Draw each discrete part over the continuous dimensions that tell most."""
    for part in range(len(parts.discrete)):
        for dim in told.order[:GRIDS]:
            grid = codes.discrete_by_continuous(
                z_D, parts, part, dim, range_.low, range_.high, range_.steps, range_.spacing
            )
            name = part_name(parts, part)
            yield (
                f"{name}-z{dim + 1}.png",
                classes_by_continuous(
                    decoded(checkpoint, grid),
                    range_.places,
                    words[part].rows,
                    f"z{dim + 1}",
                    details=words[part].details,
                    title=f"{checkpoint.name}: each class of {name}, and z{dim + 1}",
                    sentence=f"A row is a class; in it z{dim + 1} goes {range_.words}.",
                ),
            )


def _centre(
    checkpoint: Checkpoint, examples: Examples, parts: Parts, around: int | None
) -> tuple[Tensor, str]:
    if around is not None:
        if not 0 <= around < len(examples.images):
            raise ValueError(f"There is no example {around + 1} of {len(examples.images)}.")
        named = f" ({examples.captions[around]})" if examples.captions else ""
        code = encoded(checkpoint, examples.images[around : around + 1])[0]
        return code, f"the code of an example{named}"
    z_D = torch.zeros(parts.dim)
    for where in parts.slices:
        z_D[where.start] = 1.0
    return z_D, "the middle of the prior"


def _measured(checkpoint: Checkpoint) -> str:
    nats = checkpoint.config.metrics.get("reconstruction")
    # A density of single pixels may be anything; a probability is what it costs to tell them.
    if checkpoint.config.model.likelihood != "bernoulli" or not isinstance(nats, int | float):
        return ""
    return f" Test pictures cost {nats:.1f} nats on average."


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "−")
