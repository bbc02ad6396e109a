"""Frozen configuration dataclasses to JSON and back, checked on the way in."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

__all__ = ["from_json", "to_json"]

T = TypeVar("T")


def to_json(config: object) -> dict[str, Any]:
    """Return a configuration as plain JSON values (tuples become lists)."""
    plain = _adapter(type(config)).dump_python(config, mode="json")  # type: ignore[arg-type]
    assert isinstance(plain, dict)
    return plain


def from_json(cls: type[T], data: object) -> T:
    """Build a configuration from plain JSON values.

    Raises:
        ValueError: A field is unknown, missing, of the wrong type or out of range; the message
            names each one.
    """
    try:
        return _adapter(cls).validate_python(data)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or cls.__name__}: "
            + fault["msg"].removeprefix("Value error, ").rstrip(".")
            for fault in error.errors(include_url=False)
        )
        raise ValueError(f"{cls.__name__} cannot be read: {faults}.") from None


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    # Building one takes milliseconds, and a list of runs needs two a run.
    return TypeAdapter(cls)
