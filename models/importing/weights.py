"""Weights by name, laid onto the model of a recipe; whatever does not fit is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from models.checkpoint import CheckpointError
from models.families import build
from models.joint.config import JointVAEConfig
from models.recipes import RECIPES, Recipe, get_recipe, with_overrides
from models.vae import VAE

__all__ = ["Fitted", "fit_weights"]

PREFIXES = ("module.", "model.", "_orig_mod.")
ZERO_WITHOUT = ("mean_example", "offset")
"""What models before these buffers existed had in effect."""
NAMED = 3
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model with the weights of a file."""

    recipe: Recipe
    """With the latent size that the weights have."""
    model: VAE
    """In eval mode on the CPU."""
    notes: list[str]


def fit_weights(state: Mapping[str, Tensor], recipe: str | None, label: str) -> Fitted:
    """Build a recipe's model with given weights.

    Args:
        state: Tensors by name; prefixes of wrappers may be in front of all of them.
        recipe: Name of a recipe; None takes the only one that fits.
        label: What the file is called in messages.

    Raises:
        CheckpointError: The weights do not fit, or are not finite; the message names which.
    """
    state, notes = _without_prefixes(state)
    chosen = _only_fitting(state, label) if recipe is None else _chosen(recipe)
    sized, faults = _compare(state, chosen)
    if faults:
        others = [row.name for row in RECIPES.values() if not _compare(state, row)[1]]
        hint = f" They fit {_listed(others)}." if others else ""
        raise CheckpointError(
            f"The weights in {label} do not fit recipe '{chosen.name}': {'; '.join(faults)}.{hint}"
        )
    if recipe is None:
        notes.append(f"They fit recipe '{chosen.name}'.")
    if sized.model.latent_dim != chosen.model.latent_dim:
        notes.append(
            f"Latent size {sized.model.latent_dim}, read from the weights; the recipe has "
            f"{chosen.model.latent_dim}."
        )
    model = _loaded(state, sized, label, notes)
    notes.append(f"{len(state)} tensors, each where recipe '{chosen.name}' has it.")
    return Fitted(sized, model, notes)


def _chosen(name: str) -> Recipe:
    try:
        return get_recipe(name)
    except ValueError as error:
        raise CheckpointError(str(error)) from None


def _without_prefixes(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    plain, notes = dict(state), []
    while found := next((p for p in PREFIXES if all(key.startswith(p) for key in plain)), None):
        plain = {key.removeprefix(found): tensor for key, tensor in plain.items()}
        notes.append(f"'{found}' was taken off every name.")
        if "" in plain:
            break
    return plain, notes


def _only_fitting(state: Mapping[str, Tensor], label: str) -> Recipe:
    fitting = [row for row in RECIPES.values() if not _compare(state, row)[1]]
    if len(fitting) == 1:
        return fitting[0]
    names = [row.name for row in fitting] or list(RECIPES)
    which = "fit more than one recipe" if fitting else "fit no recipe as they are"
    raise CheckpointError(f"The weights in {label} {which}; say which it is: {_listed(names)}.")


def _compare(state: Mapping[str, Tensor], recipe: Recipe) -> tuple[Recipe, list[str]]:
    """Return the recipe with the weights' latent size, and what does not fit, worst first."""
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    expected = _shapes(recipe)
    sizes = _latent_sizes(shapes, recipe, expected)
    if len(sizes) == 1 and (size := sizes.pop()) != recipe.model.latent_dim:
        try:
            resized = _with_size(recipe, size)
            wanted = _shapes(resized)
        except (ValueError, RuntimeError, OverflowError):
            resized = recipe
        else:
            if not _faults(shapes, wanted):
                return resized, []
    faults = _faults(shapes, expected)
    if faults and len(sizes) > 1:
        faults.append(f"and their latent size could be {_listed(sorted(sizes))}")
    return recipe, faults


def _with_size(recipe: Recipe, size: int) -> Recipe:
    """Return a recipe whose codes have so many numbers; classes stay as many as they are."""
    if isinstance(recipe.model, JointVAEConfig):
        return with_overrides(recipe, continuous=size - sum(recipe.model.discrete))
    return with_overrides(recipe, latent_dim=size)


def _shapes(recipe: Recipe) -> Shapes:
    with torch.device("meta"):
        return {key: tuple(t.shape) for key, t in build(recipe.model).state_dict().items()}


def _latent_sizes(shapes: Shapes, recipe: Recipe, expected: Shapes) -> set[int]:
    """Return every latent size that some shape in the file points to.

    Where the model grows with its latent size, each of its shapes does so evenly: from two models
    that differ by one dimension follows what size a given shape belongs to.
    """
    size = recipe.model.latent_dim
    larger = _shapes(_with_size(recipe, size + 1))
    sizes = set()
    for key, shape in expected.items():
        if shape == larger[key] or len(shapes.get(key, ())) != len(shape):
            continue
        for found, here, next_one in zip(shapes[key], shape, larger[key], strict=True):
            steps, rest = divmod(found - here, (next_one - here) or 1)
            if next_one != here and not rest and size + steps >= 1:
                sizes.add(size + steps)
    return sizes


def _faults(shapes: Shapes, expected: Shapes) -> list[str]:
    missing = [key for key in expected if key not in shapes and key not in ZERO_WITHOUT]
    unknown = [key for key in shapes if key not in expected]
    wrong = [
        f"{key} has the shape {shapes[key]} instead of {shape}"
        for key, shape in expected.items()
        if key in shapes and shapes[key] != shape
    ]
    faults = []
    if missing:
        faults.append(f"missing {_listed(missing)}")
    if unknown:
        faults.append(f"unknown {_listed([_printable(key) for key in unknown])}")
    if wrong:
        faults.append(_listed(wrong))
    return faults


def _loaded(state: Mapping[str, Tensor], recipe: Recipe, label: str, notes: list[str]) -> VAE:
    torch.manual_seed(0)
    model = build(recipe.model)
    own = model.state_dict()
    weights = {}
    for key, wanted in own.items():
        if key not in state:
            notes.append(f"{key} is not in the file and was taken as zero.")
            weights[key] = torch.zeros_like(wanted)
            continue
        weights[key] = _usable(state[key], wanted, key, label)
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


def _usable(tensor: Tensor, wanted: Tensor, key: str, label: str) -> Tensor:
    plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
    if not plain or tensor.is_quantized or tensor.is_complex():
        raise CheckpointError(f"{label} is refused: {key} is no plain tensor.")
    if tensor.is_floating_point() != wanted.is_floating_point():
        raise CheckpointError(
            f"{label} is refused: {key} is {tensor.dtype} instead of {wanted.dtype}."
        )
    usable = tensor.to(wanted.dtype)
    if usable.is_floating_point() and not torch.isfinite(usable).all():
        raise CheckpointError(f"{label} is refused: {key} holds NaN or infinite values.")
    return usable


def _printable(key: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", key)[:60]


def _listed(names: list[str] | list[int]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(str, names[:NAMED])) + more
