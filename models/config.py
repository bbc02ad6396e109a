"""Frozen configuration dataclasses to JSON and back, checked on the way in."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

__all__ = ["field_docs", "from_json", "to_json"]

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
            f"{'.'.join(_way(fault['loc'], data)) or cls.__name__}: "
            + fault["msg"].removeprefix("Value error, ").rstrip(".")
            for fault in error.errors(include_url=False)
        )
        raise ValueError(f"{cls.__name__} cannot be read: {faults}.") from None


def _way(location: Sequence[object], data: object) -> Iterator[str]:
    """Yield the names on the way to a fault, without those of the kinds that a value could be."""
    for place, name in enumerate(location):
        inside = isinstance(data, dict) and name in data
        if inside or not isinstance(data, dict) or place == len(location) - 1:
            yield str(name)
        if inside:
            assert isinstance(data, dict)
            data = data[name]


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    # Building one takes milliseconds, and a list of runs needs two a run.
    return TypeAdapter(cls)


@cache
def field_docs(cls: type) -> dict[str, str]:
    """Return the docstring under each field of a dataclass, as one line; "" where there is none.

    Python keeps no docstrings of attributes, so they are read from the source.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(tree, ast.ClassDef)
    docs = {}
    for statement, below in zip(tree.body, tree.body[1:], strict=False):
        match statement, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(str() as doc)
            ):
                docs[name] = " ".join(doc.split())
    return {field.name: docs.get(field.name, "") for field in dataclasses.fields(cls)}
