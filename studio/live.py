"""The decode service behind everything that follows a hand, and its WebSocket.

One thread decodes, and looks up what lies around. Requests of all viewers that are waiting are
computed together and in turn, in chunks small enough that nobody waits for a large one. For each
viewer only the newest position counts. What needs many pictures, such as a flight path, is computed
beside it and asks for them chunk by chunk.

Wire, little-endian:
    up      uint32 sequence number, float32 z[n * D], n at most 64
    down    uint32 the same number, uint8 pixels [n, H, W, C], and with `?density=1` what lies
            around each position: float32 percentiles of the density [n] (NaN without an atlas),
            float32 shares [n] that the prevailing class has among the nearest encoded codes, and
            uint8 numbers of these classes [n] (255 is none)
    error   a text message {"error": sentence}; the connection stays open

`?device=` decodes on another device than the studio's. An unknown checkpoint or device is an error
that closes the connection with 4404.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from models.checkpoint import Checkpoint
from models.registry import Registry
from studio.doors.logs import note
from studio.turns import Compute, Float, Request, Turns
from studio.waiting import Busy, Queue

__all__ = ["MAX_CODES", "UNLABELLED", "DecodeService", "eager", "live_route"]

MAX_CODES = 64
CHUNK_PIXELS = 16 * 28 * 28
"""Values decoded in one go: 16 grey digits, 1 colour face of 64 x 64."""
MOST_VALUES = 64_000_000
"""Values of one answer: a thousand pictures of 144 x 144 in colour"""
AROUND_AT_ONCE = 8
"""Codes whose neighbours are looked for in one go: about 5 ms among 60,000 of 128 numbers."""
MOST_WAITING = 1024
CLOSE_UNKNOWN = 4404
UNLABELLED = 255
"""The class, sent as a byte, of what has none."""

T = TypeVar("T")
Bytes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
AROUND = np.dtype([("percentile", "<f4"), ("share", "<f4"), ("label", np.uint8)])
"""What lies around a code: percentile of the density, the prevailing class and its share"""


class DecodeService:
    """Decodes for all viewers on one thread of its own.

    Args:
        most_waiting: Requests that may wait for it.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        # torch.set_num_threads in the main thread does not hold in others, and a decode of a few
        # small images on two threads takes ten times as long beside other work.
        self._thread = ThreadPoolExecutor(
            1, thread_name_prefix="decode", initializer=lambda: torch.set_num_threads(1)
        )
        self._science = ThreadPoolExecutor(
            1, thread_name_prefix="science", initializer=lambda: torch.set_num_threads(1)
        )
        self._fits, self._files = Queue("fits"), Queue("files")
        self._turns = Turns()
        self._worker: asyncio.Task[None] | None = None
        self.use(eager)

    def use(self, exactly: Compute) -> None:
        """Decode with what turns codes [N, D] into float32 images [N, C, H, W]."""
        self._exactly, self._pixels = exactly, partial(_pixels, exactly)

    async def run(self, work: Callable[[], T]) -> T:
        """Run any short computation on the decode thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def beside(self, work: Callable[[], T]) -> T:
        """Run a longer computation on another thread, so that no live picture waits for it."""
        return await asyncio.get_running_loop().run_in_executor(self._science, work)

    async def at_length(self, work: Callable[[], T]) -> T:
        """Run what takes seconds, such as a fit, so that nothing quicker waits for it.

        Raises:
            Busy: Too many are waiting already.
        """
        return await self._fits.run(work)

    async def to_a_file(self, work: Callable[[], T]) -> T:
        """Make a film or a picture to keep; fits need not wait for it.

        Raises:
            Busy: Too many are waiting already.
        """
        return await self._files.run(work)

    def decoder(self, checkpoint: Checkpoint) -> Callable[[torch.Tensor], torch.Tensor]:
        """Return a decoder for work that runs `beside`: codes [N, D] to float32 [N, C, H, W].

        It waits for its turn among the background's, a small chunk at a time, and so must not be
        called on the event loop or on the decode thread.
        """
        loop = asyncio.get_running_loop()

        def decode(z_ND: torch.Tensor) -> torch.Tensor:
            z = z_ND.float().cpu().numpy()
            asked = self._ask(checkpoint, z, self._exactly, _pictures_at_once(checkpoint), True)
            return torch.from_numpy(asyncio.run_coroutine_threadsafe(asked, loop).result())

        return decode

    async def decode(
        self, checkpoint: Checkpoint, z_ND: Float, *, background: bool = False
    ) -> Bytes:
        """Return uint8 images [N, H, W, C] of codes [N, D].

        Args:
            checkpoint: The model to decode with.
            z_ND: Finite codes.
            background: Whether it may wait while a hand is moving, as a map of a thousand tiles.

        Raises:
            ValueError: They are too many for one answer.
        """
        shape = checkpoint.config.model.shape
        if len(z_ND) * math.prod(shape) > MOST_VALUES:
            size = " x ".join(map(str, shape[1:]))
            raise ValueError(f"{len(z_ND):,} pictures of {size} are too many for one answer.")
        at_once = _pictures_at_once(checkpoint)
        images: Bytes = await self._ask(checkpoint, z_ND, self._pixels, at_once, background)
        return images

    async def surroundings(
        self, checkpoint: Checkpoint, z_ND: Float, *, background: bool = False
    ) -> np.ndarray[Any, Any]:
        """Return what lies around codes [N, D], as `AROUND` [N]; NaN and no class without atlas."""
        if checkpoint.atlas is None:
            return np.full(len(z_ND), np.array((np.nan, 0, UNLABELLED), AROUND))
        found: np.ndarray[Any, Any] = await self._ask(
            checkpoint, z_ND, _surroundings, AROUND_AT_ONCE, background
        )
        return found

    async def _ask(
        self,
        checkpoint: Checkpoint,
        z_ND: Float,
        compute: Compute,
        at_once: int,
        background: bool,
    ) -> Any:
        if len(self._turns) >= self._most_waiting:
            raise Busy("Too many pictures are asked for at once; try again in a moment.")
        loop = asyncio.get_running_loop()
        request = Request(
            checkpoint=checkpoint,
            compute=compute,
            at_once=at_once,
            z_ND=z_ND,
            done=loop.create_future(),
        )
        self._turns.add(request, background=background)
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        return await request.done

    async def _work(self) -> None:
        while self._turns:
            await asyncio.sleep(0)  # Viewers that are ready too get into this batch.
            batch = self._turns.next_batch()
            if not batch:
                continue
            first = batch[0][0]
            codes = np.concatenate([chunk for _, chunk in batch])
            try:
                rows = await self.run(partial(first.compute, first.checkpoint, codes))
            except Exception as error:  # Whatever it was, those who wait must hear of it.
                for request, _ in batch:
                    request.fail(error)
                continue
            for request, chunk in batch:
                request.add(rows[: len(chunk)])
                rows = rows[len(chunk) :]


def _pictures_at_once(checkpoint: Checkpoint) -> int:
    return max(1, CHUNK_PIXELS // int(np.prod(checkpoint.config.model.shape)))


def _pixels(exactly: Compute, checkpoint: Checkpoint, z_ND: Float) -> Bytes:
    images = torch.from_numpy(exactly(checkpoint, z_ND))
    images = images.mul(255).add(0.5).to(torch.uint8).permute(0, 2, 3, 1)
    return np.ascontiguousarray(images.numpy())


@torch.inference_mode()
def eager(checkpoint: Checkpoint, z_ND: Float) -> Float:
    """Return what codes [N, D] decode to, float32 [N, C, H, W], in torch."""
    device = next(checkpoint.model.parameters()).device
    images = checkpoint.model.decode(torch.from_numpy(z_ND).to(device))
    return images.float().cpu().numpy()


def read_request(message: bytes, latent_dim: int) -> tuple[bytes, Float]:
    """Return sequence bytes and codes [N, D] of a message.

    Raises:
        ValueError: One sentence on what is wrong with it.
    """
    count, rest = divmod(len(message) - 4, 4 * latent_dim)
    if len(message) < 4 or rest or not 1 <= count <= MAX_CODES:
        raise ValueError(
            f"A message must hold a sequence number and 1 to {MAX_CODES} positions of {latent_dim} "
            f"numbers; this one has {len(message)} bytes."
        )
    z_ND = np.frombuffer(message, "<f4", offset=4).reshape(count, latent_dim)
    if not np.isfinite(z_ND).all():
        raise ValueError(
            "A position holds NaN or an infinite number; nothing can be decoded there."
        )
    return message[:4], z_ND.astype(np.float32)


class _Viewer:
    """One connection: a slot that a reader overwrites and a sender empties."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self._newest: bytes | None = None
        self._arrived = asyncio.Event()
        self._gone = False

    async def read(self) -> None:
        try:
            while True:
                message = await self.socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                self._newest = message.get("bytes") or b""
                self._arrived.set()
        finally:
            self._gone = True
            self._arrived.set()

    async def newest(self) -> bytes | None:
        """Wait for the newest message; None once the viewer is gone."""
        await self._arrived.wait()
        self._arrived.clear()
        return None if self._gone else self._newest


def live_route(registry: Registry, service: DecodeService) -> APIRouter:
    """Return the router of `/live/{name}`."""
    router = APIRouter()

    @router.websocket("/live/{name}")
    async def live(
        socket: WebSocket, name: str, density: bool = False, device: str | None = None
    ) -> None:
        await socket.accept()
        try:
            checkpoint = await asyncio.to_thread(registry.open, name, device)
        except ValueError as error:  # No such checkpoint, or no such device.
            await socket.send_json({"error": str(error)})
            await socket.close(CLOSE_UNKNOWN)
            return
        viewer = _Viewer(socket)
        reader = asyncio.create_task(viewer.read())
        try:
            while (message := await viewer.newest()) is not None:
                await _answer(socket, service, checkpoint, message, density)
        except WebSocketDisconnect:
            pass
        finally:
            reader.cancel()

    return router


async def _answer(
    socket: WebSocket, service: DecodeService, checkpoint: Checkpoint, message: bytes, density: bool
) -> None:
    try:
        sequence, z_ND = read_request(message, checkpoint.config.model.latent_dim)
        require_pictures(checkpoint)
        parts = [sequence, (await service.decode(checkpoint, z_ND)).tobytes()]
        if density:
            around = await service.surroundings(checkpoint, z_ND)
            parts += [around[part].tobytes() for part in AROUND.names or ()]
    except ValueError as error:
        await _send(socket, {"error": str(error)})
    except Exception as error:
        number = note(error, f"Decoding with {checkpoint.name} failed.")
        sentence = f"The model failed to decode this; the studio's log says why, under {number}."
        await _send(socket, {"error": sentence})
    else:
        await _send(socket, b"".join(parts))


async def _send(socket: WebSocket, answer: bytes | dict[str, str]) -> None:
    """Send an answer, unless the page was closed while it was made."""
    try:
        if isinstance(answer, bytes):
            await socket.send_bytes(answer)
        else:
            await socket.send_json(answer)
    except RuntimeError as error:
        raise WebSocketDisconnect(1006) from error


def require_pictures(checkpoint: Checkpoint) -> None:
    """Check that a model decodes pictures.

    Raises:
        ValueError: It decodes something else, such as rows of a table.
    """
    shape = checkpoint.config.model.shape
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise ValueError(
            f"Checkpoint '{checkpoint.name}' decodes examples of shape {shape}, not pictures."
        )


def _surroundings(checkpoint: Checkpoint, z_ND: Float) -> np.ndarray[Any, Any]:
    assert checkpoint.atlas is not None
    around = checkpoint.atlas.surroundings(torch.from_numpy(z_ND))
    found = np.empty(len(z_ND), AROUND)
    found["percentile"] = around.percentiles.numpy()
    found["share"] = around.shares.numpy()
    found["label"] = np.where(around.classes < 0, UNLABELLED, around.classes)
    return found
