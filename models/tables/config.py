"""What a VAE for rows of a table is: columns, how they are scaled, and a likelihood that fits.

The scaling is part of the model. Min-max scaling to [0, 1] goes with a Bernoulli likelihood, whose
binary cross-entropy is a bound from below only there; columns of mean 0 and variance 1 go with a
Gaussian one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from models.networks import NetworkConfig
from models.vae import VAEConfig

__all__ = ["MOST_COLUMNS", "Scaling", "TableConfig"]

MOST_COLUMNS = 200
LONGEST_NAME = 64

Scaling = Literal["min-max", "standard", "none"]


def _network() -> NetworkConfig:
    return NetworkConfig(encoder_hidden=(64, 32), decoder_hidden=(32, 64), normalisation="none")


@dataclass(frozen=True, kw_only=True, slots=True)
class TableConfig(VAEConfig):
    """All that is needed to build a VAE for rows with untrained weights."""

    family: Literal["table"] = "table"  # type: ignore[assignment] # It is what tells them apart.
    """Which model of `models.families` it is."""
    shape: tuple[int, ...] = (1,)
    """Shape of one row: (columns,); it follows from `columns`."""
    network: NetworkConfig = field(default_factory=_network)
    """Encoder and decoder."""
    columns: tuple[str, ...] = ()
    """Names of the columns; none yet where the table is to decide them."""
    scaling: Scaling = "min-max"
    """What each column becomes inside the model: the range of the training rows laid on [0, 1],
    their mean and standard deviation made 0 and 1, or what it is."""
    components: int = 0
    """Normal distributions that the prior is a learned mixture of; 0 for one that is fixed."""

    def __post_init__(self) -> None:
        """Check that the parts go together."""
        if self.columns and self.shape in ((1,), (len(self.columns),)):
            object.__setattr__(self, "shape", (len(self.columns),))
        VAEConfig.__post_init__(self)  # super() does not know the class that slots made anew.
        if len(self.shape) != 1 or (self.columns and self.shape != (len(self.columns),)):
            raise ValueError(f"A table of {len(self.columns)} columns has no shape {self.shape}.")
        if self.shape[0] > MOST_COLUMNS:
            raise ValueError(f"A table may have {MOST_COLUMNS} columns, not {self.shape[0]}.")
        if any(not 0 < len(name) <= LONGEST_NAME for name in self.columns):
            raise ValueError(f"A column's name must have 1 to {LONGEST_NAME} characters.")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("Each column must have a name of its own.")
        if self.network.kind != "dense":
            raise ValueError("The network of a table must be dense: columns have no neighbours.")
        if self.likelihood == "bernoulli" and self.scaling == "standard":
            raise ValueError(
                "A Bernoulli likelihood needs columns in [0, 1]: standard-scaled ones lie outside, "
                "where its cross-entropy is negative as well as positive and all reconstructions "
                "end at the mean. Choose scaling=min-max, or likelihood=gaussian-learned."
            )
        if not 0 <= self.components <= 1000:
            raise ValueError(f"components must lie in 0..1000, not {self.components}.")

    @property
    def derived(self) -> dict[str, str]:
        """Fields that follow from others, each with a sentence for whoever wants to set it."""
        sentence = "The table decides the columns: set dataset, and label_column if it has one."
        return {"columns": sentence, "shape": sentence}
