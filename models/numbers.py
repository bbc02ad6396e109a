"""Numbers that a stranger may have written."""

from __future__ import annotations

import sys

__all__ = ["finite_number"]


def finite_number(value: object) -> float | None:
    """Return a figure as a card may hold it, or None if it is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # NaN fails the comparison, too, and a whole number may be larger than any float.
    return float(value) if abs(value) <= sys.float_info.max else None
