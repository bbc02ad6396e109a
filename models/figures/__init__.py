"""Figures of what a model does, as images."""

from models.figures.film import moving
from models.figures.pictures import (
    all_traversals,
    class_names_of,
    classes_by_continuous,
    plane,
    reconstructions,
    samples,
    samples_by_class,
    traversal,
)
from models.figures.sheet import Strip, as_image, bytes_of, sheet

__all__ = [
    "Strip",
    "all_traversals",
    "as_image",
    "bytes_of",
    "class_names_of",
    "classes_by_continuous",
    "moving",
    "plane",
    "reconstructions",
    "samples",
    "samples_by_class",
    "sheet",
    "traversal",
]
