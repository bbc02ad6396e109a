"""The grid: every combination of the swept values as a recipe with a name of its own."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.config import to_json
from models.data import DATASETS, is_dataset
from models.recipes import Recipe, with_overrides
from models.registry import require_name
from models.sweep.values import parse_set

__all__ = ["MANY", "Grid", "Point", "make_grid", "word"]

MANY = 200
LONGEST_PREFIX = 48
LONGEST_NAME = 60
"""A registry adds a number to a name that is taken, up to 64 letters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One combination of values."""

    name: str
    """Name of the checkpoint that it becomes."""
    values: Mapping[str, object]
    """The swept fields."""
    overrides: Mapping[str, object]
    """The swept fields, and those that all points share."""
    recipe: Recipe
    """The recipe with everything applied."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """All points of a sweep, in the order of their values."""

    recipe: str
    fields: tuple[str, ...]
    points: tuple[Point, ...]

    def fingerprint(self, launch: object) -> str:
        """Return letters that two sweeps share if they would train the same.

        Args:
            launch: What else decides what is learned, as plain JSON values.
        """
        points = [[point.name, to_json(point.recipe)] for point in self.points]
        text = json.dumps([points, launch], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def make_grid(
    recipe: Recipe,
    sets: Sequence[str],
    *,
    overrides: Mapping[str, object] | None = None,
    name: str | None = None,
    many: bool = False,
) -> Grid:
    """Build the product of all swept values, and every recipe of it.

    Args:
        recipe: What the points have in common.
        sets: `FIELD=VALUE,VALUE` each.
        overrides: Fields with one value for all points, such as epochs.
        name: What names begin with; the recipe's name if None.
        many: Whether more than 200 points are meant.

    Raises:
        ValueError: A field is unknown or named twice, a value is bad, a point is no model, or
            there are too many points.
    """
    swept = dict(_parsed(recipe, sets, overrides or {}))
    count = 1
    for values in swept.values():
        count *= len(values)
    if count > MANY and not many:
        raise ValueError(f"That is {count:,} trainings; add --yes if you mean it.")
    prefix = require_name(name or recipe.name)
    if len(prefix) > LONGEST_PREFIX:
        raise ValueError(f"{prefix!r} is too long to begin names with; use {LONGEST_PREFIX} signs.")
    combinations = [
        dict(zip(swept, values, strict=True)) for values in itertools.product(*swept.values())
    ]
    names = _names(prefix, combinations)
    shared = {key: value for key, value in (overrides or {}).items() if value is not None}
    points = tuple(
        Point(
            name=named,
            values=values,
            overrides={**shared, **values},
            recipe=_checked(recipe, values, shared),
        )
        for named, values in zip(names, combinations, strict=True)
    )
    return Grid(recipe=recipe.name, fields=tuple(swept), points=points)


def _parsed(
    recipe: Recipe, sets: Sequence[str], overrides: Mapping[str, object]
) -> Iterable[tuple[str, tuple[object, ...]]]:
    if not sets:
        raise ValueError("There is nothing to sweep; add --set FIELD=VALUE,VALUE.")
    seen = {key for key, value in overrides.items() if value is not None}
    for text in sets:
        field, values = parse_set(recipe, text)
        if field in seen:
            raise ValueError(f"{field} is given twice; name all its values in one --set.")
        seen.add(field)
        yield field, values


def _checked(
    recipe: Recipe, values: Mapping[str, object], overrides: Mapping[str, object]
) -> Recipe:
    """Return a point's recipe, which is one that a model can be built from."""
    try:
        made = with_overrides(recipe, **{**overrides, **values})
    except ValueError as error:
        where = ", ".join(f"{field}={word(value)}" for field, value in values.items())
        raise ValueError(f"With {where}: {error}") from None
    if not is_dataset(made.data.dataset):
        raise ValueError(
            f"There is no data set {made.data.dataset!r:.80}; choose one of {', '.join(DATASETS)}."
        )
    return made


def _names(prefix: str, combinations: Sequence[Mapping[str, object]]) -> list[str]:
    """Return `prefix-beta0.1-latent_dim8` and the like, or numbers where those do not serve."""
    names = ["-".join([prefix, *map(_label, *zip(*c.items(), strict=True))]) for c in combinations]
    if max(map(len, names)) > LONGEST_NAME or len(set(names)) < len(names):
        digits = len(str(len(names)))
        return [f"{prefix}-point{i:0{digits}}" for i in range(1, len(names) + 1)]
    return names


def _label(field: str, value: object) -> str:
    return field.rpartition(".")[2] + re.sub(
        r"[^A-Za-z0-9._-]", "-", word(value).replace("e+", "e")
    )


def word(value: object, between: str = "x") -> str:
    """Return a value as it is written in names (`64x64`) or, with commas, in settings."""
    if isinstance(value, tuple | list):
        return between.join(map(str, value)) or ("none" if between == "x" else "[]")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0")
