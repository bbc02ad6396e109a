"""The small classifier in whose features samples are compared with real pictures.

Shapes: B pictures, K classes, F features.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from models.config import from_json
from models.features.attributes import Activation, AttributeNetwork
from models.features.pictures import FeatureError, require_pictures, unit

__all__ = [
    "FOLDER",
    "FeatureCard",
    "FeatureError",
    "FeatureNetwork",
    "Features",
    "load_features",
]

FOLDER = Path(__file__).resolve().parent
FEATURES = 64
CHUNK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureCard:
    """What lies beside a feature network's weights as JSON."""

    dataset: str
    sha256: str
    """Of the weights' file; a distance is only comparable with another in the same features."""
    accuracy: float
    """Share of the test pictures that are classified right; of all attributes, where it is those
    that are told."""
    floor: float
    """Frechet distance of as many training pictures as there are test pictures from these: what
    samples as good as data would score."""
    parameters: int
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    terms: str = ""
    """Terms of the pictures that it learned from."""
    versions: dict[str, Any] = field(default_factory=dict)
    widths: tuple[int, ...] = ()
    """Channels of a classifier of attributes; none for one of classes."""
    activation: Activation = "silu"
    attributes: tuple[str, ...] = ()
    """What it tells, in the order of its outputs."""
    auc: dict[str, float] = field(default_factory=dict)
    """Area under the curve of each attribute on the test pictures."""


class FeatureNetwork(nn.Module):
    """Two strided convolutions and a dense layer of 64 features, for pictures of 28 x 28.

    Args:
        classes: K.
    """

    shape = (1, 28, 28)
    """Of the pictures that have features"""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2),
            nn.SiLU(),
            nn.Conv2d(16, 32, 5, stride=2, padding=2),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, FEATURES),
            nn.SiLU(),
        )
        self.head = nn.Linear(FEATURES, classes)
        self.scale: Tensor
        self.register_buffer("scale", torch.ones(()))

    def forward(self, x_B1HW: Tensor) -> Tensor:
        """Return logits [B, K] of pictures in [0, 1]."""
        return self.head(self.body(x_B1HW))

    @torch.inference_mode()
    def features(self, pictures: Tensor) -> Tensor:
        """Return the features [B, F] of pictures, uint8 or float in [0, 1], on the CPU.

        They are scaled so that those of the training pictures have a variance of 1 on average.

        Raises:
            FeatureError: The pictures have another shape.
        """
        require_pictures(pictures, self.shape)
        device = self.scale.device
        chunks = [self.body(unit(x.to(device))) * self.scale for x in pictures.split(CHUNK)]
        return torch.cat([*(chunk.cpu() for chunk in chunks), torch.empty(0, FEATURES)])


Features = FeatureNetwork | AttributeNetwork
"""Either kind: both have `features`."""


@cache
def load_features(dataset: str, folder: Path = FOLDER) -> tuple[Features, FeatureCard] | None:
    """Return the feature network of a data set with its card, or None where there is none.

    The network is in eval mode on the CPU and shared by all who ask. A name may come from a config
    of somebody else's: only those of files that lie in the folder itself are known.

    Raises:
        FeatureError: Its files are not the ones that were saved.
    """
    weights, about = folder / f"{dataset}.safetensors", folder / f"{dataset}.json"
    if f"{dataset}.json" not in {path.name for path in folder.glob("*.json")}:
        return None
    try:
        card = from_json(FeatureCard, json.loads(about.read_bytes()))
        data = weights.read_bytes()
        if hashlib.sha256(data).hexdigest() != card.sha256:
            raise FeatureError(
                f"The feature network of '{dataset}' is damaged: {weights.name} is not the file "
                f"that was saved; install the studio again or train it: "
                f"python -m models features {dataset}."
            )
        state = safetensors.torch.load(data)
        outputs = len(state["head.bias"])
        network: Features = (
            AttributeNetwork(card.widths, outputs, card.activation)
            if card.widths
            else FeatureNetwork(outputs)
        )
        network.load_state_dict(state)
    except FeatureError:
        raise
    except (OSError, SafetensorError, ValueError, KeyError, RuntimeError) as error:
        cause = str(error).partition("\n")[0].rstrip(".")
        raise FeatureError(
            f"The feature network of '{dataset}' cannot be read: {cause:.200}; train it anew: "
            f"python -m models features {dataset}."
        ) from None
    return network.eval().requires_grad_(False), card
