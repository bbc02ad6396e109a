"""Data sets as tensors in memory, and untrusted pictures on their way to an encoder."""

from models.data.catalogue import (
    DATASETS,
    is_dataset,
    is_table,
    load,
    load_as,
    load_table,
)
from models.data.dataset import DataError, Dataset, Split
from models.data.places import find_root

__all__ = [
    "DATASETS",
    "DataError",
    "Dataset",
    "Split",
    "find_root",
    "is_dataset",
    "is_table",
    "load",
    "load_as",
    "load_table",
]
