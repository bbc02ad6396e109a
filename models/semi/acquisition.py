"""Which example to label next, and which given label to look at again.

Shapes: N examples, S draws of the classifier, K classes, F features, C candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn.functional import normalize

from models.semi.graph import Graph

__all__ = [
    "QUEUES",
    "Contradicted",
    "NotYet",
    "Picks",
    "Pool",
    "Queue",
    "next_up",
    "pick",
    "suspicious",
]

CANDIDATES = 6000
"""Of how many examples, drawn anew each time, the slower queues choose."""
HANDS = 5
SURE = 0.9
"""From which score on a label is doubted: the other class is then at least as likely as that."""
WITNESSES = 3
"""Other labels that a class needs before anything is said for or against it."""
_SETTLED = 0.02
"""What an example still weighs whose class is settled."""
_FARTHEST = 4.0
_ROUNDS = 10
_SAMPLE = 500
_AT_ONCE = 64
_NEAR = 60
"""Neighbours, of 6,000, that an example speaks for."""


class NotYet(ValueError):
    """A queue lacks what it needs; the message says what, and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Everything that could be labelled.

    Args:
        probabilities: [N, K], propagated or the classifier's.
        sampled: [S, N, K] of the classifier with dropout, or None.
        features: [N, F].
        labelled: bool [N].
    """

    probabilities: Tensor
    sampled: Tensor | None
    features: Tensor
    labelled: Tensor

    def __len__(self) -> int:
        """Return N."""
        return len(self.labelled)


@dataclass(frozen=True, slots=True, eq=False)
class Picks:
    """Examples in the order in which to label them, and how much each matters.

    Args:
        rows: int64 [count].
        scores: float32 [count], comparable only within one queue.
    """

    rows: Tensor
    scores: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Contradicted(Picks):
    """Labelled examples, and what contradicts their labels.

    Args:
        classes: int64 [count], the likeliest class by the other labels.
    """

    classes: Tensor


Choose = Callable[[Pool, int, Generator], Picks]


@dataclass(frozen=True, slots=True)
class Queue:
    """One way to choose."""

    title: str
    """What a person calls it."""
    meaning: str
    """What it chooses, in a sentence."""
    function: Choose


def next_up(how: str, pool: Pool, count: int, generator: Generator) -> Tensor:
    """Return up to `count` rows that have no label, int64, the most useful first.

    Raises:
        ValueError: If there is no queue of that name.
        NotYet: If it lacks what it needs.
    """
    return pick(how, pool, count, generator).rows


def pick(how: str, pool: Pool, count: int, generator: Generator) -> Picks:
    """The same with the scores."""
    if how not in QUEUES:
        raise ValueError(f"There is no queue '{how}'; there are {', '.join(QUEUES)}.")
    left = int((~pool.labelled).sum())
    if left == 0 or count < 1:
        return Picks(torch.zeros(0, dtype=torch.int64), torch.zeros(0))
    return QUEUES[how].function(pool, min(count, left), generator)


def suspicious(graph: Graph, labels: Tensor, classes: int, least: float = SURE) -> Contradicted:
    """Return labelled examples that the other labels contradict, the surest contradiction first.

    The labels of each class are dealt into five hands. Each hand is told from the four others; its
    score is how much likelier another class is than the one given, at most 1. Nothing is said where
    the class given or the likeliest one has fewer than three other labels: what so few say of
    their neighbourhood is as likely to be wrong as the label.

    Args:
        graph: Of all examples.
        labels: Integers [N], -1 where there is no label.
        classes: K.
        least: Scores from which on the contradiction is worth a look.
    """
    given = labels.cpu().long()
    held = (given >= 0).nonzero()[:, 0]
    hand = _dealt(given[held])
    rows, scores, classes_told = [held[:0]], [torch.zeros(0)], [held[:0]]
    for number in range(HANDS):
        out = held[hand == number]
        if not len(out):
            continue
        rest = given.clone()
        rest[out] = -1
        told = graph.propagate(rest, classes)[out]
        likeliest = told.max(1)
        scores.append(likeliest.values - told.gather(1, given[out].unsqueeze(1))[:, 0])
        classes_told.append(likeliest.indices)
        rows.append(out)
    row, score = torch.cat(rows), torch.cat(scores)
    order = score.argsort(descending=True, stable=True)
    of = torch.cat(classes_told)
    counts = torch.bincount(given[held], minlength=classes)
    known = (counts[given[row]] > WITNESSES) & (counts[of] >= WITNESSES)
    order = order[known[order] & (score[order] >= least)]
    return Contradicted(row[order], score[order], of[order])


def _dealt(given: Tensor) -> Tensor:
    """The hand of each label; -1 if it is the only one of its class."""
    hand = torch.full_like(given, -1)
    for label in given.unique():
        mine = (given == label).nonzero()[:, 0]
        if len(mine) > 1:
            hand[mine] = torch.arange(len(mine)) % HANDS
    return hand


def _highest(scores: Tensor, pool: Pool, count: int) -> Picks:
    best = scores.masked_fill(pool.labelled, -torch.inf).topk(count)
    return Picks(best.indices, best.values)


def _entropy_of(p: Tensor) -> Tensor:
    return -(p * p.clamp(min=1e-12).log()).sum(-1)


def _entropy(pool: Pool, count: int, generator: Generator) -> Picks:
    return _highest(_entropy_of(pool.probabilities), pool, count)


def _doubt(probabilities: Tensor) -> Tensor:
    best = probabilities.topk(min(2, probabilities.shape[1]), dim=1).values
    return 1 - (best[:, 0] - best[:, -1])


def _margin(pool: Pool, count: int, generator: Generator) -> Picks:
    return _highest(_doubt(pool.probabilities), pool, count)


def _bald(pool: Pool, count: int, generator: Generator) -> Picks:
    if pool.sampled is None:
        raise NotYet(
            "BALD needs a classifier that has learned from labels: label some pictures and train "
            "more epochs, or choose another queue."
        )
    score = _entropy_of(pool.sampled.mean(0)) - _entropy_of(pool.sampled).mean(0)
    return _highest(score, pool, count)


def _random(pool: Pool, count: int, generator: Generator) -> Picks:
    left = (~pool.labelled).nonzero()[:, 0]
    return Picks(left[torch.randperm(len(left), generator=generator)[:count]], torch.zeros(count))


@dataclass(frozen=True, slots=True, eq=False)
class _Some:
    """Examples drawn from those without a label: with all, a choice would take minutes."""

    rows: Tensor
    """int64 [C]"""
    unit: Tensor
    """Their features as directions around the mean of all [C, F]."""
    held: Tensor
    """The same of what is labelled."""
    doubt: Tensor
    """How unsure their class is, 0 to 1 [C]; 1 while there is less than a label a class."""


def _some(pool: Pool, count: int, generator: Generator) -> _Some:
    left = (~pool.labelled).nonzero()[:, 0]
    rows = left[torch.randperm(len(left), generator=generator)[: max(CANDIDATES, count)]]
    middle = pool.features.mean(0, dtype=torch.float32)
    unit = normalize(pool.features[rows].float() - middle)
    held = normalize(pool.features[pool.labelled].float() - middle)
    told = len(held) >= pool.probabilities.shape[1]
    doubt = _doubt(pool.probabilities[rows]) + _SETTLED if told else torch.ones(len(rows))
    return _Some(rows, unit, held, doubt)


def _squares(unit: Tensor, others: Tensor) -> Tensor:
    return (2 - 2 * unit @ others.T).clamp_(min=0)


def _k_centre(pool: Pool, count: int, generator: Generator) -> Picks:
    some = _some(pool, count, generator)
    # The first of all is the middle, not whatever lies farthest out.
    rank = some.unit @ some.unit.mean(0)
    far = torch.full_like(rank, _FARTHEST)
    if len(some.held):
        rank = far = _squares(some.unit, some.held).min(1).values
    chosen, scores = [], []
    for _ in range(count):
        at = int(rank.argmax())
        chosen.append(at)
        scores.append(float(far[at]))
        rank = far = torch.minimum(far, _squares(some.unit, some.unit[at : at + 1])[:, 0])
        far[at] = -1
    return Picks(some.rows[chosen], torch.tensor(scores))


def _medoids(pool: Pool, count: int, generator: Generator) -> Picks:
    """K-means in which the unsure count more; of each group, the example nearest its mean."""
    some = _some(pool, count, generator)
    centres = some.unit[_spread(some, count, generator)]
    for _ in range(_ROUNDS):
        group = (some.unit @ centres.T).argmax(1)
        sums = torch.zeros_like(centres).index_add_(0, group, some.unit * some.doubt.unsqueeze(1))
        centres = normalize(torch.where(sums.norm(dim=1, keepdim=True) > 0, sums, centres))
    weight = torch.zeros(count).index_add_(0, group, some.doubt)
    alike = some.unit @ centres.T
    chosen, scores = [], []
    for one in weight.argsort(descending=True, stable=True).tolist():
        at = int(alike[:, one].argmax())
        alike[at] = -torch.inf
        chosen.append(at)
        scores.append(float(weight[one]))
    return Picks(some.rows[chosen], torch.tensor(scores))


def _spread(some: _Some, count: int, generator: Generator) -> list[int]:
    """Beginnings of k-means++ (Arthur and Vassilvitskii, 2007), weighted by doubt."""
    first = int(torch.multinomial(some.doubt, 1, generator=generator))
    chosen, far = [first], _squares(some.unit, some.unit[first : first + 1])[:, 0]
    while len(chosen) < count:
        likely = far * some.doubt
        likely = likely + 1e-9 * (far > 0) + 1e-30  # Copies of what is chosen come last.
        chosen.append(int(torch.multinomial(likely, 1, generator=generator)))
        far = torch.minimum(far, _squares(some.unit, some.unit[chosen[-1:]])[:, 0])
    return chosen


def _coverage(pool: Pool, count: int, generator: Generator) -> Picks:
    """Facility location: what resembles most that is unsettled and unlike anything labelled.

    gain(j) = sum_i doubt(i) max(0, alike(i, j) - covered(i)). It only ever falls, so that what
    was found for a candidate before is a bound for it now (lazy greedy; Minoux, 1978).
    """
    some = _some(pool, count, generator)
    squares = _squares(some.unit, some.unit)
    sample = squares[:_SAMPLE]
    near = sample.kthvalue(min(_NEAR, len(squares)), dim=1).values.mean().clamp(min=1e-9)
    alike = squares.div_(-near).exp_()
    covered = torch.zeros(len(alike))
    if len(some.held):
        covered = (_squares(some.unit, some.held) / -near).exp().max(1).values

    def gain(of: Tensor) -> Tensor:
        return (of - covered).clamp_(min=0) @ some.doubt

    bound = torch.cat([gain(part) for part in alike.split(_SAMPLE)])
    chosen, scores = [], []
    for _ in range(count):
        fresh = torch.zeros(len(alike), dtype=torch.bool)
        while not fresh[at := int(bound.argmax())]:
            best = bound.topk(min(_AT_ONCE, len(bound))).indices
            # What is chosen stays out.
            bound[best] = torch.where(bound[best] < 0, bound[best], gain(alike[best]))
            fresh[best] = True
        chosen.append(at)
        scores.append(float(bound[at]))
        covered = torch.maximum(covered, alike[at])
        bound[at] = -1
    return Picks(some.rows[chosen], torch.tensor(scores))


QUEUES: dict[str, Queue] = {
    "coverage": Queue(
        "Coverage",
        "The pictures that stand for the most others nobody has labelled yet; "
        "best for the first labels.",
        _coverage,
    ),
    "margin": Queue("Margin", "Where the two likeliest classes are nearly as likely.", _margin),
    "entropy": Queue("Entropy", "Where all the classes together are least decided.", _entropy),
    "bald": Queue("BALD", "Where draws of the classifier contradict each other.", _bald),
    "k-centre": Queue("K-centre", "What is farthest from everything labelled.", _k_centre),
    "medoids": Queue("Medoids", "The middles of groups of uncertain pictures.", _medoids),
    "random": Queue("Random", "Any picture without a label.", _random),
}
