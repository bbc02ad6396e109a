"""The families of models: the one place that knows which configuration builds which model."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated

from pydantic import Discriminator, Tag

from models.joint import JointVAE, JointVAEConfig
from models.ssvae import SSVAE, SSVAEConfig
from models.tables.config import TableConfig
from models.tables.model import TableVAE
from models.vae import VAE, VAEConfig

__all__ = ["FAMILIES", "ModelConfig", "build"]

FAMILIES: dict[str, tuple[type[VAEConfig], type[VAE]]] = {
    "vae": (VAEConfig, VAE),
    "ssvae": (SSVAEConfig, SSVAE),
    "joint": (JointVAEConfig, JointVAE),
    "table": (TableConfig, TableVAE),
}


def _family(config: object) -> str:
    """Return the family that a configuration names; the oldest ones name none."""
    if isinstance(config, dict):
        return str(config.get("family", "vae"))
    return str(getattr(config, "family", "vae"))


if TYPE_CHECKING:
    ModelConfig = VAEConfig
else:
    ModelConfig = Annotated[
        reduce(or_, (Annotated[config, Tag(name)] for name, (config, _) in FAMILIES.items())),
        Discriminator(_family),
    ]
"""A model's configuration, read as that of the family it names."""


def build(config: VAEConfig) -> VAE:
    """Return the untrained model of a configuration."""
    return FAMILIES[config.family][1](config)
