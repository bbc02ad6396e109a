"""Files that a person drops into the studio: counted as they come, checked, imported, gone.

A folder comes as one body: a line of JSON, {"file": size, ...}, then the files one after another.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from models.checkpoint import CheckpointError
from models.importing import import_checkpoint, plain_name
from models.manifest import FILES, MAX_FILE_BYTES
from models.registry import Registry
from studio.waiting import Queue

__all__ = ["UPLOADS", "upload_routes"]

KINDS = (".zip", ".safetensors", ".pth", ".pt")
LIST_BYTES = 2000
COPY_BYTES = 1 << 20
UPLOADS = "latent-studio-upload-"
"""What the folders of files that arrive begin with"""
MOST_WAITING = 4
"""Files that arrive or have arrived, beside the one that is imported"""
Text = Annotated[str, Query(max_length=200)]


def upload_routes(registry: Registry) -> APIRouter:
    """Return the routes that take files."""
    router = APIRouter()
    imports = Queue("imports", MOST_WAITING)

    @router.post("/import")
    async def take_file(
        request: Request, file: Text, recipe: Text = "", name: Text = ""
    ) -> dict[str, Any]:
        """Import the file in the body."""
        suffix = Path(file).suffix.lower()
        if suffix not in KINDS:
            raise CheckpointError(
                f"{file!r:.80} is of no kind that can be imported; choose a checkpoint's folder or "
                ".zip, a .safetensors, .pth or .pt file."
            )
        async with _received(request, imports) as scratch:
            kept = scratch.parent / "file" / (plain_name(Path(file).stem) + suffix)
            kept.parent.mkdir()
            scratch.rename(kept)
            return await imports.done(partial(_import, registry, kept, recipe, name))

    @router.post("/import-folder")
    async def take_folder(request: Request, folder: Text, name: Text = "") -> dict[str, Any]:
        """Import the checkpoint folder in the body."""

        def unpack(scratch: Path) -> dict[str, Any]:
            unpacked = scratch.parent / "folder" / plain_name(folder)
            _unpack(scratch, unpacked)
            return _import(registry, unpacked, "", name)

        async with _received(request, imports) as scratch:
            return await imports.done(partial(unpack, scratch))

    return router


def _import(registry: Registry, source: Path, recipe: str, name: str) -> dict[str, Any]:
    imported = import_checkpoint(registry, source, recipe=recipe or None, name=name or None)
    return {"name": imported.name, "notes": list(imported.notes)}


@asynccontextmanager
async def _received(request: Request, imports: Queue) -> AsyncIterator[Path]:
    """Write a request's body to a file that lasts as long as the import, in a place for it.

    Raises:
        Busy: Too many are waiting already.
    """
    with imports.place(), tempfile.TemporaryDirectory(prefix=UPLOADS) as folder:
        scratch = Path(folder) / "body"
        try:
            await _write(request, scratch)
            yield scratch
        except OSError as error:
            raise CheckpointError(
                f"The file could not be kept here: {error.strerror or error}."
            ) from None


async def _write(request: Request, scratch: Path) -> None:
    size = 0
    with scratch.open("xb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                raise CheckpointError("This is over 1 GiB; no checkpoint of this studio is.")
            file.write(chunk)
    if not size:
        raise CheckpointError("Nothing arrived; choose the file again.")


def _unpack(scratch: Path, folder: Path) -> None:
    """Take a folder's files apart again; only those of a checkpoint are taken."""
    with scratch.open("rb") as body:
        sizes = _sizes(body.readline(LIST_BYTES))
        if sum(sizes.values()) != scratch.stat().st_size - body.tell():
            raise CheckpointError("The folder did not arrive whole; choose it again.")
        folder.mkdir(parents=True)
        for name, size in sizes.items():
            with (folder / name).open("xb") as file:
                while size > 0:
                    size -= file.write(body.read(min(size, COPY_BYTES)))


def _sizes(line: bytes) -> dict[str, int]:
    try:
        sizes = json.loads(line)
        sound = all(type(size) is int and size >= 0 for size in sizes.values())
    except (ValueError, AttributeError, RecursionError):
        sizes, sound = {}, False
    if not sound or not sizes or not sizes.keys() <= set(FILES):
        raise CheckpointError(f"This folder is no checkpoint; one has {', '.join(FILES)}.")
    return dict(sizes)
