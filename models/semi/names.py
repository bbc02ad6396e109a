"""Settings of an SSVAE under the names that other programs give them, read into our own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from models.networks import NetworkConfig
from models.semi.config import SemiConfig
from models.ssvae import SSVAEConfig
from models.training.config import TrainingConfig

__all__ = ["read_names"]

KINDS = {"dense": "dense", "conv": "convolutional", "pooled": "pooled"}
KINDS |= {kind: kind for kind in KINDS.values()}
CHANNELS = {"dense": (), "convolutional": (32, 64), "pooled": (32, 64, 128)}
PLACES: dict[str, tuple[str, str]] = {
    "input_dim": ("model", "shape"),
    "latent_dim": ("model", "latent_dim"),
    "num_classes": ("model", "classes"),
    "classifier_type": ("model", "classifier_type"),
    "prior_type": ("model", "prior"),
    "num_components": ("model", "components"),
    "batch_size": ("training", "batch_size"),
    "learning_rate": ("training", "learning_rate"),
    "max_epochs": ("training", "epochs"),
    "patience": ("training", "patience"),
    "grad_clip_norm": ("training", "clip_norm"),
    "weight_decay": ("training", "weight_decay"),
    "random_seed": ("training", "seed"),
    "label_weight": ("semi", "label_weight"),
    "recon_weight": ("semi", "bound_weight"),
    "contrastive_weight": ("semi", "contrastive_weight"),
}
"""Their name to the part it belongs to and ours in it."""
VALUES: dict[str, Callable[[Any], Any]] = {
    "input_dim": lambda given: tuple(given) if len(given) == 3 else (1, *given),
    "classifier_type": {"dense": "latent", "conv": "features"}.get,
    "prior_type": {"standard": "normal"}.get,
}
"""What is called differently; other values stay as they are."""
APART = ("encoder_type", "decoder_type", "hidden_dims", "kl_weight", "use_contrastive")


def read_names(settings: Mapping[str, Any]) -> tuple[SSVAEConfig, TrainingConfig]:
    """Read `encoder_type`, `hidden_dims`, `recon_weight`, `max_epochs` and so on.

    `hidden_dims` are the encoder's widths and, reversed, the decoder's. The KL's weight becomes a
    beta: its weight in proportion to the reconstruction's.

    Raises:
        ValueError: A name is unknown, or a value out of range.
    """
    unknown = sorted(settings.keys() - PLACES.keys() - set(APART))
    if unknown:
        known = ", ".join(sorted((*PLACES, *APART)))
        raise ValueError(f"There is no setting {', '.join(unknown)}; there are: {known}.")
    parts: dict[str, dict[str, Any]] = {"model": {}, "training": {}, "semi": {}}
    for name, value in settings.items():
        if name in PLACES:
            part, ours = PLACES[name]
            read = VALUES[name](value) if name in VALUES else value
            parts[part][ours] = value if read is None else read
    if not settings.get("use_contrastive", True):
        parts["semi"]["contrastive_weight"] = 0.0
    semi = SemiConfig(**parts["semi"])
    if "kl_weight" in settings:
        if not semi.bound_weight:
            raise ValueError("kl_weight needs a recon_weight above 0: a KL alone explains nothing.")
        parts["training"]["beta"] = settings["kl_weight"] / semi.bound_weight
    training = dataclasses.replace(TrainingConfig(semi=semi), **parts["training"])
    return SSVAEConfig(network=_network(settings), **parts["model"]), training


def _network(settings: Mapping[str, Any]) -> NetworkConfig:
    encoder, decoder = (settings.get(name, "dense") for name in ("encoder_type", "decoder_type"))
    for given in (encoder, decoder):
        if given not in KINDS:
            raise ValueError(f"{given!r:.40} is no network; choose from: {', '.join(KINDS)}.")
    kind, pictured = KINDS[encoder], KINDS[decoder]
    # Convolutions read and write, or only read: then the decoder is dense.
    if kind == "convolutional" and pictured == "dense":
        kind = "pooled"
    elif kind != pictured and (kind, pictured) != ("pooled", "dense"):
        raise ValueError(f"An encoder of the kind {encoder} goes with no {decoder} decoder.")
    widths = tuple(settings.get("hidden_dims", (512, 256)))
    return NetworkConfig(
        kind=kind,  # type: ignore[arg-type] # One of the kinds, looked up above.
        channels=CHANNELS[kind],
        encoder_hidden=() if kind == "pooled" else widths,
        decoder_hidden=tuple(reversed(widths)),
    )
