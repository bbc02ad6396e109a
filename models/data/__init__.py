"""Data sets as tensors in memory, and untrusted pictures on their way to an encoder."""

from models.data.catalogue import (
    DATASETS,
    find_root,
    is_dataset,
    is_table,
    load,
    load_as,
    load_table,
)
from models.data.dataset import DataError, Dataset, Split

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
