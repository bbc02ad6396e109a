"""The registry over HTTP: what there is, what state it is in, and what can be done with it.

Whatever a person can mend comes back as {"error": sentence}. No answer holds a path but that of an
export, which is a folder of the workspace.
"""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import torch
from fastapi import APIRouter, Query
from fastapi.responses import Response
from PIL import Image

from models import hub
from models.card import METRIC_LABELS, body
from models.checkpoint import Checkpoint, CheckpointError
from models.config import to_json
from models.exporting import export_folder, export_zip, write_zip
from models.importing import Imported
from models.latent.manifold import linear_grid
from models.numbers import finite_number
from models.recipes import RECIPES
from models.registry import Registry, RegistryEntry, UnknownCheckpoint
from studio.checkpoint_uploads import upload_routes
from studio.live import DecodeService, require_pictures
from studio.map_pictures import map_png

__all__ = ["CheckpointFiles", "card_of", "entry_facts", "metric_rows"]

SIDE = 8
"""Pictures along each side of the sampled grid."""
CARD_CHARACTERS = 20_000
Text = Annotated[str, Query(max_length=200)]


def entry_facts(registry: Registry, entry: RegistryEntry) -> dict[str, Any]:
    """Return what the table shows of a checkpoint, without reading its weights."""
    config, state = entry.config, registry.state(entry)
    return {
        "name": entry.name,
        "shipped": entry.shipped,
        "recipe": config.recipe if config else None,
        "dataset": config.data.dataset if config else None,
        "latent_dim": config.model.latent_dim if config else None,
        "elbo": finite_number(config.metrics.get("elbo")) if config else None,
        "licence": config.licence if config else None,
        "created": config.created if config else None,
        "size": entry.size,
        "state": state.state,
        "reason": state.reason,
    }


def card_of(registry: Registry, name: str) -> str:
    """Return a checkpoint's card as Markdown, cut where it is far too long, or ''."""
    try:
        return body(registry.open(name).card)[:CARD_CHARACTERS]
    except CheckpointError:
        return ""


@dataclass(frozen=True, slots=True)
class CheckpointFiles:
    """The routes below `/registry`."""

    registry: Registry
    service: DecodeService

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/registry")
        router.add_api_route("", self.all)
        router.add_api_route("/pull", self.pull, methods=["POST"])
        router.include_router(upload_routes(self.registry))
        router.add_api_route("/{name}", self.details)
        router.add_api_route("/{name}/picture", self.picture)
        router.add_api_route("/{name}/zip", self.zip)
        for act in (self.verify, self.rename, self.delete, self.export, self.push):
            router.add_api_route(f"/{{name}}/{act.__name__}", act, methods=["POST"])
        return router

    def all(self) -> dict[str, Any]:
        """Return every checkpoint, and what an import or the Hub may be asked for."""
        return {
            "checkpoints": [entry_facts(self.registry, e) for e in self.registry.entries()],
            "recipes": list(RECIPES),
            "token": hub.has_token(),
        }

    def details(self, name: str) -> dict[str, Any]:
        """Return figures, settings and files of a checkpoint, which is verified for it.

        Of a damaged one there is nothing to tell but that, with the reason.
        """
        about = None
        # One that is open already would not be read again for being asked for.
        if self.registry.is_intact(self._entry(name)):
            with suppress(CheckpointError):
                about = self._about(name)
        return {"facts": entry_facts(self.registry, self._entry(name)), "about": about}

    def _entry(self, name: str) -> RegistryEntry:
        self.registry.folder(name)
        found = (entry for entry in self.registry.entries() if entry.name == name)
        if (entry := next(found, None)) is None:
            raise UnknownCheckpoint(f"There is no checkpoint '{name}' any more.")
        return entry

    def _about(self, name: str) -> dict[str, Any]:
        checkpoint = self.registry.open(name)
        config = checkpoint.config
        folder = self.registry.folder(name)
        return {
            "name": name,
            "digest": checkpoint.digest,
            "shape": list(config.model.shape),
            "drawn": _drawn(checkpoint),
            "metrics": metric_rows(config.metrics),
            "conditions": str(config.metrics.get("conditions", ""))[:400],
            "terms": config.terms[:400],
            "versions": {key[:40]: value[:40] for key, value in config.versions.items()},
            "config": {
                part: to_json(getattr(config, part)) for part in ("model", "data", "training")
            },
            "files": {p.name: p.stat().st_size for p in sorted(folder.iterdir()) if p.is_file()},
            "classes": list(config.class_names)[:100],
        }

    async def picture(self, name: str) -> Response:
        """Return a PNG of what the model draws: its plane, or draws from the prior.

        Of a model of rows it shows where they lie.
        """
        checkpoint = await asyncio.to_thread(self.registry.open, name)
        headers = {"Cache-Control": "private, max-age=86400"}
        if len(checkpoint.config.model.shape) == 1 and checkpoint.atlas is not None:
            dots = await asyncio.to_thread(map_png, checkpoint.atlas)
            return Response(dots, media_type="image/png", headers=headers)
        require_pictures(checkpoint)
        images = await self.service.decode(checkpoint, _codes(checkpoint), background=True)
        return Response(_sheet(images), media_type="image/png", headers=headers)

    def zip(self, name: str) -> Response:
        """Return a checkpoint as one zip file."""
        content = export_zip(self.registry, name)
        headers = {
            "Content-Disposition": f'attachment; filename="{name}.zip"',
            "Cache-Control": "no-store",
        }
        return Response(content, media_type="application/zip", headers=headers)

    def verify(self, name: str) -> dict[str, Any]:
        """Read every file anew and compare it with the manifest."""
        self._entry(name)
        with suppress(CheckpointError):  # The state below says so, with the reason.
            self.registry.verify(name)
        return entry_facts(self.registry, self._entry(name))

    def rename(self, name: str, to: Text) -> dict[str, str]:
        """Give a checkpoint another name."""
        self.registry.rename(name, to)
        return {"name": to}

    def delete(self, name: str) -> dict[str, str]:
        """Remove a checkpoint for good."""
        self.registry.remove(name)
        return {"name": name}

    def export(self, name: str, kind: Literal["folder", "zip"] = "folder") -> dict[str, str]:
        """Copy a checkpoint into the workspace's `exports`."""
        write = write_zip if kind == "zip" else export_folder
        target = write(self.registry, name, self.registry.workspace / "exports")
        return {"path": str(target)}

    def push(self, name: str, repository: Text, private: bool = True) -> dict[str, str]:
        """Upload a checkpoint to the Hugging Face Hub."""
        return {"address": hub.push(self.registry, name, repository, private=private)}

    def pull(self, repository: Text, revision: Text = "", name: Text = "") -> dict[str, Any]:
        """Download a checkpoint from the Hugging Face Hub."""
        return imported_facts(
            hub.pull(
                self.registry,
                repository,
                revision=revision or None,
                name=name or None,
            )
        )


def imported_facts(imported: Imported) -> dict[str, Any]:
    """Return what an import made, for the page."""
    return {"name": imported.name, "notes": list(imported.notes)}


def metric_rows(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figures of a checkpoint that have a label, each with its key."""
    return [
        {"key": key, "label": label, "value": value}
        for key, label in METRIC_LABELS.items()
        if (value := finite_number(metrics.get(key))) is not None
    ]


def _has_plane(checkpoint: Checkpoint) -> bool:
    return checkpoint.config.model.latent_dim == 2 and checkpoint.atlas is not None


def _drawn(checkpoint: Checkpoint) -> str:
    """Say what a checkpoint's picture shows."""
    if len(checkpoint.config.model.shape) == 1:
        return (
            "Where it lays the rows that it has learned, in the first two numbers of their codes."
        )
    if _has_plane(checkpoint):
        return "What the places of its plane decode to, from corner to corner."
    return f"{SIDE * SIDE} draws from the prior."


def _codes(checkpoint: Checkpoint) -> np.ndarray:
    """Return the places that the picture shows, float32 [SIDE * SIDE, D]."""
    size, atlas = checkpoint.config.model.latent_dim, checkpoint.atlas
    if _has_plane(checkpoint) and atlas is not None:
        across, up = atlas.core.tolist()
        return linear_grid(tuple(across), tuple(up), SIDE, SIDE).numpy()
    return torch.randn(SIDE * SIDE, size, generator=torch.Generator().manual_seed(0)).numpy()


def _sheet(images: np.ndarray) -> bytes:
    """Return images [N, H, W, C] as one PNG, SIDE a row."""
    _, height, width, channels = images.shape
    rows = images.reshape(SIDE, SIDE, height, width, channels).swapaxes(1, 2)
    sheet = rows.reshape(SIDE * height, SIDE * width, channels)
    buffer = io.BytesIO()
    Image.fromarray(sheet[..., 0] if channels == 1 else sheet).save(buffer, "PNG")
    return buffer.getvalue()
