"""The parts of a checkpoint, read without believing what they say."""

from __future__ import annotations

from collections.abc import Mapping

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from models.families import build
from models.latent.atlas import Atlas
from models.latent.attributes import AttributeDirections
from models.manifest import CheckpointError
from models.packed import unpack
from models.vae import VAE, VAEConfig

__all__ = [
    "cause",
    "fill",
    "parse_atlas",
    "parse_directions",
    "parse_tensors",
    "require_finite",
    "require_match",
    "without_weights",
]

TYPES = frozenset(
    {
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
        *(torch.int8, torch.int16, torch.int32, torch.int64),
        *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
        torch.bool,
    }
)
"""What weights may be kept in; smaller fractions cannot even be asked whether they are finite."""


def without_weights(config: VAEConfig, name: str) -> VAE:
    """Return a model that takes no memory yet, however large the configuration says it is.

    Raises:
        CheckpointError: There is no such model.
    """
    try:
        with torch.device("meta"):
            return build(config)
    except (ValueError, RuntimeError, TypeError, OverflowError) as error:
        raise CheckpointError(f"Checkpoint '{name}' describes no model: {cause(error)}") from None


def fill(model: VAE, state: Mapping[str, Tensor]) -> None:
    """Give a model that takes no memory yet the weights that match it."""
    # `to_empty` would load seconds of symbolic mathematics for it.
    weights = {
        key: torch.empty(outline.shape, dtype=outline.dtype).copy_(state[key])
        for key, outline in model.state_dict().items()
    }
    model.load_state_dict(weights, assign=True)


def parse_tensors(raw: bytes, file: str, name: str) -> dict[str, Tensor]:
    """Read the tensors of a checkpoint's file.

    Raises:
        CheckpointError: They cannot be read.
    """
    try:
        return dict(safetensors.torch.load(raw))
    except (SafetensorError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"Checkpoint '{name}' has an unreadable {file}: {cause(error)}"
        ) from None


def parse_atlas(
    raw: bytes | None, model: VAEConfig, class_names: tuple[str, ...], name: str
) -> Atlas | None:
    """Read the atlas of a checkpoint, if it has one.

    Raises:
        CheckpointError: It cannot be read, or does not fit the model.
    """
    if raw is None:
        return None
    tensors = parse_tensors(raw, "atlas.safetensors", name)
    try:
        atlas = Atlas.from_tensors(unpack(tensors), class_names)
        _ = atlas.density  # Built here, so that parts that do not fit are refused here.
    except (ValueError, KeyError, IndexError, TypeError, OverflowError, RuntimeError) as error:
        raise CheckpointError(
            f"Checkpoint '{name}' has an unusable atlas: {cause(error)}"
        ) from None
    if len(atlas.thumbnails) and atlas.thumbnails.shape[1:] != model.shape:
        raise CheckpointError(
            f"Checkpoint '{name}' has thumbnails of the shape {tuple(atlas.thumbnails.shape[1:])} "
            f"for a model of {model.shape}."
        )
    if atlas.codes.shape[1] != model.latent_dim:
        raise CheckpointError(
            f"Checkpoint '{name}' has an atlas of {atlas.codes.shape[1]} dimensions for a model "
            f"of {model.latent_dim}."
        )
    return atlas


def parse_directions(
    raw: bytes | None, model: VAEConfig, names: tuple[str, ...], name: str
) -> AttributeDirections | None:
    """Read the attribute directions of a checkpoint, if it has any.

    Raises:
        CheckpointError: They cannot be read, or do not fit the model.
    """
    if raw is None:
        return None
    tensors = parse_tensors(raw, "directions.safetensors", name)
    try:
        directions = AttributeDirections.from_tensors(tensors, names)
    except (ValueError, IndexError, TypeError, RuntimeError) as error:
        raise CheckpointError(
            f"Checkpoint '{name}' has unusable directions: {cause(error)}"
        ) from None
    if directions.dimensions != model.latent_dim:
        raise CheckpointError(
            f"Checkpoint '{name}' has directions of {directions.dimensions} dimensions for a model "
            f"of {model.latent_dim}."
        )
    return directions


def cause(error: Exception) -> str:
    """Return an error's first line as the end of a sentence; what a stranger wrote is cut."""
    lines = str(error).splitlines() or [type(error).__name__]
    return f"{lines[0]:.300}".rstrip(".") + "."


def require_match(state: Mapping[str, Tensor], expected: Mapping[str, Tensor], name: str) -> None:
    """Refuse weights that are not those of the model.

    Args:
        state: The weights of the checkpoint.
        expected: Those of the model it describes.
        name: What the checkpoint is called.

    Raises:
        CheckpointError: One is missing, unknown, of another kind or shape, or of a type in which
            no weights are kept.
    """
    for key in (*expected, *state):
        if key not in state:
            raise CheckpointError(f"Checkpoint '{name}' does not fit its model: {key} is missing.")
        if key not in expected:
            raise CheckpointError(f"Checkpoint '{name}' does not fit its model: {key} is unknown.")
        if state[key].dtype not in TYPES:
            raise CheckpointError(
                f"Checkpoint '{name}' is refused: {key} is {state[key].dtype}; save its weights as "
                "torch.float16 or torch.float32."
            )
        # Weights may be kept in 16 bits, but a number stays a fraction or a count.
        if state[key].is_floating_point() != expected[key].is_floating_point():
            raise CheckpointError(
                f"Checkpoint '{name}' does not fit its model: {key} is {state[key].dtype}, "
                f"expected {expected[key].dtype}."
            )
        if state[key].shape != expected[key].shape:
            raise CheckpointError(
                f"Checkpoint '{name}' does not fit its model: {key} has the shape "
                f"{tuple(state[key].shape)}, expected {tuple(expected[key].shape)}."
            )


def require_finite(state: Mapping[str, Tensor], name: str) -> None:
    """Refuse weights with NaN or infinite values.

    Raises:
        CheckpointError: One has some.
    """
    for key, tensor in state.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise CheckpointError(
                f"Checkpoint '{name}' is refused: {key} holds NaN or infinite values."
            )
