"""What a training takes for every example's class: its label, or what its neighbours say.

Shapes: N examples, K classes, F features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.preprocessing import Binarise
from models.semi.config import SemiConfig
from models.semi.graph import Graph, build_graph
from models.semi.outputs import look
from models.ssvae import SSVAE
from models.training.state import TrainingState

__all__ = ["Labelled", "Targets", "fit_classifier", "place_components"]

DECAY = 1e-3
STEPS = 30
GROUPED = 10_000
"""Codes that are put into groups."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """The labelled examples, to be drawn from class by class."""

    rows: Tensor
    """int64 [L], those of a class beside each other"""
    starts: Tensor
    """int64 [classes seen]"""
    counts: Tensor
    """int64 [classes seen]"""

    @classmethod
    def of(cls, labels_N: Tensor) -> Labelled:
        """Return the labelled examples among labels of which -1 is none."""
        held = (labels_N >= 0).nonzero().squeeze(1)
        given, order = labels_N[held].sort(stable=True)
        _, counts = given.unique_consecutive(return_counts=True)
        return cls(held[order], counts.cumsum(0) - counts, counts)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw rows, int64 [count], as many of every class as can be; none if none is labelled."""
        if not len(self.rows):
            return self.rows
        turn = torch.arange(count, device=self.rows.device) % len(self.counts)
        chance = torch.rand(count, generator=generator, device=self.rows.device)
        within = (chance * self.counts[turn]).long().minimum(self.counts[turn] - 1)
        return self.rows[self.starts[turn] + within]


class Targets:
    """The class of every example as probabilities, and the graph that they came by."""

    def __init__(self, config: SemiConfig, classes: int) -> None:
        self.config = config
        self.classes = classes
        self.shares: Tensor | None = None
        """float32 [N, K]; a row of zeros for an example that nothing is known of"""
        self.labels: Tensor | None = None
        """int16 [N], the labels that they were made of"""
        self.epoch = -1
        """Epochs done when the graph was made"""
        self.graph: Graph | None = None

    def forget(self) -> None:
        """Know nothing of any example."""
        self.shares, self.labels = None, None

    def update(
        self,
        model: SSVAE,
        images: Tensor,
        labels: Tensor,
        epoch: int,
        *,
        binarise: Binarise,
        progress: Callable[[float], None],
    ) -> bool:
        """Make them anew, where other labels or enough epochs have come since.

        Returns:
            Whether the classifier was fitted to them.

        Args:
            model: Whose features make the graph, in eval mode; its classifier starts from what is
                found, if these are the first labels or other ones than before.
            images: uint8 [N, C, H, W].
            labels: int64 [N], -1 where there is none.
            epoch: Epochs done.
            binarise: How images are prepared.
            progress: Told the share done.
        """
        kept = labels.to(torch.int16).cpu()
        first = self.labels is None
        changed = self.labels is None or not torch.equal(kept, self.labels)
        due = self.epoch < 0 or epoch - self.epoch >= self.config.graph_every
        if not (changed or due):
            return False
        outputs = look(model, images, binarise=binarise, progress=lambda p: progress(p / 2))
        if due or self.graph is None:
            self.graph, self.epoch = self._graph(outputs.features, progress), epoch
        labels = labels.cpu()
        told = self._told(labels).to(images.device)
        # With classes that have no label yet, what is told of the others is wrong for many.
        every_class = len(labels[labels >= 0].unique()) == self.classes
        self.shares = told if every_class else self._given(labels).to(images.device)
        self.labels = kept
        if model.config.classifier_type == "mixture":
            place_components(model, outputs.mu.to(images.device), told, anew=first)
        elif changed:
            latent = model.config.classifier_type == "latent"
            fit_classifier(model, outputs.mu if latent else outputs.features, told)
        return changed or model.config.classifier_type == "mixture"

    def _graph(self, features: Tensor, progress: Callable[[float], None]) -> Graph | None:
        if self.config.propagate == "none":
            return None
        k = self.config.neighbours
        return build_graph(features, k, progress=lambda p: progress(0.5 + p / 2))

    def _told(self, labels: Tensor) -> Tensor:
        """Return the likeliest class of every example, given or told by its neighbours.

        As a certainty: a classifier of probabilities learns where neighbours disagree to be unsure,
        and is wrong there a third more often.
        """
        if self.graph is None or self.config.propagate == "none":
            return self._given(labels)
        shares = self.graph.propagate(labels, self.classes, method=self.config.propagate)
        return F.one_hot(shares.argmax(1), self.classes).float()

    def _given(self, labels: Tensor) -> Tensor:
        one_hot = F.one_hot(labels.clamp(min=0), self.classes).float()
        return one_hot * (labels >= 0).unsqueeze(1)

    def tensors(self) -> dict[str, Tensor]:
        """Return what has to be kept to go on from here; the graph can be made again."""
        if self.shares is None or self.labels is None:
            return {}
        made = torch.tensor([self.epoch])
        return {"semi.shares": self.shares, "semi.labels": self.labels, "semi.epoch": made}

    def restore(self, state: TrainingState, device: torch.device) -> None:
        """Take back what `tensors` returned."""
        kept = state.part("semi")
        self.forget()
        self.graph, self.epoch = None, -1
        if kept:
            self.shares, self.labels = kept["shares"].to(device), kept["labels"].cpu()
            self.epoch = int(kept["epoch"][0])


def place_components(model: SSVAE, z_ND: Tensor, shares_NK: Tensor, *, anew: bool) -> None:
    """Let each component of the prior stand for classes, and where asked for some of the codes.

    Args:
        model: Its prior is a mixture.
        z_ND: Posterior means of the examples.
        shares_NK: Their classes; rows of zeros do not count.
        anew: Whether to put the components where the codes lie in groups.
    """
    from sklearn.cluster import KMeans

    count = model.config.components
    if anew and len(z_ND) >= count:
        groups = KMeans(count, n_init=1, random_state=0).fit(z_ND[:GROUPED].cpu().numpy())
        of = torch.from_numpy(groups.labels_).long()
        z = z_ND[:GROUPED].cpu()
        spread = torch.stack([z[of == m].var(0, correction=0) for m in range(count)])
        with torch.no_grad():
            model.prior_mean.copy_(torch.from_numpy(groups.cluster_centers_))
            model.prior_logvar.copy_(spread.clamp(min=1e-2).log())
    model.name_components(z_ND, shares_NK)


def fit_classifier(model: SSVAE, inputs: Tensor, shares_NK: Tensor) -> None:
    """Fit the classifier's last layer to given classes, as a logistic regression would.

    It says at once what the neighbours say; training from a last layer that knows nothing would
    first spoil the features.

    Args:
        model: Its features stay as they are.
        inputs: What the classifier reads of every example, [N, F] or [N, D].
        shares_NK: Their classes; rows of zeros do not count.
    """
    assert model.classifier is not None
    device = shares_NK.device
    *before, _, last = model.classifier
    assert isinstance(last, torch.nn.Linear)
    told = shares_NK.sum(1) > 0
    with torch.no_grad():
        h, q = inputs.to(device)[told].float(), shares_NK[told]
        for layer in before:
            h = layer(h)
    weight = torch.zeros_like(last.weight, requires_grad=True)
    bias = torch.zeros_like(last.bias, requires_grad=True)
    search = torch.optim.LBFGS(
        [weight, bias], max_iter=STEPS, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        search.zero_grad()
        logits = F.linear(h, weight, bias)
        loss = -(q * logits.log_softmax(1)).sum(1).mean() + DECAY * weight.square().sum()
        loss.backward()
        return loss

    with torch.enable_grad():
        search.step(closure)
    with torch.no_grad():
        last.weight.copy_(weight)
        last.bias.copy_(bias)
