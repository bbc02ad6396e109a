"""A class that hardly any example uses takes half of the one that most use.

Classes are found as clusters are, and get stuck as clusters do: two kinds of pictures share a
class while another class has next to none. As k-means gives an empty cluster a part of the largest
one, the class used least becomes a copy of the one used most, both a little apart. The loss is not
touched, and no label is looked at.

Shape legend: N examples, K classes of a part; shares_K are those of all parts.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from models.joint.model import JointVAE
from models.joint.templates import TemplateDecoder
from models.preprocessing import to_unit

__all__ = ["class_shares", "reassign"]

SAMPLE = 4000
CHUNK = 500
SELDOM, OFTEN = 0.65, 1.35
"""Times the even share of a class, below and above which classes are reassigned."""
APART = 0.3
"""How far a class moves away from its copy, in lengths of what tells it."""


@torch.inference_mode()
def class_shares(model: JointVAE, images: Tensor) -> tuple[Tensor, ...]:
    """Return the probabilities of each part's classes [N, K], for an even sample of pictures."""
    some = images[:: max(1, len(images) // SAMPLE)]
    device = next(model.parameters()).device
    found = [model.encode(to_unit(part.to(device))).mu.cpu() for part in some.split(CHUNK)]
    codes = torch.cat(found)
    return tuple(codes[:, place] for place in model.parts.slices)


@torch.no_grad()
def reassign(
    models: Iterable[JointVAE], shares_K: Tensor, generator: torch.Generator
) -> list[tuple[int, int, int]]:
    """Give the class used least of each part half of the one used most, if both are far from even.

    Args:
        models: The model that is trained, and its averaged copy; both are changed alike.
        shares_K: How much each class is used.
        generator: Source of how far both are moved apart, on the CPU.

    Returns:
        Part, class given up, and class shared, of each part that was changed.
    """
    all_models, done = list(models), []
    parts = all_models[0].parts
    for part, place in enumerate(parts.slices):
        shares = shares_K[place.start - parts.continuous : place.stop - parts.continuous]
        least, most = int(shares.argmin()), int(shares.argmax())
        even = 1 / len(shares)
        if shares[least] > SELDOM * even or shares[most] < OFTEN * even:
            continue
        seed = int(torch.randint(2**62, (), generator=generator))
        for model in all_models:
            _copy(model, place.start + least, place.start + most, seed, first=part == 0)
        done.append((part, least, most))
    return done


def _copy(model: JointVAE, to: int, of: int, seed: int, *, first: bool) -> None:
    """Make one number of a code a copy of another, both a little apart."""
    noise = torch.Generator().manual_seed(seed)
    count = model.parts.continuous
    last = model.encoder[-1] if model.features is None else model.features.code
    assert isinstance(last, nn.Linear)
    row = count if model.features is None else -count
    told = last.weight[of + row].clone()
    drawn = torch.randn(told.shape, generator=noise).to(told)
    apart = APART * told.norm() * drawn / drawn.norm()
    last.weight[to + row], last.weight[of + row] = told - apart, told + apart
    last.bias[to + row] = last.bias[of + row]
    decoder = model.decoder
    reads = _first_linear(decoder.told if isinstance(decoder, TemplateDecoder) else decoder)
    reads.weight[:, to] = reads.weight[:, of]
    if isinstance(decoder, TemplateDecoder) and first:
        decoder.split(to - count, of - count, noise)


def _first_linear(network: nn.Module) -> nn.Linear:
    return next(m for m in network.modules() if isinstance(m, nn.Linear))
