"""The checkpoints: which there are, and the card of one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from models.registry import Registry
from studio.checkpoint_files import CheckpointFiles, card_of, entry_facts, metric_rows
from studio.endpoints.endpoint import Answer, Endpoint
from studio.endpoints.given import Name

__all__ = ["CheckpointEndpoints"]


@dataclass(frozen=True, slots=True)
class CheckpointEndpoints:
    """What the tab Checkpoints does."""

    registry: Registry = field(repr=False)
    files: CheckpointFiles = field(repr=False)

    def all(self) -> list[Endpoint]:
        """Return them."""
        return [
            Endpoint(tab="Checkpoints", call=call) for call in (self.checkpoints, self.checkpoint)
        ]

    async def checkpoints(self) -> Answer:
        """List the trained models: name, data set, latent dimensions, measured figures, state.

        The names are what the other functions take as `checkpoint`.
        """

        def listed() -> Answer:
            found = []
            for entry in self.registry.entries():
                metrics = metric_rows(entry.config.metrics) if entry.config else []
                figures = {row["key"]: row["value"] for row in metrics}
                shape = list(entry.config.model.shape) if entry.config else None
                facts = entry_facts(self.registry, entry)
                found.append(facts | {"shape": shape, "metrics": figures})
            return {"checkpoints": found}

        return await asyncio.to_thread(listed)

    async def checkpoint(self, checkpoint: Name) -> Answer:
        """Return all that is known of one model: figures, settings, classes, files, and its card.

        Args:
            checkpoint: Name of the model.
        """

        def told() -> Answer:
            card = card_of(self.registry, checkpoint)
            return self.files.details(checkpoint) | {"card": card}

        return await asyncio.to_thread(told)
