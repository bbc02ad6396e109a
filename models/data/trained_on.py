"""The data set that a checkpoint was trained on, read again as it was then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.data.catalogue import load_as
from models.data.dataset import DataError, Dataset

if TYPE_CHECKING:
    from models.preprocessing import DataConfig
    from models.vae import VAEConfig

__all__ = ["load_again", "require_columns"]


def load_again(
    config: DataConfig,
    model: VAEConfig,
    *,
    workspace: Path | None = None,
    dataset: str | None = None,
    validation: int | None = None,
) -> Dataset:
    """Load what a model was trained on, or another data set in the same way.

    Args:
        config: How its data were prepared.
        model: What it takes.
        workspace: The studio's folder; `./workspace` if None.
        dataset: Another data set; its own if None.
        validation: How many training examples are held out; as in its training if None.

    Raises:
        DataError: It is missing or damaged, or does not fit the model.
    """
    own = dataset is None or dataset == config.dataset
    found = load_as(
        config.dataset if dataset is None else dataset,
        model.shape,
        workspace=workspace,
        validation=config.validation if validation is None else validation,
        label_column=config.label_column,
        normal_class=config.normal_class if own else "",
    )
    require_columns(found.columns, model, found.name)
    return found


def require_columns(columns: tuple[str, ...], model: VAEConfig, name: str) -> None:
    """Check that a table has the columns that a model was trained on, in their order.

    Raises:
        DataError: It has others; the message names the first.
    """
    known = getattr(model, "columns", ())
    if known and columns != known:
        other = next((c for c in columns if c not in known), columns[0] if columns else "")
        raise DataError(
            f"{name} has other columns than the model was trained on, such as {other!r}; it takes "
            f"{', '.join(known):.300}, in this order."
        )
