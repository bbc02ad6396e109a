"""A recipe with some of its fields replaced."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch

from models.families import build
from models.networks import parameter_count
from models.recipes.recipe import PARTS, Recipe

__all__ = ["with_overrides"]

MOST_PARAMETERS = 500_000_000


def with_overrides(recipe: Recipe, **overrides: object) -> Recipe:
    """Return a recipe with some fields of its model, data or training replaced.

    Args:
        recipe: The recipe to start from.
        **overrides: Field names of the three configurations, `network.` before those of the
            network; None leaves a field as it is.

    Raises:
        ValueError: A field is unknown, its value out of range, or all together are no model.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    parts = {part: _replaced(getattr(recipe, part), given) for part in PARTS}
    if given:
        raise ValueError(f"Recipe '{recipe.name}' has no field {', '.join(sorted(given))}.")
    changed = dataclasses.replace(recipe, **parts)
    _require_model(changed)
    return changed


def _require_model(recipe: Recipe) -> None:
    """Build a recipe's model once without weights, whatever its size."""
    try:
        with torch.device("meta"):
            count = parameter_count(build(recipe.model))
    except (RuntimeError, OverflowError) as error:
        cause = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(f"No model can be built like this: {cause:.200}.") from None
    if count > MOST_PARAMETERS:
        raise ValueError(
            f"The model would have {count:,} parameters; this studio is for up to "
            f"{MOST_PARAMETERS:,}."
        )


def _replaced(config: Any, given: dict[str, object]) -> Any:
    """Return a configuration with the given fields, taken out of `given`; inner ones have dots."""
    changes: dict[str, object] = {}
    for name in (f.name for f in dataclasses.fields(config)):
        if name in given:
            if name in (derived := getattr(config, "derived", {})):
                raise ValueError(derived[name])
            changes[name] = given.pop(name)
        dotted = {key: key.partition(".")[2] for key in given if key.startswith(f"{name}.")}
        if dotted and dataclasses.is_dataclass(inner := changes.get(name, getattr(config, name))):
            below = {short: given.pop(key) for key, short in dotted.items()}
            changes[name] = _replaced(inner, below)
            given.update({f"{name}.{short}": value for short, value in below.items()})
    return dataclasses.replace(config, **changes) if changes else config
