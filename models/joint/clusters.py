"""What the classes of discrete parts have to do with the data's own, which nobody told them.

Shape legend: N examples, K classes of a part, L labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from models.data import Dataset, Split
from models.joint.model import JointVAE
from models.preprocessing import to_unit

__all__ = ["Told", "cluster_accuracy", "code_figures", "meanings", "tell"]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Told:
    """What a model says of a split's examples."""

    classes: tuple[Tensor, ...]
    """The likeliest class of each part, int64 [N]"""
    kl: Tensor
    """Mean KL of each number of a code [D], in nats"""


@torch.inference_mode()
def tell(model: JointVAE, split: Split) -> Told:
    """Return what a model says of a split's grey values, on the CPU."""
    device = next(model.parameters()).device
    found: list[list[Tensor]] = [[] for _ in model.parts.discrete]
    kl = torch.zeros(model.parts.dim, dtype=torch.float64)
    for images in split.images.split(CHUNK) if len(split) else ():
        posterior = model.encode(to_unit(images.to(device)))
        kl += posterior.kl().double().sum(0).cpu()
        for part, place in enumerate(model.parts.slices):
            found[part].append(posterior.mu[:, place].argmax(1).cpu())
    classes = [torch.cat(each) if each else torch.zeros(0, dtype=torch.int64) for each in found]
    return Told(tuple(classes), kl / max(1, len(split)))


def cluster_accuracy(classes_N: Tensor, labels_N: Tensor) -> float:
    """Return the share of examples that agree under the best one-to-one matching.

    Each class of the code stands for one label at most: Unsupervised Deep Embedding for Clustering
    Analysis (Xie et al., 2016), arXiv 1511.06335. Examples without a label (-1) do not count.

    Raises:
        ValueError: No example has a label.
    """
    from scipy.optimize import linear_sum_assignment

    known = labels_N >= 0
    classes, labels = classes_N[known], labels_N[known].long()
    if not len(labels):
        raise ValueError("No example has a label, so there is nothing to agree with.")
    counts = torch.zeros(int(classes.max()) + 1, int(labels.max()) + 1)
    counts.index_put_((classes, labels), torch.ones(len(labels)), accumulate=True)
    rows, columns = linear_sum_assignment(counts.numpy(), maximize=True)
    return float(counts[rows, columns].sum() / len(labels))


def meanings(classes_N: Tensor, labels_N: Tensor, count: int) -> list[int]:
    """Return the label that most examples of each of `count` classes have; -1 where none has."""
    found = []
    for chosen in range(count):
        labels = labels_N[(classes_N == chosen) & (labels_N >= 0)].long()
        found.append(int(torch.bincount(labels).argmax()) if len(labels) else -1)
    return found


def code_figures(model: JointVAE, dataset: Dataset) -> dict[str, Any]:
    """Return what a card says of the discrete parts.

    Beside the KLs of the test split there are, for data with labels, the accuracy of the part that
    agrees best with the training split's labels, measured on the test split, and which label each
    class means, by the majority of the training split.
    """
    told = tell(model, dataset.test)
    figures: dict[str, Any] = {
        "kl_discrete": [round(told.kl[place].sum().item(), 4) for place in model.parts.slices]
    }
    train, labels, asked = tell(model, dataset.train), dataset.train.labels, dataset.test.labels
    if not model.parts.discrete or not (labels >= 0).any():
        return figures
    sizes = model.parts.discrete
    figures["code_classes"] = [
        meanings(classes, labels, size) for classes, size in zip(train.classes, sizes, strict=True)
    ]
    if (asked >= 0).any():
        shares = [cluster_accuracy(classes, labels) for classes in train.classes]
        best = max(range(len(shares)), key=shares.__getitem__)
        figures["cluster_accuracy"] = round(cluster_accuracy(told.classes[best], asked), 5)
    return figures
