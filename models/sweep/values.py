"""`--set FIELD=VALUE,VALUE`: a field of a recipe, and the values that it takes in turn.

beta=0.1,1,10                           numbers
network.normalisation=layer,none        choices
network.encoder_hidden=64,64x64         widths: with x between them,
network.encoder_hidden=[64],[64,64]     or in brackets, whose commas do not divide values
"""

from __future__ import annotations

import math
import re
from typing import get_origin

from models.recipes import Recipe
from models.settings import field_type, read_value

__all__ = ["parse_set", "split_values"]


def parse_set(recipe: Recipe, text: str) -> tuple[str, tuple[object, ...]]:
    """Return the field and the values of one `FIELD=VALUE,VALUE`.

    Raises:
        ValueError: The recipe has no such field, or a value is none of its type.
    """
    field, equals, listed = (part.strip() for part in text.partition("="))
    if not equals or not field:
        raise ValueError(f"--set {text!r:.80} has no field; write --set FIELD=VALUE,VALUE.")
    kind = field_type(recipe, field)
    values: list[object] = []
    for word in split_values(listed):
        # `64x64` is two widths where widths are wanted, and a word elsewhere.
        plain = re.sub(r"(?<=\d)[xX](?=\d)", ",", word) if get_origin(kind) is tuple else word
        value = read_value(recipe, field, plain)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"--set {field}: {word:.40} is no finite number.")
        if value in values:
            raise ValueError(f"--set {field} lists {word:.40} twice; name each value once.")
        values.append(value)
    return field, tuple(values)


def split_values(text: str) -> list[str]:
    """Split at the commas that lie outside brackets.

    Raises:
        ValueError: A bracket is left open, or nothing stands between two commas.
    """
    values, depth = [""], 0
    for letter in text:
        depth += (letter in "[(") - (letter in "])")
        if depth not in (0, 1):
            break
        if letter == "," and depth == 0:
            values.append("")
        else:
            values[-1] += letter
    if depth:
        raise ValueError(f"{text!r:.80} has brackets that do not match; write [64,64],[128].")
    values = [value.strip() for value in values]
    if not all(values):
        raise ValueError(f"{text!r:.80} lists nothing between commas; write single commas.")
    return values
