"""Training of two classifiers of attributes: one guides training, the other one judges it.

They see the same pictures, but differ in width, activation, seed and augmentation, so that a model
that was trained to please the guide is not judged by it.

Shapes: B pictures, A attributes.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import safetensors.torch
import torch
from torch import Tensor
from torch.nn import functional as F

from models.augment import mirrored
from models.data import Dataset, Split
from models.features.attributes import Activation, AttributeNetwork, fold
from models.features.network import FeatureCard
from models.features.pictures import FeatureError
from models.features.train import TrainedFeatures
from models.frechet import Moments, frechet_distance
from models.networks import parameter_count
from models.preprocessing import to_unit
from models.training.config import TrainingConfig
from models.training.optimiser import batch_count, learning_rate

__all__ = [
    "ATTRIBUTE_TRAININGS",
    "AttributeTraining",
    "Role",
    "area_under_curve",
    "train_attributes",
]

Role = Literal["guide", "judge"]
DROPOUT = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeTraining:
    """How one of the two is built and trained."""

    widths: tuple[int, ...]
    activation: Activation
    shift: int
    """Pixels by which a batch is moved at most, its edges repeated."""
    training: TrainingConfig


ATTRIBUTE_TRAININGS: dict[Role, AttributeTraining] = {
    "guide": AttributeTraining(
        widths=(32, 64, 128),
        activation="silu",
        shift=0,
        training=TrainingConfig(
            epochs=12, batch_size=64, learning_rate=3e-3, warmup=0.07, weight_decay=0.05
        ),
    ),
    "judge": AttributeTraining(
        widths=(24, 48, 96, 160),
        activation="relu",
        shift=2,
        training=TrainingConfig(
            epochs=14, batch_size=64, learning_rate=3e-3, warmup=0.06, weight_decay=0.05, seed=1
        ),
    ),
}


def train_attributes(
    dataset: Dataset,
    role: Role = "judge",
    choice: AttributeTraining | None = None,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> TrainedFeatures:
    """Train a classifier on a data set's training pictures and measure it on its test pictures.

    It runs on one thread of the CPU, so that the same weights come out each time.

    Args:
        dataset: Pictures of 3 x 64 x 64 with attributes.
        role: Which of the two; it is part of the files' names.
        choice: How, if not in the way of its role.
        advance: Told the number of examples of each batch done.

    Raises:
        FeatureError: The pictures have another shape, or no attributes.
    """
    if dataset.shape != (3, 64, 64) or not dataset.attribute_names:
        raise FeatureError(
            f"Attributes are learned from pictures of 3 x 64 x 64 that have some; "
            f"{dataset.name} has {len(dataset.attribute_names)} and the shape {dataset.shape}."
        )
    choice = choice or ATTRIBUTE_TRAININGS[role]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = _fit(dataset.train, len(dataset.attribute_names), choice, advance)
        network.calibrate(dataset.train.images)
        # Measured as it is kept, in 16 bits.
        network.half().float()
        return _sealed(network, dataset, role, choice)
    finally:
        torch.set_num_threads(threads)


def _fit(
    train: Split, attributes: int, choice: AttributeTraining, advance: Callable[[int], None]
) -> AttributeNetwork:
    config = choice.training
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        network = AttributeNetwork(
            choice.widths, attributes, choice.activation, normalised=True
        ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        network.parameters(), weight_decay=config.weight_decay, fused=True
    )
    noise = torch.Generator().manual_seed(config.seed)
    steps = config.epochs * batch_count(len(train), config.batch_size)
    step = 0
    assert train.attributes is not None
    for _ in range(config.epochs):
        for rows in torch.randperm(len(train), generator=noise).split(config.batch_size):
            if len(rows) == 1:  # It has no batch statistics.
                continue
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(config, step, steps)
            x = _moved(mirrored(to_unit(train.images[rows]), noise), choice.shift, noise)
            pooled = network.pooled(x.contiguous(memory_format=torch.channels_last))
            kept = torch.rand(pooled.shape, generator=noise) >= DROPOUT
            loss = _cross_entropy(
                network.head(pooled * kept / (1 - DROPOUT)), train.attributes[rows]
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
            advance(len(rows))
    return fold(network.eval(), choice.activation).requires_grad_(False)


def _moved(x: Tensor, most: int, noise: torch.Generator) -> Tensor:
    if not most:
        return x
    down, right = torch.randint(2 * most + 1, (2,), generator=noise).tolist()
    padded = F.pad(x, (most, most, most, most), mode="replicate")
    return padded[:, :, down : down + x.shape[2], right : right + x.shape[3]]


def _cross_entropy(logits_BA: Tensor, attributes_BA: Tensor) -> Tensor:
    """Return the mean over all attributes that are known, which are 0 or 1 and not -1."""
    known = attributes_BA >= 0
    wanted = attributes_BA.clamp(min=0).to(logits_BA.dtype)
    losses = F.binary_cross_entropy_with_logits(logits_BA, wanted, reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)


def _sealed(
    network: AttributeNetwork, dataset: Dataset, role: Role, choice: AttributeTraining
) -> TrainedFeatures:
    state = {name: t.half().contiguous() for name, t in network.state_dict().items()}
    weights = safetensors.torch.save(state)
    test, train = dataset.test, dataset.train
    assert test.attributes is not None
    scores, truth = network.scores(test.images), test.attributes
    known = truth >= 0
    card = FeatureCard(
        dataset=dataset.name if role == "judge" else f"{dataset.name}-{role}",
        sha256=hashlib.sha256(weights).hexdigest(),
        accuracy=float(((scores > 0) == truth)[known].double().mean()),
        floor=frechet_distance(
            Moments.of(network.features(train.images[: len(test)])),
            Moments.of(network.features(test.images)),
        ),
        parameters=parameter_count(network),
        epochs=choice.training.epochs,
        batch_size=choice.training.batch_size,
        learning_rate=choice.training.learning_rate,
        seed=choice.training.seed,
        terms=dataset.terms,
        versions={"python": platform.python_version(), "torch": version("torch")},
        widths=choice.widths,
        activation=choice.activation,
        attributes=dataset.attribute_names,
        auc={
            name: round(area, 4)
            for column, name in enumerate(dataset.attribute_names)
            if (area := area_under_curve(scores[:, column], truth[:, column])) is not None
        },
    )
    return TrainedFeatures(network, card, weights)


def area_under_curve(scores_B: Tensor, truth_B: Tensor) -> float | None:
    """Return the share of pairs with and without an attribute that scores put in order.

    Pairs of equal scores count half. None where there is no such pair; -1 in `truth_B` is unknown.
    """
    has, lacks = (scores_B[truth_B == value].double().sort().values for value in (1, 0))
    if not (len(has) and len(lacks)):
        return None
    below = torch.searchsorted(lacks, has) + torch.searchsorted(lacks, has, right=True)
    return float(below.double().mean() / (2 * len(lacks)))
