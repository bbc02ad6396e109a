"""Training of a feature network: a minute on one thread, the same weights each time."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor
from torch.nn import functional as F

from models.atomic import write_file
from models.config import to_json
from models.data import Dataset, Split
from models.features.network import FeatureCard, FeatureError, FeatureNetwork, Features
from models.frechet import Moments, frechet_distance
from models.manifest import to_json_bytes
from models.networks import parameter_count
from models.preprocessing import to_unit
from models.training.config import TrainingConfig
from models.training.optimiser import batch_count, learning_rate

__all__ = ["FEATURE_TRAINING", "TrainedFeatures", "train_features"]

FEATURE_TRAINING = TrainingConfig(
    epochs=10, batch_size=128, learning_rate=2e-3, warmup=0.05, weight_decay=0.01
)
"""How feature networks are trained; what it says of averages and beta is not used."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedFeatures:
    """A trained feature network and its card."""

    network: Features
    card: FeatureCard
    weights: bytes
    """The file whose checksum the card holds"""

    def write(self, folder: Path) -> None:
        """Put both files into a folder, the card last.

        Raises:
            OSError: The write failed.
        """
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / f"{self.card.dataset}.safetensors", self.weights)
        write_file(folder / f"{self.card.dataset}.json", to_json_bytes(to_json(self.card)))


def train_features(
    dataset: Dataset,
    config: TrainingConfig = FEATURE_TRAINING,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> TrainedFeatures:
    """Train a classifier on a data set's training pictures and measure it on its test pictures.

    It runs on one thread of the CPU, so that the same weights come out each time.

    Args:
        dataset: Labelled pictures of 1 x 28 x 28.
        config: Its epochs, batch size, learning rate with warm-up, weight decay and seed.
        advance: Told the number of examples of each batch done.

    Raises:
        FeatureError: The pictures have another shape.
    """
    if dataset.shape != (1, 28, 28):
        raise FeatureError(
            f"Feature networks are for pictures of 1 x 28 x 28, not those of {dataset.name}."
        )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = _fit(dataset.train, len(dataset.class_names), config, advance)
        # Measured as it is kept, in 16 bits.
        network.half().float()
        return _sealed(network, dataset, config)
    finally:
        torch.set_num_threads(threads)


def _fit(
    train: Split, classes: int, config: TrainingConfig, advance: Callable[[int], None]
) -> FeatureNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        network = FeatureNetwork(classes)
    optimizer = torch.optim.AdamW(
        network.parameters(), weight_decay=config.weight_decay, fused=True
    )
    order = torch.Generator().manual_seed(config.seed)
    steps = config.epochs * batch_count(len(train), config.batch_size)
    step = 0
    for _ in range(config.epochs):
        for rows in torch.randperm(len(train), generator=order).split(config.batch_size):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(config, step, steps)
            loss = F.cross_entropy(network(to_unit(train.images[rows])), train.labels[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
            advance(len(rows))
    network.eval().requires_grad_(False)
    network.scale.copy_(network.features(train.images).var(0).mean().rsqrt())
    return network


def _sealed(network: FeatureNetwork, dataset: Dataset, config: TrainingConfig) -> TrainedFeatures:
    state = {name: t.half().contiguous() for name, t in network.state_dict().items()}
    weights = safetensors.torch.save(state)
    test, train = dataset.test, dataset.train
    card = FeatureCard(
        dataset=dataset.name,
        sha256=hashlib.sha256(weights).hexdigest(),
        accuracy=_accuracy(network, test),
        floor=frechet_distance(
            Moments.of(network.features(train.images[: len(test)])),
            Moments.of(network.features(test.images)),
        ),
        parameters=parameter_count(network),
        epochs=config.epochs,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        seed=config.seed,
        terms=dataset.terms,
        versions={"python": platform.python_version(), "torch": version("torch")},
    )
    return TrainedFeatures(network, card, weights)


@torch.inference_mode()
def _accuracy(network: FeatureNetwork, split: Split) -> float:
    right: list[Tensor] = [
        network(to_unit(x)).argmax(1) == y
        for x, y in zip(split.images.split(500), split.labels.split(500), strict=True)
    ]
    return float(torch.cat(right).double().mean())
