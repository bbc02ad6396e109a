"""What the sampler asks over HTTP: noise, fits, draws, where a code lies, sweeps.

A class is asked for by its number, all examples without one; dimensions are counted from 0.
Binary answers are little-endian. Whatever a person can mend comes back as {"error": sentence}.

Shapes: D latent dimensions, K components, H and W height and width, C channels.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

import torch
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from torch import Tensor

from models import fitting
from models.checkpoint import Checkpoint
from models.fitting import Encoded, FitError
from models.latent.atlas import Atlas
from models.latent.density import Density
from models.latent.manifold import plane, traversal
from models.latent.parts import Parts
from models.latent.sampling import DiagonalGaussian, Mixture, normals, whereabouts
from models.latent.sampling.fit import MOST_CODES
from models.registry import Registry
from models.training.devices import available_devices
from studio.live import MAX_CODES, UNLABELLED, DecodeService, require_pictures
from studio.pictures import Fit, encoded_pixels, received_picture
from studio.routes import BINARY, Coordinate, cached, vector
from studio.sampling_facts import describe_sampler, example_facts, kept_picture, seeded_examples
from studio.shared import Shared

__all__ = ["SampleSeed", "SamplingRoutes", "Source"]

MOST_FITS = 32

SampleSeed = Annotated[int, Query(ge=0, lt=2**53)]
"""What a page can count exactly."""
Columns = Annotated[int, Query(ge=1, le=4096)]
Components = Annotated[int | None, Query(ge=1, le=256)]
Count = Annotated[int, Query(ge=1, le=16)]
Steps = Annotated[int, Query(ge=2, le=MAX_CODES)]
Side = Annotated[int, Query(ge=2, le=24)]
Text = Annotated[str, Query(max_length=60_000)]
Source = Literal["prior", "gaussian", "mixture"]
"""N(0, I), or what is fitted to where the encoder puts the data"""


@dataclass(frozen=True, slots=True, eq=False)
class FittedMixture:
    """A mixture, how many examples it was fitted to, and how long that took."""

    mixture: Mixture
    examples: int
    seconds: float
    """Nearly 0 for one that came with the checkpoint"""


@dataclass(frozen=True, slots=True)
class SamplingRoutes:
    """The routes below `/sampling`."""

    registry: Registry
    service: DecodeService
    data: Shared[Encoded] = field(default_factory=lambda: Shared(MOST_FITS))
    """By atlas"""
    mixtures: Shared[FittedMixture] = field(default_factory=lambda: Shared(MOST_FITS))
    """By atlas, class and number of components"""
    visited: Shared[Density] = field(default_factory=lambda: Shared(MOST_FITS))
    """By atlas"""

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/sampling")
        # No checkpoint can be called that.
        router.add_api_route("/-/normals", self.normals)
        router.add_api_route("/{name}", self.description)
        for part in (self.fit, self.examples, self.mixture, self.draws):
            router.add_api_route(f"/{{name}}/{part.__name__}", part)
        for part in (self.whereabouts, self.traversal, self.plane):
            router.add_api_route(f"/{{name}}/{part.__name__}", part)
        router.add_api_route("/{name}/fit-example", self.fit_example)
        router.add_api_route("/{name}/fit-picture", self.fit_picture, methods=["POST"])
        return router

    async def _open(self, name: str, device: str | None = None) -> Checkpoint:
        checkpoint = await asyncio.to_thread(self.registry.open, name, device)
        require_pictures(checkpoint)
        return checkpoint

    async def _encoded(self, checkpoint: Checkpoint) -> Encoded:
        """Return the posteriors of a checkpoint's examples, computed once.

        Raises:
            FitError: It has none.
        """
        find = partial(self.service.beside, partial(fitting.encoded, checkpoint))
        if checkpoint.atlas is None:
            return await find()  # Only says so, and names the checkpoint.
        return await self.data.get(checkpoint.atlas, find)

    async def _fitted(
        self, checkpoint: Checkpoint, label: int | None, components: int | None
    ) -> FittedMixture:
        data = await self._encoded(checkpoint)
        fit = partial(_fit_mixture, data, label, components)
        key = (checkpoint.atlas, label, components)
        return await self.mixtures.get(key, partial(self.service.at_length, fit))

    async def drawn(
        self, checkpoint: Checkpoint, source: Source, count: int, seed: int, label: int | None
    ) -> Tensor:
        """Return codes, float32 [count, D]: those that the page draws with the seed."""
        config = checkpoint.config.model
        if source == "mixture":
            fitted = await self._fitted(checkpoint, label, None)
            return await asyncio.to_thread(fitted.mixture.sample, count, seed)
        if source == "gaussian":
            found = (await self._encoded(checkpoint)).aggregate
            return (await asyncio.to_thread(found, label)).gaussian().sample(count, seed)
        if Parts.of(config).discrete:
            generator = torch.Generator().manual_seed(seed)
            return checkpoint.model.prior_sample(count, generator)
        return DiagonalGaussian.prior(config.latent_dim).sample(count, seed)

    def normals(self, seed: SampleSeed, columns: Columns) -> Response:
        """Return the noise of a seed, float32 [64, columns]."""
        return cached(_floats(normals(seed, MAX_CODES, columns)))

    async def description(self, name: str) -> dict[str, Any]:
        """Return what the page needs to know before it samples."""
        checkpoint = await self._open(name)
        try:
            data = await self._encoded(checkpoint)
        except FitError:  # It can be sampled from the prior all the same.
            data = None
        own, there = str(self.registry.device), available_devices()
        return await asyncio.to_thread(describe_sampler, checkpoint, data) | {
            "device": own,
            "devices": list(there if own in there else (*there, own)),
        }

    async def fit(self, name: str, label: int | None = None) -> dict[str, Any]:
        """Return the moments of the aggregate posterior, of all examples or of a class."""
        data = await self._encoded(await self._open(name))
        found = await asyncio.to_thread(data.aggregate, label)
        return {
            "mu": found.mean.tolist(),
            "sigma": found.std.tolist(),
            "examples": _examples(data, label),
        }

    async def examples(self, name: str, seed: SampleSeed = 0, count: Count = 12) -> dict[str, Any]:
        """Return some pictures to fit to, as many of each class as of any other."""
        atlas = (await self._open(name)).atlas
        found = await asyncio.to_thread(seeded_examples, atlas, seed, count) if atlas else []
        return {"examples": found}

    async def fit_example(self, name: str, row: int) -> dict[str, Any]:
        """Return the posterior of one of the pictures that the atlas keeps."""
        checkpoint = await self._open(name)
        atlas, picture = kept_picture(checkpoint, row)
        fitted = await self.posterior(checkpoint, picture)
        return fitted | {"label": example_facts(atlas, row)["label"]}

    async def fit_picture(self, name: str, request: Request, fit: Fit = "digit") -> dict[str, Any]:
        """Return the posterior of the picture in the body; nothing of it is kept."""
        checkpoint = await self._open(name)
        image = await received_picture(request, checkpoint.config.model.shape, fit)
        return await self.posterior(checkpoint, image)

    async def posterior(self, checkpoint: Checkpoint, image: Tensor) -> dict[str, Any]:
        """Return mean and width of a picture's code; uint8 [C, H, W]."""
        encode = partial(fitting.fit_picture, checkpoint.model, image)
        found = await self.service.run(encode)
        return {
            "mu": found.mu.tolist(),
            "sigma": found.sigma.tolist(),
            "image": encoded_pixels(image),
        }

    async def mixture(
        self, name: str, label: int | None = None, components: Components = None
    ) -> dict[str, Any]:
        """Return what a fitted mixture looks like; without a number of components one is chosen."""
        fitted = await self._fitted(await self._open(name), label, components)
        return {
            "components": len(fitted.mixture),
            "weights": fitted.mixture.weights.tolist(),
            "mean": fitted.mixture.mean.tolist(),
            "std": fitted.mixture.std.tolist(),
            "examples": fitted.examples,
            "seconds": fitted.seconds,
        }

    async def draws(
        self, name: str, seed: SampleSeed, label: int | None = None, components: Components = None
    ) -> Response:
        """Return codes drawn from a fitted mixture, float32 [64, D]."""
        fitted = await self._fitted(await self._open(name), label, components)
        drawn = await asyncio.to_thread(fitted.mixture.sample, MAX_CODES, seed)
        return Response(_floats(drawn), media_type=BINARY)

    async def whereabouts(self, name: str, z: Text) -> dict[str, Any]:
        """Return where a code lies: for the prior, and among the encoded examples."""
        checkpoint = await self._open(name)
        return await self.place(checkpoint, vector(z, checkpoint.config.model.latent_dim, "z"))

    async def place(self, checkpoint: Checkpoint, z_D: Tensor) -> dict[str, Any]:
        """Return the same of a code, float32 [D]."""
        codes = z_D.unsqueeze(0)
        visited = await self._visited(checkpoint.atlas) if checkpoint.atlas else None
        at = await self.service.run(partial(whereabouts, codes, visited))
        around = (await self.service.surroundings(checkpoint, codes.numpy(), background=True))[0]
        nearest = int(around["label"])
        names = checkpoint.atlas.class_names if checkpoint.atlas else ()
        return {
            "log_density": at.log_density.item(),
            "radius": at.radius.item(),
            "quantile": at.quantile.item(),
            "distance": None if at.distance is None else at.distance.item(),
            "neighbours": visited.k if visited else None,
            "percentile": None if at.percentile is None else at.percentile.item(),
            "charted": None if at.charted is None else at.charted.item(),
            "nearest": None if nearest == UNLABELLED else names[nearest],
            "share": float(around["share"]),
        }

    async def _visited(self, atlas: Atlas) -> Density:
        build = partial(self.service.beside, lambda: atlas.visited)
        return await self.visited.get(atlas, build)

    async def traversal(
        self,
        name: str,
        z: Text,
        dimension: int,
        low: Coordinate,
        high: Coordinate,
        count: Steps = 11,
        device: str | None = None,
    ) -> Response:
        """Return one dimension swept while the others are held, uint8 [count, H, W, C]."""
        checkpoint = await self._open(name, device)
        held = vector(z, checkpoint.config.model.latent_dim, "z")
        _require_rising(low, high)
        return await self._pictures(checkpoint, traversal(held, dimension, (low, high), count))

    async def plane(
        self,
        name: str,
        z: Text,
        x: int,
        y: int,
        low: Coordinate,
        high: Coordinate,
        n: Side = 9,
        device: str | None = None,
    ) -> Response:
        """Return two dimensions swept while the others are held, uint8 [n * n, H, W, C].

        The rows come from the top: the largest value of `y` first.
        """
        checkpoint = await self._open(name, device)
        held = vector(z, checkpoint.config.model.latent_dim, "z")
        ends = _require_rising(low, high)
        return await self._pictures(checkpoint, plane(held, (x, y), ends, ends, n, n))

    async def _pictures(self, checkpoint: Checkpoint, codes_ND: Tensor) -> Response:
        images = await self.service.decode(checkpoint, codes_ND.numpy(), background=True)
        return Response(images.tobytes(), media_type=BINARY)


def _fit_mixture(data: Encoded, label: int | None, components: int | None) -> FittedMixture:
    start = time.perf_counter()
    mixture = data.mixture(components, label)
    return FittedMixture(mixture, _fitted_to(data, label), time.perf_counter() - start)


def _examples(data: Encoded, label: int | None) -> int:
    return len(data) if label is None else int((data.labels == label).sum())


def _fitted_to(data: Encoded, label: int | None) -> int:
    """Return how many draws a mixture is fitted to."""
    return min(_examples(data, label), MOST_CODES)


def _require_rising(low: float, high: float) -> tuple[float, float]:
    if low >= high:
        raise ValueError(f"low must be below high; {low:g} is not below {high:g}.")
    return low, high


def _floats(values: Tensor) -> bytes:
    """Return float32 numbers as bytes, the least significant first."""
    return values.numpy().astype("<f4").tobytes()
