"""What a recipe is: a model, its data and its training."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.families import ModelConfig
from models.preprocessing import DataConfig
from models.tables.config import TableConfig
from models.training.config import PICTURES_ONLY, TrainingConfig

__all__ = ["PARTS", "Recipe"]

PARTS = ("model", "data", "training")
"""The configurations of a recipe."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What `python -m models train NAME` trains."""

    name: str
    summary: str
    model: ModelConfig
    data: DataConfig
    training: TrainingConfig
    thumbnails: int = field(default=3000)
    """Examples whose pictures are kept in the atlas."""
    codes: int = 0
    """Examples whose codes are kept in the atlas, drawn from all; 0 keeps every one."""
    components: int = 0
    """Most components of the mixture that is fitted to the codes and kept in the atlas; 0 keeps
    none."""
    licence: str = "MIT"

    def __post_init__(self) -> None:
        """Check that nothing asks for pictures where examples are rows of a table."""
        if not isinstance(self.model, TableConfig):
            return
        training = self.training
        asked = [name for name in PICTURES_ONLY if getattr(training, name)]
        if training.semi is not None:
            asked.append("semi")
        if asked:
            raise ValueError(
                f"{asked[0]} is for pictures and has no part in a training on rows of a table; "
                "leave it at its default."
            )
