"""Settings as people write them, `network.dropout=0.2`, turned into values of a recipe's fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from models.recipes import PARTS, Recipe

__all__ = ["field_type", "read_settings", "read_value"]


def read_settings(recipe: Recipe, settings: Sequence[str]) -> dict[str, Any]:
    """Return the overrides that `FIELD=VALUE` texts name.

    Raises:
        ValueError: One is no such text, names no field, or its value has another type.
    """
    overrides = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"{setting!r:.80} is no setting; write FIELD=VALUE, such as beta=4.")
        overrides[name.strip()] = read_value(recipe, name.strip(), text.strip())
    return overrides


def read_value(recipe: Recipe, name: str, text: str) -> Any:
    """Return a field's value written as text; several numbers have commas between them.

    Raises:
        ValueError: There is no such field, or the value has another type.
    """
    wanted = field_type(recipe, name)
    try:
        if get_origin(wanted) is tuple:
            parts = [part.strip() for part in text.strip("()[] ").split(",")]
            return TypeAdapter(wanted).validate_python([part for part in parts if part])
        return TypeAdapter(wanted).validate_strings(text)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]["msg"]
        raise ValueError(f"{name}={text!r:.60} cannot be used: {fault}.") from None


def field_type(recipe: Recipe, name: str) -> Any:
    """Return the type of a field by its (dotted) name.

    Raises:
        ValueError: There is no such field, or it holds others.
    """
    first, *rest = name.split(".")
    for part in PARTS:
        config = getattr(recipe, part)
        hints = get_type_hints(type(config))
        if first in hints and not _is_absent(config, first, hints[first]):
            found = _held(hints[first])
            for inner in rest:
                found = _held(get_type_hints(found).get(inner)) if _is_config(found) else None
            if found is not None and not _is_config(found):
                return found
    known = ", ".join(n for part in PARTS for n in _names(getattr(recipe, part)))
    raise ValueError(f"Recipe '{recipe.name}' has no field {name!r:.60}; there are: {known}.")


def _held(kind: Any) -> Any:
    """Return the configuration that a field may hold, or its type as it is."""
    return next((part for part in get_args(kind) if _is_config(part)), kind)


def _is_config(kind: Any) -> bool:
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def _is_absent(config: Any, name: str, kind: Any) -> bool:
    """Tell whether a field would hold a configuration, but holds none."""
    return _is_config(_held(kind)) and getattr(config, name) is None


def _names(config: Any, prefix: str = "") -> list[str]:
    names = []
    for name, kind in get_type_hints(type(config)).items():
        if not _is_config(_held(kind)):
            if not name.startswith("__"):
                names.append(prefix + name)
        elif not _is_absent(config, name, kind):
            names += _names(getattr(config, name), f"{prefix}{name}.")
    return names
