"""Encoding from a source into one file, a batch at a time."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from models.data import DataError
from models.encode.output import Staging
from models.encode.ranks import Ranks
from models.encode.sources import Source
from models.posterior import Posterior
from models.preprocessing import Binarise, prepare
from models.training.devices import bf16_is_fast
from models.vae import VAE

__all__ = ["EncodeReport", "batch_for", "encode_to_file"]

Advance = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodeReport:
    """What was done."""

    examples: int
    left_out: tuple[int, ...]
    """Rows of the source that could not be read."""
    seconds: float
    bytes: int
    ranks: int

    @property
    def examples_per_second(self) -> float:
        """Rate over all ranks."""
        return self.examples / max(self.seconds, 1e-9)


def batch_for(shape: tuple[int, ...]) -> int:
    """Return the examples of a batch: 2,048 small pictures are fast, and large ones take room."""
    return max(32, min(2048, (1 << 21) // math.prod(shape)))


def encode_to_file(
    model: VAE,
    source: Source,
    output: Path,
    *,
    binarise: Binarise,
    precision: str = "fp32",
    batch_size: int = 0,
    ranks: Ranks = Ranks(),  # noqa: B008 - frozen
    advance: Advance = lambda rows: None,
) -> EncodeReport:
    """Encode every row of a source; called on every rank.

    Args:
        model: A model in eval mode, on this rank's device.
        source: The examples.
        output: `.npy` for mu, `.npz` for mu, logvar and what is known of each row.
        binarise: How the model's examples are prepared. Where they are drawn anew at each sight,
            their grey values are encoded, as in an atlas.
        precision: "fp32", or "bf16" to multiply in bfloat16 where that is faster.
        batch_size: Examples at once; 0 chooses.
        ranks: The processes that share the rows.
        advance: Called with the number of rows after each batch of this rank.

    Returns:
        What was done; only the first rank knows what was left out.

    Raises:
        OutputError: The output cannot be written; nothing is left behind.
        DataError: An example cannot be used; nothing is left behind.
        ValueError: bfloat16 is slower here, or unknown is the precision.
    """
    begun = time.perf_counter()
    device = next(model.parameters()).device
    token = f"{ranks.first(secrets.randbits(32)):08x}"
    staging = Staging(output, len(source), model.config.latent_dim, token)
    batch = batch_size or batch_for(model.config.shape)
    rows = ranks.first(len(source))
    left_out: list[int] = []

    def prepare_all() -> None:
        _require_fast(precision, device)
        if len(source) != rows:
            raise DataError(f"Rank {ranks.rank} finds {len(source):,} examples, rank 0 {rows:,}.")
        if ranks.rank == 0:
            staging.create()

    def encode(examples: Tensor) -> Posterior:
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            return model.encode(prepared(examples.to(device), binarise))

    def finish() -> None:
        if ranks.rank == 0:
            left_out.extend(staging.finish(source))

    try:
        ranks.together(prepare_all)
        ranks.together(lambda: _encode_rows(encode, source, staging, ranks, batch, advance))
        ranks.together(finish)
    finally:
        if ranks.rank == 0:
            staging.remove()
    return EncodeReport(
        examples=rows - len(left_out),
        left_out=tuple(left_out),
        seconds=time.perf_counter() - begun,
        bytes=output.stat().st_size,
        ranks=ranks.size,
    )


def prepared(examples: Tensor, binarise: Binarise) -> Tensor:
    """Return examples as float32 in [0, 1], cut at 0.5 where the model knows no grey."""
    mode: Binarise = "threshold" if binarise == "threshold" else "none"
    if examples.dtype == torch.uint8:
        return prepare(examples, mode)
    return (examples > 0.5).to(torch.float32) if mode == "threshold" else examples


@torch.inference_mode()
def _encode_rows(
    encode: Callable[[Tensor], Posterior],
    source: Source,
    staging: Staging,
    ranks: Ranks,
    batch: int,
    advance: Advance,
) -> None:
    start, stop = ranks.rows(len(source))
    unreadable: list[int] = []
    try:
        with staging:
            for first in range(start, stop, batch):
                if staging.failed:
                    return
                chunk = source.read(first, min(first + batch, stop))
                unreadable += chunk.unreadable
                posterior = encode(chunk.examples)
                arrays = {"mu": posterior.mu, "logvar": posterior.logvar}
                staging.write(first, {k: arrays[k].cpu().numpy() for k in staging.parts})
                advance(len(chunk.examples))
            staging.flush(ranks.rank, unreadable)
    except Exception:
        staging.fail()
        raise


def _require_fast(precision: str, device: torch.device) -> None:
    if precision not in ("fp32", "bf16"):
        raise ValueError(f"{precision!r:.40} is no precision; choose fp32 or bf16.")
    if precision == "bf16" and not bf16_is_fast(device):
        raise ValueError("bf16 is slower than fp32 on this machine; leave --precision out.")
