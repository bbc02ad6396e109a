"""A training that goes on has to go on with the rows that it began with.

A table can be deleted and another one kept under its name while a run stands still. Its weights and
their scaling know the old rows; what was held out of the new ones might be among them.
"""

from __future__ import annotations

from dataclasses import replace

from models.atomic import write_file
from models.data import DataError, Dataset
from models.runs.folder import Run

__all__ = ["with_rows_of"]


def with_rows_of(run: Run, dataset: Dataset) -> Dataset:
    """Return a data set that a run may begin or go on with, having noted which rows it learns.

    Of a run from before this was noted it cannot be said which they were; then nor does the data
    set say it.

    Args:
        run: The run.
        dataset: What its recipe's data set is now.

    Raises:
        DataError: The run has learned from other rows.
        OSError: It cannot be noted.
    """
    if not dataset.rows_digest:
        return dataset
    begun = run.last.exists() or run.best.exists()
    if not begun:
        write_file(run.rows, dataset.rows_digest.encode())
        return dataset
    if not run.rows.exists():
        return replace(dataset, rows_digest="")
    if run.rows.read_bytes().strip() != dataset.rows_digest.encode():
        raise DataError(
            f"{dataset.name} has other rows now than when this training began; train it anew, or "
            "put the former file back to go on."
        )
    return dataset
