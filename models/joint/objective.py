"""What a JointVAE minimises that finds its classes: the bound, views that agree, then clusters.

Nothing is told of any label. First two views of each example are told from all others, and clusters
of both views agree; then the examples are put into clusters once, by their neighbours; then the
classes of the code learn these clusters, on pictures and on views of them; and at last the classes
stay, and the bound alone is left to the means and the decoder.

Shape legend: B rows of a batch, M rows of views, F features, K classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from models.data import Split
from models.joint.discovery import DiscoveryConfig
from models.joint.features import FeatureNetwork
from models.joint.grouping import as_named, groups
from models.joint.model import JointVAE
from models.losses import Loss
from models.preprocessing import Binarise, as_seen, binarised, prepare, to_unit
from models.semi.losses import cluster_information, supervised_contrastive
from models.semi.views import view
from models.share import Share
from models.training.config import TrainingConfig
from models.training.latent.made import make_cost
from models.training.objective import Batch
from models.training.state import TrainingState
from models.vae import VAE

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["DiscoveryObjective"]

CHUNK = 1000


class _Stopped(Exception):
    """A stop came while clusters were made."""


class DiscoveryObjective:
    """Views, then clusters, then the bound alone.

    Args:
        model: The model that is trained; it tells classes from features.
        config: How; it has a `discovery`.
        binarise: How pictures are prepared.

    Raises:
        ValueError: `config` says nothing of discovery, or the model has no features.
    """

    def __init__(self, model: JointVAE, config: TrainingConfig, *, binarise: Binarise) -> None:
        if config.discovery is None or model.features is None:
            raise ValueError(
                "discovery needs a model with feature_channels, and such a model discovery; one of "
                "both is missing."
            )
        self.model = model
        self.config = config
        self.discovery: DiscoveryConfig = config.discovery
        self.features: FeatureNetwork = model.features
        self.binarise: Binarise = binarise
        self.latent = make_cost(
            config.latent,
            model.parts,
            device=next(model.parameters()).device,
            seed=config.seed,
        )
        self.clusters: Tensor | None = None
        """int64 [N], the class of the first discrete part that each training example belongs to"""
        self.logits: Tensor | None = None
        """float32 [N, K], what the classes of each are once they stay"""
        self.began = 0
        """Steps after which the bound began anew"""

    def begin_epoch(self, trainer: Trainer, train: Split) -> None:
        """Put the examples into clusters, or let the classes stay, once it is time to."""
        if self.latent is not None:
            self.latent.begin(len(train))
        epoch, discovery = trainer.progress.epoch, self.discovery

        def heed(_: float) -> None:
            if trainer.interrupted:
                raise _Stopped

        kept = trainer.kept_model()
        assert isinstance(kept, JointVAE)
        try:
            if self.clusters is None and epoch >= discovery.view_epochs:
                self.clusters = self._grouped(kept, train.images, heed).to(train.images.device)
                self._begin_anew(kept, trainer.progress.step)
            if self.logits is None and epoch >= discovery.view_epochs + discovery.class_epochs:
                self.logits = self._read(kept, train.images, heed)[1].to(train.images.device)
                self.model.load_state_dict(kept.state_dict())
        except _Stopped:
            return

    def _begin_anew(self, kept: JointVAE, step: int) -> None:
        """Go on from the kept features, with untrained means and decoder.

        Without classes to rely on, the means have learned to say the class too, and the decoder to
        read it there; anew, and with a capacity that grows anew, it reads the class first.
        """
        with torch.random.fork_rng():
            torch.manual_seed(self.config.seed + 1)
            fresh = type(kept)(kept.config).state_dict()
        anew = {k: t for k, t in fresh.items() if k.startswith(("encoder.", "decoder."))}
        state = kept.state_dict() | anew
        for model in (kept, self.model):
            model.load_state_dict(state)
        self.began = step

    @torch.inference_mode()
    def _read(
        self, model: JointVAE, images: Tensor, heed: Callable[[float], None]
    ) -> tuple[Tensor, Tensor]:
        """Return features [N, F] and logits [N, K] of pictures, on the CPU."""
        assert model.features is not None
        found = []
        for part in images.split(CHUNK):
            heed(0.0)
            features = model.features.features(as_seen(part, self.binarise))
            found.append((features.cpu(), model.features.logits(features).cpu()))
        features, logits = (torch.cat(each) for each in zip(*found, strict=True))
        return features, logits

    def _grouped(self, model: JointVAE, images: Tensor, heed: Callable[[float], None]) -> Tensor:
        features, logits = self._read(model, images, heed)
        count = model.config.discrete[0]
        named = logits[:, :count].argmax(1)
        found = groups(features.clone(), images.cpu(), count, self.discovery, heed=heed)
        return as_named(found, named.clone(), count)

    def loss(self, batch: Batch) -> Loss:
        """Return a batch's loss, with gradients."""
        if self.logits is not None:
            found = self._bound_alone(batch, self.logits)
        elif self.clusters is not None:
            found = self._classes(batch, self.clusters)
        else:
            found = self._views(batch)
        if self.latent is not None:
            self.latent.learn(batch.noise)
        return found

    def _views(self, batch: Batch) -> Loss:
        """Return the loss while only views are compared."""
        x, strength = to_unit(batch.split.images[batch.rows]), self.discovery.view_strength
        both = torch.cat([view(x, batch.noise, strength, turn) for turn in (0, 1)])
        rows = max(1, round(self.discovery.bound_share * len(x)))
        bound, features, contrastive = self._compared(both, rows, batch)
        codes = self.features.code(features).split(self.model.config.discrete, dim=1)
        heads = [head(features) for head in self.features.clusters]
        # Heads of one size are reckoned at once; each counts as much as the code of every part.
        told = cluster_information(heads) * len(heads)
        for code in codes:
            told = told + cluster_information([code])
        information = told / (len(heads) + len(codes))
        total = (
            bound.total
            + self.discovery.contrastive_weight * contrastive
            - self.discovery.information_weight * information
        )
        return _told(total, bound, contrastive=contrastive, information=information)

    def _classes(self, batch: Batch, clusters: Tensor) -> Loss:
        """Return the loss while the code learns the clusters: half of the rows, seen twice."""
        rows = batch.rows[: max(1, len(batch.rows) // 2)]
        x = to_unit(batch.split.images[rows])
        other = view(x, batch.noise, self.discovery.view_strength, batch.step % 2)
        bound, features, contrastive = self._compared(torch.cat([x, other]), len(x), batch)
        logits = self.features.logits(features)[:, : self.model.config.discrete[0]]
        classification = F.cross_entropy(logits, clusters[rows].repeat(2))
        total = bound.total + self.discovery.contrastive_weight * contrastive + classification
        return _told(total, bound, contrastive=contrastive, classification=classification)

    def _compared(self, both: Tensor, rows: int, batch: Batch) -> tuple[Loss, Tensor, Tensor]:
        """Return the bound of the first rows, the features of all, and how alike views are."""
        both = binarised(both, self.binarise, batch.noise)
        with batch.autocast():
            features = self.features.features(both)
            embedded = self.features.embed(features)
            # Views teach the classes, and the bound has no say in them.
            logits = self.features.logits(features[:rows]).detach()
            bound = self._bound(both[:rows], logits, batch)
        own = torch.arange(len(both) // 2, device=both.device).repeat(2)
        contrastive = supervised_contrastive(embedded.float(), own, self.discovery.temperature)
        return bound, features, contrastive

    def _bound_alone(self, batch: Batch, logits: Tensor) -> Loss:
        """Return the loss once classes stay: they are not even told anew."""
        self.features.eval()
        x = prepare(batch.split.images[batch.rows], self.binarise, batch.noise)
        with batch.autocast():
            bound = self._bound(x, logits[batch.rows], batch)
        return _told(bound.total, bound)

    def _bound(self, x: Tensor, logits: Tensor, batch: Batch) -> Loss:
        return self.model.loss_of(
            self.model.posterior_with(x, logits),
            x,
            beta=batch.beta,
            free_bits=self.config.free_bits,
            generator=batch.noise,
            latent=self.latent,
            step=batch.step - self.began,
        )

    def held_out(self, model: VAE, images: Tensor, noise: torch.Generator, share: Share) -> Loss:
        """Return the bound of held-out pictures, uint8 [B, C, H, W], under some weights."""
        return model.loss(
            prepare(images, self.binarise, noise, share),
            beta=self.config.beta,
            free_bits=self.config.free_bits,
            generator=noise,
            share=share,
            latent=self.latent,
        )

    def counts(self, epoch: int, train: Split | None) -> bool:
        """Tell whether the classes of an epoch were those that stay."""
        return epoch > self.discovery.view_epochs + self.discovery.class_epochs

    def tensors(self) -> dict[str, Tensor]:
        """Return the clusters and classes, and what learned beside the model."""
        found = self.latent.tensors() if self.latent is not None else {}
        if self.clusters is not None:
            began = torch.tensor(self.began)
            found |= {"clusters.rows": self.clusters, "clusters.began": began}
        return found if self.logits is None else found | {"clusters.logits": self.logits}

    def restore(self, state: TrainingState) -> None:
        """Take back what `tensors` returned."""
        if self.latent is not None:
            self.latent.restore(state)
        device, kept = next(self.model.parameters()).device, state.part("clusters")
        self.clusters = kept["rows"].to(device) if kept else None
        self.logits = kept["logits"].to(device) if "logits" in kept else None
        self.began = int(kept["began"]) if kept else 0


def _told(
    total: Tensor,
    bound: Loss,
    *,
    contrastive: Tensor | None = None,
    information: Tensor | None = None,
    classification: Tensor | None = None,
) -> Loss:
    none = torch.zeros_like(bound.total)
    parts = {
        "contrastive": none if contrastive is None else contrastive,
        "information": none if information is None else information,
        "classification": none if classification is None else classification,
        **bound.parts,
    }
    return Loss(total, bound.reconstruction, bound.kl, bound.kl_per_dimension, parts)
