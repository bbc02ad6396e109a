"""What the widgets ask over HTTP: a checkpoint's description, its points, paths, exports.

Reading only, but for `encode`, which takes a picture and keeps nothing. Whatever a person can mend
comes back as {"error": sentence} with a status of 4xx.
"""

from __future__ import annotations

import asyncio
import base64
from functools import partial
from typing import Annotated, Any

import numpy as np
import torch
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from models.checkpoint import Checkpoint
from models.data.pictures import PictureError, as_digit, as_square, read_picture
from models.latent import interpolation
from models.latent.manifold import linear_grid
from models.preprocessing import to_unit
from models.registry import Registry, UnknownCheckpoint
from studio.live import MAX_CODES, DecodeService, require_pictures
from studio.media import export
from studio.theme import CLASS_COLOURS

__all__ = ["describe", "error_response", "routes", "unforeseen_response"]

MAX_UPLOAD_BYTES = 10_000_000
MAX_TILES = 1024
UNLABELLED = 255
BINARY = "application/octet-stream"
FARTHEST = 1e6
DIGITS = ("mnist", "digits")
"""Data sets of digits that lie centred by their mass, as pictures of digits are laid then."""

Steps = Annotated[int, Query(ge=2, le=MAX_CODES)]
Coordinate = Annotated[float, Query(ge=-FARTHEST, le=FARTHEST)]


def describe(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what a widget needs to know of a checkpoint before it draws anything."""
    config, atlas = checkpoint.config, checkpoint.atlas
    about: dict[str, Any] = {
        "name": checkpoint.name,
        "digest": checkpoint.digest,
        "shape": list(config.model.shape),
        "latent_dim": config.model.latent_dim,
        "class_names": list(config.class_names),
        "palette": [CLASS_COLOURS[i % 10] for i in range(len(config.class_names))],
        "fit": "digit" if config.data.dataset in DIGITS else "square",
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


def _vector(text: str, latent_dim: int, name: str) -> torch.Tensor:
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
    service: DecodeService, checkpoint: Checkpoint, a: torch.Tensor, b: torch.Tensor, steps: int
) -> dict[str, Any]:
    """Return both interpolations between two codes, with what each step of them amounts to."""
    facts: dict[str, Any] = {}
    kinds: tuple[interpolation.PathKind, ...] = ("linear", "spherical")
    for kind in kinds:
        codes = interpolation.path(a, b, steps, kind)
        frames = await service.decode(checkpoint, codes.numpy(), background=True)
        images = torch.from_numpy(frames).float().div(255)
        facts[kind] = {
            "codes": codes.tolist(),
            "latent_steps": interpolation.step_lengths(codes).tolist(),
            "image_steps": interpolation.image_steps(images).tolist(),
            "mean_density": await service.run(partial(_mean_density, checkpoint, codes)),
        }
    return facts


def _mean_density(checkpoint: Checkpoint, codes: torch.Tensor) -> float | None:
    atlas = checkpoint.atlas
    return atlas.density.percentile(codes).mean().item() if atlas else None


def fit_picture(data: bytes, shape: tuple[int, ...], fit: str) -> torch.Tensor:
    """Return an untrusted picture as a model takes it: uint8 of the model's shape.

    Raises:
        PictureError: It cannot be used; the message says why.
    """
    channels, height, width = shape
    picture = read_picture(data, max_bytes=MAX_UPLOAD_BYTES)
    if height != width:
        raise PictureError(f"This model takes pictures of {width} x {height}; only squares fit.")
    if fit == "digit" and channels == 1:
        return as_digit(picture, width)
    return as_square(picture, width, channels)


@torch.inference_mode()
def encode_picture(checkpoint: Checkpoint, image: torch.Tensor) -> dict[str, Any]:
    """Encode one picture (uint8 [C, H, W]) and say how well the model knows it."""
    model, atlas = checkpoint.model, checkpoint.atlas
    x = to_unit(image.unsqueeze(0)).to(next(model.parameters()).device)
    posterior = model.encode(x)
    parameters = model.decode_parameters(posterior.mu)
    mu = posterior.mu.cpu()
    reconstruction = -model.likelihood.log_prob(parameters, x)[0].item()
    usual = checkpoint.config.metrics.get("reconstruction_95")
    return {
        "mu": mu[0].tolist(),
        "logvar": posterior.logvar[0].tolist(),
        "image": base64.b64encode(image.permute(1, 2, 0).contiguous().numpy().tobytes()).decode(),
        "reconstruction": reconstruction,
        "kl": posterior.kl().sum().item(),
        "density": atlas.density.percentile(mu)[0].item() if atlas else None,
        "typical": None if usual is None else reconstruction <= usual,
    }


def routes(registry: Registry, service: DecodeService) -> APIRouter:
    """Return the router of `/checkpoints/...`."""
    router = APIRouter(prefix="/checkpoints/{name}")

    async def opened(name: str) -> Checkpoint:
        return await asyncio.to_thread(registry.open, name)

    @router.get("")
    async def description(name: str) -> dict[str, Any]:
        return describe(await opened(name))

    @router.get("/points")
    async def points(name: str) -> Response:
        return _cached(_points(await opened(name)))

    @router.get("/thumbnails")
    async def thumbnails(name: str) -> Response:
        atlas = (await opened(name)).atlas
        pixels = atlas.thumbnails.permute(0, 2, 3, 1).contiguous().numpy() if atlas else None
        return _cached(b"" if pixels is None else pixels.tobytes())

    @router.get("/manifold")
    async def manifold(
        name: str,
        x0: Coordinate,
        x1: Coordinate,
        y0: Coordinate,
        y1: Coordinate,
        nx: Annotated[int, Query(ge=1, le=64)] = 20,
        ny: Annotated[int, Query(ge=1, le=64)] = 20,
    ) -> Response:
        checkpoint = await opened(name)
        if checkpoint.config.model.latent_dim != 2 or nx * ny > MAX_TILES:
            raise ValueError(
                f"A manifold is drawn for two latent dimensions and at most {MAX_TILES} tiles."
            )
        codes = linear_grid((x0, x1), (y0, y1), nx, ny)
        images = await service.decode(checkpoint, codes.numpy(), background=True)
        return Response(images.tobytes(), media_type=BINARY)

    @router.get("/sample")
    async def sample(
        name: str,
        kind: Annotated[str, Query(pattern="^(prior|data)$")] = "prior",
        seed: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    ) -> dict[str, Any]:
        checkpoint = await opened(name)
        generator = torch.Generator().manual_seed(seed)
        if kind == "data" and checkpoint.atlas is not None:
            z = checkpoint.atlas.sample_near(1, 1.0, generator)[0]
        else:
            z = torch.randn(checkpoint.config.model.latent_dim, generator=generator)
        return {"z": z.tolist(), "seed": seed, "kind": kind}

    @router.get("/path")
    async def path(name: str, a: str, b: str, steps: Steps = 16) -> dict[str, Any]:
        checkpoint = await opened(name)
        size = checkpoint.config.model.latent_dim
        require_pictures(checkpoint)
        ends = _vector(a, size, "a"), _vector(b, size, "b")
        return await path_facts(service, checkpoint, *ends, steps)

    @router.get("/export/{kind}")
    async def exported(
        name: str,
        kind: str,
        a: str,
        b: str,
        steps: Steps = 16,
        path: Annotated[str, Query(pattern="^(linear|spherical)$")] = "linear",
        fps: Annotated[int, Query(ge=1, le=50)] = 12,
        bounce: bool = False,
    ) -> Response:
        checkpoint = await opened(name)
        size = checkpoint.config.model.latent_dim
        require_pictures(checkpoint)
        ends = _vector(a, size, "a"), _vector(b, size, "b")
        codes = interpolation.path(*ends, steps, path)  # type: ignore[arg-type]
        frames = await service.decode(checkpoint, codes.numpy(), background=True)
        pixels = frames[..., 0] if frames.shape[-1] == 1 else frames
        file = await asyncio.to_thread(
            export, kind, pixels, {"codes": codes.numpy()}, fps=fps, forth_and_back=bounce
        )
        filename = f"{checkpoint.name}-{path}-{steps}{file.suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
        return Response(file.data, media_type=file.media_type, headers=headers)

    @router.post("/encode")
    async def encode(
        name: str,
        request: Request,
        fit: Annotated[str, Query(pattern="^(digit|square)$")] = "digit",
    ) -> dict[str, Any]:
        checkpoint = await opened(name)
        require_pictures(checkpoint)
        data = await _body(request)
        # Unpacking a large photo takes long enough to be seen in every live view.
        image = await asyncio.to_thread(fit_picture, data, checkpoint.config.model.shape, fit)
        return await service.run(lambda: encode_picture(checkpoint, image))

    return router


async def _body(request: Request) -> bytes:
    """Read a request's body, giving up as soon as it is too long."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_UPLOAD_BYTES:
            raise PictureError(
                f"The picture is larger than {MAX_UPLOAD_BYTES // 10**6} MB; make it smaller first."
            )
    return bytes(data)


def _cached(data: bytes) -> Response:
    # The widgets ask with the checkpoint's digest in the address, so an answer never goes stale.
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(data, media_type=BINARY, headers=headers)


def error_response(request: Request, error: Exception) -> JSONResponse:
    """Answer with the sentence that an error carries."""
    status = 404 if isinstance(error, UnknownCheckpoint) else 422
    return JSONResponse({"error": str(error)}, status_code=status)


def unforeseen_response(request: Request, error: Exception) -> JSONResponse:
    """Answer an error that nobody foresaw; the server logs it."""
    sentence = "The studio made a mistake with this request; its log says which."
    return JSONResponse({"error": sentence}, status_code=500)
