"""What an SSVAE minimises: the bound, what views of an example share, and what few labels say.

Shapes: B rows of a batch, M rows of views, F features, K classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from models.data import Split
from models.losses import Loss
from models.posterior import Posterior
from models.preprocessing import Binarise, binarised, prepare, to_unit
from models.semi.losses import cluster_information, cross_entropy, supervised_contrastive
from models.semi.targets import Labelled, Targets
from models.semi.views import view
from models.share import Share
from models.ssvae import SSVAE, Reading
from models.training.config import TrainingConfig
from models.training.objective import Batch
from models.training.state import TrainingState
from models.vae import VAE

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["SemiObjective"]


class _Stopped(Exception):
    """A stop came while the graph was made."""


class SemiObjective:
    """Two views of every example, and a few labelled examples more, in each step.

    An example without a label takes part in the bound and in what needs no labels, and from
    `label_free_epochs` on in the cross entropy of what the graph says of it.

    Args:
        model: The model that is trained.
        config: How; it has a `semi`.
        binarise: How views are prepared.

    Raises:
        ValueError: `config` says nothing of labels.
    """

    def __init__(self, model: SSVAE, config: TrainingConfig, *, binarise: Binarise) -> None:
        if config.semi is None:
            raise ValueError("An SSVAE is trained by a recipe with `semi`; this one has none.")
        self.model = model
        self.config = config
        self.semi = config.semi
        self.binarise: Binarise = binarise
        self.targets = Targets(config.semi, model.config.classes)
        self._labelled = Labelled.of(torch.zeros(0, dtype=torch.int64))

    def begin_epoch(self, trainer: Trainer, train: Split) -> None:
        """Ask the neighbours anew, where it is time to."""
        labels = train.labels
        self._labelled = Labelled.of(labels)
        epoch = trainer.progress.epoch
        if epoch < self.semi.label_free_epochs or not len(self._labelled.rows):
            self.targets.forget()
            return

        def heed(_: float) -> None:
            if trainer.interrupted:
                raise _Stopped

        try:
            kept = trainer.kept_model()
            assert isinstance(kept, SSVAE)
            changed = self.targets.update(
                kept, train.images, labels, epoch, binarise=self.binarise, progress=heed
            )
        except _Stopped:
            return
        if changed:
            self._share_head(kept)

    def _share_head(self, kept: SSVAE) -> None:
        """Let the model that is trained go on with the averaged one's classifier."""
        if kept is self.model:
            return
        for name in ("classifier", "component_classes", "prior_mean", "prior_logvar"):
            mine, theirs = getattr(self.model, name, None), getattr(kept, name, None)
            if isinstance(mine, torch.nn.Module) and isinstance(theirs, torch.nn.Module):
                mine.load_state_dict(theirs.state_dict())
            elif isinstance(mine, Tensor) and isinstance(theirs, Tensor):
                mine.detach().copy_(theirs)

    def loss(self, batch: Batch) -> Loss:
        """Return a batch's loss, with gradients."""
        semi, split = self.semi, batch.split
        rows = batch.rows
        if self.targets.shares is not None:
            rows = torch.cat([rows, self._labelled.draw(semi.labelled_batch, batch.noise)])
        views = self._views(split.images[rows], batch.noise)
        bound_rows = max(1, round(semi.bound_share * len(batch.rows)))
        with batch.autocast():
            trunk = self.model.trunk(views)
            features = self.model.features_of(trunk)
            read = len(rows) if self._reads_latent() else bound_rows
            posterior = self.model.posterior_of(trunk[:read], views[:read])
            bound = self._bound(posterior, views, bound_rows, batch)
            embedded = self.model.embed(features)
            clusters = [head(features) for head in self.model.clusters]
            classification = self._classification(features, posterior, rows)
        groups = self._groups(split.labels[rows], len(rows)).repeat(2)
        contrastive = supervised_contrastive(embedded.float(), groups, semi.temperature)
        information = cluster_information(clusters) if clusters else torch.zeros_like(contrastive)
        total = (
            semi.bound_weight * bound.total
            + semi.contrastive_weight * contrastive
            - semi.mutual_information_weight * information
            + semi.label_weight * classification
        )
        parts = {
            "contrastive": contrastive,
            "information": information,
            "classification": classification,
        }
        return Loss(total, bound.reconstruction, bound.kl, bound.kl_per_dimension, parts)

    def _views(self, images: Tensor, noise: torch.Generator) -> Tensor:
        """Return two views of each picture, all first ones first."""
        x, strength = to_unit(images), self.semi.view_strength
        both = torch.cat([view(x, noise, strength, turn) for turn in (0, 1)])
        both = binarised(both, self.binarise, noise)
        if self.model.config.network.kind == "dense":
            return both
        return both.contiguous(memory_format=torch.channels_last)

    def _bound(self, posterior: Posterior, views: Tensor, count: int, batch: Batch) -> Loss:
        """Return the bound of the first views, each of which is reconstructed as it is."""
        some = Posterior(posterior.mu[:count], posterior.logvar[:count])
        parameters = self.model.decode_parameters(some.sample(batch.noise))
        # A sum over pixels is no matter for 8 bits.
        log_prob = self.model.likelihood.log_prob(parameters.float(), views[:count])
        reconstruction = -log_prob.mean()
        kl_D = self.model.divergence(some).mean(0)
        charged = (
            kl_D.clamp(min=self.config.free_bits).sum() if self.config.free_bits else kl_D.sum()
        )
        return Loss(reconstruction + batch.beta * charged, reconstruction, kl_D.sum(), kl_D)

    def _reads_latent(self) -> bool:
        return self.model.config.classifier_type != "features"

    def _classification(self, features: Tensor, posterior: Posterior, rows: Tensor) -> Tensor:
        """Return the cross entropy of what is known of the rows; of both views, where that is."""
        shares = self.targets.shares
        if shares is None:
            return torch.zeros((), device=features.device)
        known = shares[rows]
        if not self._reads_latent():
            known = known.repeat(2, 1)
        return cross_entropy(self.model.logits_of(Reading(posterior, features)), known)

    def _groups(self, labels: Tensor, count: int) -> Tensor:
        """Return each row's group: its label, or one of its own."""
        own = torch.arange(count, device=labels.device) + self.model.config.classes
        if self.targets.shares is None:
            return own
        return torch.where(labels >= 0, labels, own)

    def held_out(self, model: VAE, images: Tensor, noise: torch.Generator, share: Share) -> Loss:
        """Return the bound of held-out pictures, uint8 [B, C, H, W], under some weights."""
        x = prepare(images, self.binarise, noise, share)
        config = self.config
        return model.loss(
            x, beta=config.beta, free_bits=config.free_bits, generator=noise, share=share
        )

    def counts(self, epoch: int, train: Split | None) -> bool:
        """Tell whether an epoch learned from labels, if there are any."""
        labelled = train is not None and bool((train.labels >= 0).any())
        return epoch > self.semi.label_free_epochs or not labelled

    def tensors(self) -> dict[str, Tensor]:
        """Return what is taken for every example's class."""
        return self.targets.tensors()

    def restore(self, state: TrainingState) -> None:
        """Take back what `tensors` returned."""
        self.targets.restore(state, next(self.model.parameters()).device)
