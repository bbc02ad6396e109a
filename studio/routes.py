"""What the widgets ask over HTTP: a checkpoint's description, its points, paths, exports.

Reading only, but for `encode`, which takes a picture and keeps nothing. Whatever a person can mend
comes back as {"error": sentence} with a status of 4xx.
"""

from __future__ import annotations

import asyncio
import errno
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import torch
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from torch import Tensor

from models.checkpoint import Checkpoint
from models.latent import interpolation
from models.latent.density import CHARTED
from models.latent.manifold import linear_grid
from models.portrait import is_typical
from models.preprocessing import to_unit
from models.registry import Registry, UnknownCheckpoint
from studio.films import UnknownFilm
from studio.live import MAX_CODES, UNLABELLED, DecodeService, require_pictures
from studio.media import export
from studio.pictures import Fit, encoded_pixels, received_picture
from studio.run_shelf import UnknownRun
from studio.table_shelf import UnknownTable
from studio.theme import CLASS_COLOURS
from studio.waiting import Busy

__all__ = [
    "BINARY",
    "UNLABELLED",
    "CheckpointRoutes",
    "Coordinate",
    "Seed",
    "cached",
    "describe",
    "disk_response",
    "error_response",
    "identity",
    "path_facts",
    "vector",
]

MAX_TILES = 1024
BINARY = "application/octet-stream"
FARTHEST = 1e6
DIGITS = ("mnist", "digits")
"""Data sets of digits that lie centred by their mass, as pictures of digits are laid then."""

Steps = Annotated[int, Query(ge=2, le=MAX_CODES)]
Tiles = Annotated[int, Query(ge=1, le=64)]
Seed = Annotated[int, Query(ge=0, lt=2**31)]
Coordinate = Annotated[float, Query(ge=-FARTHEST, le=FARTHEST)]


def identity(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what every widget needs to know of a checkpoint."""
    config = checkpoint.config
    return {
        "name": checkpoint.name,
        "digest": checkpoint.digest,
        "shape": list(config.model.shape),
        "latent_dim": config.model.latent_dim,
        "class_names": list(config.class_names),
        "palette": [CLASS_COLOURS[i % 10] for i in range(len(config.class_names))],
        "fit": "digit" if config.data.dataset in DIGITS else "square",
        "charted": CHARTED,
    }


def describe(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what a widget needs to know of a checkpoint before it draws anything."""
    config, atlas = checkpoint.config, checkpoint.atlas
    about: dict[str, Any] = identity(checkpoint) | {
        "points": 0,
        "examples": 0,
        "range": [[-3.0, 3.0]] * config.model.latent_dim,
        "core": [[-3.0, 3.0]] * config.model.latent_dim,
        "means": [],
        "medoids": [],
    }
    if atlas is not None:
        about |= {
            "points": len(atlas),
            "examples": len(atlas.thumbnails),
            "range": atlas.range.tolist(),
            "core": atlas.core.tolist(),
            "means": [_finite_or_none(row) for row in atlas.means.tolist()],
            "medoids": [atlas.codes[i].tolist() if i >= 0 else None for i in atlas.medoids],
        }
    return about


def _finite_or_none(row: list[float]) -> list[float] | None:
    return row if np.isfinite(row).all() else None


def vector(text: str, latent_dim: int, name: str) -> Tensor:
    """Read 'x,y,...' as a position."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    # NaN fails the comparison, too.
    if len(values) != latent_dim or not all(abs(value) <= FARTHEST for value in values):
        raise ValueError(
            f"{name} must be {latent_dim} numbers of at most {FARTHEST:g} with commas between them."
        )
    return torch.tensor(values)


def _points(checkpoint: Checkpoint) -> bytes:
    atlas = checkpoint.atlas
    if atlas is None:
        return np.zeros(1, "<u4").tobytes()
    codes = atlas.codes.numpy().astype("<f4")
    labels = np.where(atlas.labels.numpy() < 0, UNLABELLED, atlas.labels.numpy()).astype(np.uint8)
    x, y = codes[:, 0], codes[:, min(1, codes.shape[1] - 1)]
    return b"".join(
        [np.uint32(len(codes)).astype("<u4").tobytes(), x.tobytes(), y.tobytes(), labels.tobytes()]
    )


async def path_facts(
    service: DecodeService,
    checkpoint: Checkpoint,
    a: Tensor,
    b: Tensor,
    steps: int,
    kinds: tuple[interpolation.PathKind, ...] = ("linear", "spherical"),
) -> dict[str, Any]:
    """Return interpolations between two codes, with what each step of them amounts to."""
    facts: dict[str, Any] = {}
    for kind in kinds:
        codes = interpolation.path(a, b, steps, kind)
        frames = await service.decode(checkpoint, codes.numpy(), background=True)
        images = torch.from_numpy(frames).float().div(255)
        around = await service.surroundings(checkpoint, codes.numpy(), background=True)
        density = float(around["percentile"].mean()) if checkpoint.atlas else None
        facts[kind] = {
            "codes": codes.tolist(),
            "latent_steps": interpolation.step_lengths(codes).tolist(),
            "image_steps": interpolation.image_steps(images).tolist(),
            "mean_density": density,
        }
    return facts


@torch.inference_mode()
def encode_picture(checkpoint: Checkpoint, image: Tensor) -> dict[str, Any]:
    """Encode one picture (uint8 [C, H, W]) and say how well the model knows it."""
    model, atlas = checkpoint.model, checkpoint.atlas
    x = to_unit(image.unsqueeze(0)).to(next(model.parameters()).device)
    posterior = model.encode(x)
    parameters = model.decode_parameters(posterior.mu)
    mu = posterior.mu.cpu()
    reconstruction = -model.likelihood.log_prob(parameters, x)[0].item()
    return {
        "mu": mu[0].tolist(),
        "logvar": posterior.logvar[0].tolist(),
        "image": encoded_pixels(image),
        "reconstruction": reconstruction,
        "kl": posterior.kl().sum().item(),
        "density": atlas.density.percentile(mu)[0].item() if atlas else None,
        "typical": is_typical(checkpoint.config, reconstruction),
    }


@dataclass(frozen=True, slots=True)
class CheckpointRoutes:
    """The routes below `/checkpoints/{name}`."""

    registry: Registry
    service: DecodeService

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/checkpoints/{name}")
        router.add_api_route("", self.description)
        for part in (self.points, self.thumbnails, self.manifold, self.sample, self.path):
            router.add_api_route(f"/{part.__name__}", part)
        router.add_api_route("/export/{kind}", self.export)
        router.add_api_route("/encode", self.encode, methods=["POST"])
        return router

    async def _open(self, name: str) -> Checkpoint:
        return await asyncio.to_thread(self.registry.open, name)

    async def description(self, name: str) -> dict[str, Any]:
        """Return what a widget needs to know first."""
        return describe(await self._open(name))

    async def points(self, name: str) -> Response:
        """Return the encoded points as binary."""
        return cached(_points(await self._open(name)))

    async def thumbnails(self, name: str) -> Response:
        """Return the pictures of the first points, uint8 [M, H, W, C]."""
        atlas = (await self._open(name)).atlas
        pixels = atlas.thumbnails.permute(0, 2, 3, 1).contiguous().numpy() if atlas else None
        return cached(b"" if pixels is None else pixels.tobytes())

    async def manifold(
        self,
        name: str,
        x0: Coordinate,
        x1: Coordinate,
        y0: Coordinate,
        y1: Coordinate,
        nx: Tiles = 20,
        ny: Tiles = 20,
    ) -> Response:
        """Return what a part of the plane decodes to, uint8 [ny * nx, H, W, C] from the top."""
        checkpoint = await self._open(name)
        require_pictures(checkpoint)
        if checkpoint.config.model.latent_dim != 2 or nx * ny > MAX_TILES:
            raise ValueError(
                f"A manifold is drawn for two latent dimensions and at most {MAX_TILES} tiles."
            )
        codes = linear_grid((x0, x1), (y0, y1), nx, ny)
        images = await self.service.decode(checkpoint, codes.numpy(), background=True)
        return Response(images.tobytes(), media_type=BINARY)

    async def sample(
        self, name: str, kind: Literal["prior", "data"] = "prior", seed: Seed = 0
    ) -> dict[str, Any]:
        """Return a place drawn from the prior or near the encoded data."""
        checkpoint = await self._open(name)
        generator = torch.Generator().manual_seed(seed)
        if kind == "data" and checkpoint.atlas is not None:
            z = checkpoint.atlas.sample_near(1, 1.0, generator)[0]
        else:
            z = torch.randn(checkpoint.config.model.latent_dim, generator=generator)
        return {"z": z.tolist(), "seed": seed, "kind": kind}

    async def _ends(self, name: str, a: str, b: str) -> tuple[Checkpoint, Tensor, Tensor]:
        checkpoint = await self._open(name)
        require_pictures(checkpoint)
        size = checkpoint.config.model.latent_dim
        return checkpoint, vector(a, size, "a"), vector(b, size, "b")

    async def path(self, name: str, a: str, b: str, steps: Steps = 16) -> dict[str, Any]:
        """Return both interpolations between two places, with their figures."""
        checkpoint, start, end = await self._ends(name, a, b)
        return await path_facts(self.service, checkpoint, start, end, steps)

    async def export(
        self,
        name: str,
        kind: str,
        a: str,
        b: str,
        steps: Steps = 16,
        path: Literal["linear", "spherical"] = "linear",
        fps: Annotated[int, Query(ge=1, le=50)] = 12,
        bounce: bool = False,
    ) -> Response:
        """Return an interpolation as a file to keep."""
        checkpoint, start, end = await self._ends(name, a, b)
        codes = interpolation.path(start, end, steps, path).numpy()
        frames = await self.service.decode(checkpoint, codes, background=True)
        pixels = frames[..., 0] if frames.shape[-1] == 1 else frames
        file = await asyncio.to_thread(
            export, kind, pixels, {"codes": codes}, fps=fps, forth_and_back=bounce
        )
        filename = f"{checkpoint.name}-{path}-{steps}{file.suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
        return Response(file.data, media_type=file.media_type, headers=headers)

    async def encode(self, name: str, request: Request, fit: Fit = "digit") -> dict[str, Any]:
        """Encode the picture in the body; nothing of it is kept."""
        checkpoint = await self._open(name)
        require_pictures(checkpoint)
        image = await received_picture(request, checkpoint.config.model.shape, fit)
        return await self.encoded(checkpoint, image)

    async def encoded(self, checkpoint: Checkpoint, image: Tensor) -> dict[str, Any]:
        """Return the code of a picture, uint8 [C, H, W], and how well the model knows it."""
        return await self.service.run(partial(encode_picture, checkpoint, image))


def cached(data: bytes) -> Response:
    """Answer with bytes that a browser may keep for a day."""
    # The widgets ask with the checkpoint's digest in the address, so an answer never goes stale.
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(data, media_type=BINARY, headers=headers)


def error_response(request: Request, error: Exception) -> JSONResponse:
    """Answer with the sentence that an error carries."""
    status = 422
    if isinstance(error, UnknownCheckpoint | UnknownRun | UnknownFilm | UnknownTable):
        status = 404
    elif isinstance(error, Busy):
        status = 429
    headers = {"Retry-After": "10"} if status == 429 else None
    return JSONResponse({"error": str(error)}, status_code=status, headers=headers)


def disk_response(request: Request, error: Exception) -> JSONResponse:
    """Answer that the disk is full; whatever else the system refused is not foreseen."""
    if getattr(error, "errno", None) not in (errno.ENOSPC, errno.EDQUOT):
        raise error
    sentence = "The disk is full, so this was not kept; make room and try again."
    return JSONResponse({"error": sentence}, status_code=507)
