"""What a run was asked to do: the content of its `run.json`, written once."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from pydantic import ConfigDict

from models.recipes import Recipe

__all__ = ["FORMAT", "Launch", "RunConfig"]

FORMAT = 1


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "torch": version("torch")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """Where and how a training computes; none of it changes what is learned but by rounding."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    device: str = "auto"
    """auto, cpu, cuda, cuda:N or mps."""
    precision: str = "fp32"
    """Multiply matrices in 32 bits, or in bfloat16 where the processor is fast at it."""
    compile: bool = False
    """Compile the loss first; pays in long trainings."""
    threads: int = 0
    """CPU threads; 0 takes every core."""
    half: bool = False
    """Keep the weights in 16 bits: half the file size."""
    auto_batch: bool = False
    """Out of memory, halve the batch once and begin again."""
    tensorboard: bool = False
    """Write TensorBoard's event files too, where it is installed."""

    def __post_init__(self) -> None:
        """Check every range."""
        if self.precision not in ("fp32", "bf16"):
            raise ValueError(f"{self.precision!r:.40} is no precision; choose fp32 or bf16.")
        if not 0 <= self.threads <= 1024:
            raise ValueError(f"threads must lie in 0..1024, not {self.threads}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunConfig:
    """One run: the whole recipe with its overrides applied, and how it was started."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    """The folder's name."""
    name: str
    """Name of the checkpoint that it becomes."""
    recipe: Recipe
    overrides: dict[str, Any] = field(default_factory=dict)
    """What differs from the recipe of that name; already applied."""
    launch: Launch = field(default_factory=Launch)
    command: str = ""
    """A command line that does the same."""
    parent: str | None = None
    """The run whose settings this one began with."""
    project: str = ""
    """Id of the label project that this is a round of; its result stays there."""
    created: str = field(default_factory=_now)
    """Finer than a second, because it puts runs in order."""
    versions: dict[str, str] = field(default_factory=_versions)
    format: int = FORMAT
