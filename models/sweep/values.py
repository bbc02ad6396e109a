"""`--set FIELD=VALUE,VALUE`: a field of a recipe, and its values read by the field's type.

beta=0.1,1,10                           numbers
network.normalisation=layer,none        choices
network.encoder_hidden=64,64x64         widths: with x between them,
network.encoder_hidden=[64],[64,64]     or as JSON; commas inside brackets do not divide
dataset="a,b",mnist                     text; commas inside double quotes do not divide
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import re
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

from models.recipes import Recipe

__all__ = ["field_types", "parse_set", "split_values"]

PARTS = ("model", "data", "training")
WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def parse_set(recipe: Recipe, text: str) -> tuple[str, tuple[object, ...]]:
    """Return the field and the values of one `FIELD=VALUE,VALUE`.

    Raises:
        ValueError: The recipe has no such field, or a value is none of its type.
    """
    field, equals, listed = text.partition("=")
    field = field.strip()
    if not equals or not field:
        raise ValueError(f"--set {text!r:.80} has no '='; write --set FIELD=VALUE,VALUE.")
    known = field_types(recipe)
    if field not in known:
        near = difflib.get_close_matches(field, known, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}."
        raise ValueError(f"Recipe '{recipe.name}' has no field {field!r:.80} to sweep; {hint}")
    values = tuple(_read(field, known[field], word) for word in split_values(listed))
    for index, value in enumerate(values):
        if value in values[:index]:
            raise ValueError(f"--set {field} lists {_plain(value)} twice; name each value once.")
    return field, values


def field_types(recipe: Recipe) -> dict[str, Any]:
    """Return every field that can be swept, by its name in overrides, with its type."""
    return dict(pair for part in PARTS for pair in _types_of(getattr(recipe, part), ""))


def _types_of(config: Any, before: str) -> Iterator[tuple[str, Any]]:
    hints = typing.get_type_hints(type(config))
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from _types_of(value, f"{before}{field.name}.")
        else:
            yield f"{before}{field.name}", hints[field.name]


def split_values(text: str) -> list[str]:
    """Split at commas that lie outside brackets and double quotes.

    Raises:
        ValueError: A bracket or quote is left open, or nothing stands between two commas.
    """
    values, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == '"'
        depth += 0 if quoted else (letter == "[") - (letter == "]")
        if letter == "," and not quoted and depth == 0:
            values.append("")
        else:
            values[-1] += letter
    values = [value.strip() for value in values]
    if quoted or depth:
        raise ValueError(f"{text!r:.80} leaves a bracket or quote open.")
    if not all(values):
        raise ValueError(f"{text!r:.80} has an empty value; write values with single commas.")
    return values


def _read(field: str, kind: Any, word: str) -> object:
    """Read one value; the words of the message name what belongs there."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        if word.lower() == "none":
            raise ValueError(f"--set {field}: none is what a recipe has already; leave it out.")
        (kind,) = (k for k in typing.get_args(kind) if k is not type(None))
    if typing.get_origin(kind) is typing.Literal:
        choices = typing.get_args(kind)
        if word in choices:
            return word
        raise ValueError(f"--set {field}: {word!r:.40} is none of {', '.join(choices)}.")
    if typing.get_origin(kind) is tuple:
        return _read_tuple(field, typing.get_args(kind)[0], word)
    if kind not in READERS:
        raise ValueError(f"--set {field} cannot be swept; sweep the fields below it.")
    article, reader = READERS[kind]
    try:
        return reader(word)
    except (ValueError, KeyError):
        raise ValueError(f"--set {field}: {word!r:.40} is no {article}.") from None


def _read_tuple(field: str, kind: Any, word: str) -> tuple[object, ...]:
    inner = word[1:-1] if word.startswith("[") and word.endswith("]") else None
    words = re.split("[xX]", word) if inner is None else split_values(inner) if inner else []
    return tuple(_read(field, kind, part) for part in words)


def _whole(word: str) -> int:
    return int(word)


def _number(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(word)
    return value


def _text(word: str) -> str:
    value = json.loads(word) if word.startswith('"') else word
    if not isinstance(value, str):
        raise ValueError(word)
    return value


READERS: dict[Any, tuple[str, Callable[[str], object]]] = {
    bool: ("switch (true or false)", lambda word: WORDS[word.lower()]),
    int: ("whole number", _whole),
    float: ("number", _number),
    str: ("text", _text),
}


def _plain(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
