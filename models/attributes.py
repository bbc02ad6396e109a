"""Learning attribute directions from a data set's labels, and measuring them on held-out faces.

    auc[a]        area under the curve of held-out codes' scores along direction a
    effects[a, b] mean over held-out faces of
                  (logit_b(decode(mu + step_a)) - logit_b(decode(mu))) / std(logit_b(pictures))

The logits are those of the data set's judge, a classifier of pictures that no training sees.

Shapes: N faces, D latent dimensions, A attributes, B attributes that a judge tells.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch
from torch import Tensor

from models.data import Dataset, Split
from models.evaluate import encode
from models.features import AttributeNetwork, load_features
from models.features.train_attributes import area_under_curve
from models.latent.attributes import KINDS, AttributeDirections, main_attributes
from models.latent.directions import Directions, fit_directions
from models.latent.editing import steps_along
from models.vae import VAE

__all__ = ["Judge", "find_judge", "learn_attributes"]

LOG = logging.getLogger(__name__)
CHUNK = 250
FACES = 200
"""Held-out faces that cross effects are measured on."""


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """The independent classifier of a data set's attributes, and how it sees its pictures."""

    network: AttributeNetwork
    names: tuple[str, ...]
    spread: Tensor
    """float32 [B], standard deviation of each logit over the test pictures"""
    level: Tensor
    """float32 [B]: the logit of an attribute's share among the training faces. Above it the picture
    is likelier with the attribute than without, however rare that is; above 0 a rare attribute has
    to outweigh its rarity too."""

    @torch.inference_mode()
    def logits(self, model: VAE, z_ND: Tensor) -> Tensor:
        """Return what it says of decoded codes, float32 [N, B]."""
        device = next(model.parameters()).device
        chunks = [self.network.scores(model.decode(z.to(device))) for z in z_ND.split(CHUNK)]
        return torch.cat([*chunks, torch.empty(0, len(self.names))])

    def columns(self, names: tuple[str, ...]) -> list[int]:
        """Return where its logits of some attributes stand."""
        return [self.names.index(name) for name in names]


def find_judge(dataset: Dataset) -> Judge | None:
    """Return the judge of a data set, or None where there is none.

    Raises:
        FeatureError: Its files are damaged.
    """
    found = load_features(dataset.name)
    if found is None or not len(dataset.test):
        return None
    network, card = found
    if not isinstance(network, AttributeNetwork):
        return None
    if dataset.shape != network.shape or not set(dataset.attribute_names) <= set(card.attributes):
        return None
    assert dataset.train.attributes is not None
    known = dataset.train.attributes
    level = torch.zeros(len(card.attributes))
    for column, name in enumerate(dataset.attribute_names):
        has, lacks = ((known[:, column] == value).sum() + 1 for value in (1, 0))
        level[card.attributes.index(name)] = torch.log(has / lacks)
    spread = network.scores(dataset.test.images).std(0).clamp(min=1e-6)
    return Judge(network, card.attributes, spread, level)


def learn_attributes(
    model: VAE, dataset: Dataset, *, faces: int = FACES
) -> AttributeDirections | None:
    """Learn directions from the training split and measure them on the test split.

    Args:
        model: A model in eval mode.
        dataset: The data it was trained on.
        faces: Held-out faces that cross effects are measured on.

    Returns:
        None if the data set has no attributes, or none with enough examples.

    Raises:
        FeatureError: The data set's judge is damaged.
    """
    if dataset.train.attributes is None or not dataset.attribute_names:
        return None
    codes, held_out = encode(model, dataset.train), encode(model, dataset.test)
    try:
        normal, means = (
            fit_directions(codes, dataset.train.attributes, dataset.attribute_names, kind)
            for kind in KINDS
        )
    except ValueError as error:
        LOG.warning("No directions: %s", error)
        return None
    # Means that coincide have no difference to go along.
    names = [name for name in normal.names if name in means.names]
    if not names:
        return None
    normal, means = both = (normal.only(names), means.only(names))
    judge = find_judge(dataset)
    effects = None
    if judge is not None and len(held_out) and dataset.shape == model.config.shape:
        effects = torch.stack([_effects(model, judge, d, held_out[:faces]) for d in both])
    auc = torch.stack([_areas(d, held_out, dataset) for d in both])
    return AttributeDirections(normal=normal, means=means, auc=auc, effects=effects)


def _areas(directions: Directions, held_out_ND: Tensor, dataset: Dataset) -> Tensor:
    """Return the AUC [A] of scores on the test split."""
    truth = _columns(dataset.test, dataset.attribute_names, directions.names)
    scores = directions.scores(held_out_ND)
    found = [area_under_curve(s, t) for s, t in zip(scores.T, truth.T, strict=True)]
    return torch.tensor([float("nan") if area is None else area for area in found])


def _columns(split: Split, given: tuple[str, ...], wanted: tuple[str, ...]) -> Tensor:
    assert split.attributes is not None
    return split.attributes[:, [given.index(name) for name in wanted]]


def _effects(model: VAE, judge: Judge, directions: Directions, z_ND: Tensor) -> Tensor:
    """Return the cross effects [2, A, A] of plain and conditional steps."""
    columns = judge.columns(directions.names)
    before = judge.logits(model, z_ND)
    apart, _ = steps_along(directions, main_attributes(directions.names), conditional=True)
    ways = torch.stack([directions.steps, apart])
    changes = [
        ((judge.logits(model, z_ND + step) - before) / judge.spread).mean(0)[columns]
        for step in ways.flatten(0, 1)
    ]
    return torch.stack(changes).unflatten(0, ways.shape[:2])
