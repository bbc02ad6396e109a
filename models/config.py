"""Frozen configuration dataclasses to JSON and back, checked on the way in."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

__all__ = ["from_json", "to_json"]

T = TypeVar("T")


def to_json(config: object) -> dict[str, Any]:
    """Return a configuration as plain JSON values (tuples become lists)."""
    plain = TypeAdapter(type(config)).dump_python(config, mode="json")
    assert isinstance(plain, dict)
    return plain


def from_json(cls: type[T], data: object) -> T:
    """Build a configuration from plain JSON values.

    Raises:
        ValueError: A field is unknown, missing, of the wrong type or out of range; the message
            names each one.
    """
    try:
        return TypeAdapter(cls).validate_python(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or cls.__name__}: "
            + fault["msg"].removeprefix("Value error, ").rstrip(".")
            for fault in error.errors(include_url=False)
        )
        raise ValueError(f"{cls.__name__} cannot be read: {faults}.") from None
