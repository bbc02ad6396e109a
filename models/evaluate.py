"""What a model is worth, measured on held-out examples. Bounds are in nats per example.

Shape legend: B batch, D latent dimensions, S importance samples.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from models.data import Dataset, Split
from models.latent.atlas import Atlas
from models.latent.parts import Parts
from models.networks import parameter_count
from models.posterior import Posterior
from models.preprocessing import Binarise, prepare, to_unit
from models.quality import sample_quality
from models.vae import VAE

__all__ = [
    "active_units",
    "bound",
    "decode_latency",
    "encode",
    "encode_posterior",
    "evaluate",
    "iwae",
    "knn_accuracy",
]

CHUNK = 500
NEIGHBOURS = 5
IMPORTANCE_NUMBERS = 10_000 * 784
"""Numbers that are decoded at once for an importance-weighted bound."""


def evaluate(
    model: VAE,
    dataset: Dataset,
    *,
    binarise: Binarise,
    samples: int = 4,
    importance_samples: int = 200,
    seed: int = 0,
    atlas: Atlas | None = None,
) -> dict[str, Any]:
    """Return every figure that a model card shows, measured on the test split.

    Samples are judged where there is a feature network for the data set.

    Args:
        model: A model in eval mode.
        dataset: The data set; its training split is the reference of the nearest neighbours.
        binarise: How test images are prepared; draws are fixed by `seed`.
        samples: Posterior samples an example in the ELBO.
        importance_samples: Samples an example in the IWAE bound.
        seed: Seed of all draws.
        atlas: Encoded examples; what is fitted to them is judged as a source of samples too.
    """
    test = dataset.test
    mu_train, mu_test = encode(model, dataset.train), encode(model, test)
    parts = bound(model, test, binarise=binarise, samples=samples, seed=seed)
    quality = sample_quality(model, dataset, atlas, seed=seed)
    return {
        **parts,
        "iwae": iwae(model, test, binarise=binarise, samples=importance_samples, seed=seed),
        "active_units": active_units(mu_test[:, : Parts.of(model.config).continuous]),
        **_classes_apart(mu_train, dataset, mu_test),
        "parameters": parameter_count(model),
        "decode_ms": decode_latency(model),
        **(quality.distances if quality else {}),
        "conditions": (
            f"Test split of {dataset.name} ({len(test):,} examples), binarise: {binarise} "
            f"(seed {seed}); ELBO over {samples} posterior samples, IWAE over "
            f"{importance_samples}.{' ' + quality.conditions if quality else ''}"
        ),
    }


@torch.inference_mode()
def encode(model: VAE, split: Split) -> Tensor:
    """Return the posterior means [N, D] of a split's grey values, on the CPU."""
    return encode_posterior(model, split).mu


@torch.inference_mode()
def encode_posterior(model: VAE, split: Split) -> Posterior:
    """Return the posteriors of a split's grey values, on the CPU."""
    device = next(model.parameters()).device
    empty = torch.empty(0, model.config.latent_dim)
    mus, logvars = [empty], [empty]
    for images in split.images.split(CHUNK) if len(split) else ():
        posterior = model.encode(to_unit(images.to(device)))
        mus.append(posterior.mu.cpu())
        logvars.append(posterior.logvar.cpu())
    return Posterior(torch.cat(mus), torch.cat(logvars))


def _prepared(model: VAE, split: Split, mode: Binarise, seed: int, size: int) -> Iterator[Tensor]:
    """Yield the prepared examples of a split; the draws depend on nothing but the seed."""
    device = next(model.parameters()).device
    draws = torch.Generator(device).manual_seed(seed)
    # One size for all, so that every bound is measured on the same binary images.
    for images in split.images.split(CHUNK):
        yield from prepare(images.to(device), mode, draws).split(size)


def _noise(model: VAE, seed: int) -> torch.Generator:
    """Return the source of posterior noise, apart from that of the pixels."""
    return torch.Generator(next(model.parameters()).device).manual_seed(seed + 1)


@torch.inference_mode()
def bound(
    model: VAE, split: Split, *, binarise: Binarise, samples: int = 4, seed: int = 0
) -> dict[str, Any]:
    """Return the mean ELBO, reconstruction (negative log-likelihood) and KL of a split.

    `kl_per_dimension` is a list of the KL of each continuous dimension.

    `reconstruction_95` is the reconstruction that 95 % of the examples stay below: a picture beyond
    it is unlike what the model was trained on.
    """
    noise = _noise(model, seed)
    reconstructions, kls = [], []
    for x in _prepared(model, split, binarise, seed, CHUNK):
        posterior = model.encode(x)
        kls.append(model.divergence(posterior).cpu())
        draws = [model.decode_parameters(posterior.sample(noise)) for _ in range(samples)]
        losses = torch.stack([-model.likelihood.log_prob(p, x) for p in draws])
        reconstructions.append(losses.mean(0).cpu())
    reconstruction, kl_ND = torch.cat(reconstructions).double(), torch.cat(kls).double()
    continuous = kl_ND[:, : Parts.of(model.config).continuous].mean(0)
    return {
        "elbo": -(reconstruction + kl_ND.sum(1)).mean().item(),
        "reconstruction": reconstruction.mean().item(),
        "kl": kl_ND.sum(1).mean().item(),
        "kl_per_dimension": [round(nats, 4) for nats in continuous.tolist()],
        "reconstruction_95": reconstruction.quantile(0.95).item(),
    }


@torch.inference_mode()
def iwae(
    model: VAE, split: Split, *, binarise: Binarise, samples: int = 200, seed: int = 0
) -> float:
    """Return the importance-weighted bound, an estimate of log p(x) from below.

    E[log 1/S sum_s p(x, z_s) / q(z_s|x)]; Importance Weighted Autoencoders (Burda et al., 2015),
    arXiv 1509.00519.
    """
    total, generator = 0.0, _noise(model, seed)
    rows = max(1, IMPORTANCE_NUMBERS // (samples * math.prod(model.config.shape)))
    for x in _prepared(model, split, binarise, seed, rows):
        posterior = model.encode(x).repeated(samples)
        z = posterior.sample(generator)
        prior = model.prior_log_prob(z)
        likelihood = model.likelihood.log_prob(
            model.decode_parameters(z), x.repeat_interleave(samples, 0)
        )
        weights_BS = (likelihood + prior - posterior.log_prob(z)).view(len(x), samples)
        total += (weights_BS.logsumexp(1) - math.log(samples)).sum().item()
    return total / len(split)


def active_units(mu_ND: Tensor, threshold: float = 0.01) -> int:
    """Return the number of dimensions whose posterior mean varies over the data.

    A unit is active if Var_x(E[z_d|x]) > 0.01; arXiv 1509.00519, section 5.
    """
    return int((mu_ND.var(0) > threshold).sum())


def _classes_apart(mu_train: Tensor, dataset: Dataset, mu_test: Tensor) -> dict[str, float]:
    """Return the accuracy of the nearest neighbours, where enough examples have a class."""
    train, test = dataset.train.labels.cpu(), dataset.test.labels.cpu()
    known, asked = train >= 0, test >= 0
    if int(known.sum()) < NEIGHBOURS or not asked.any():
        return {}
    accuracy = knn_accuracy(mu_train[known], train[known], mu_test[asked], test[asked])
    return {"knn_accuracy": accuracy}


def knn_accuracy(
    train_ND: Tensor,
    train_labels: Tensor,
    test_ND: Tensor,
    test_labels: Tensor,
    k: int = NEIGHBOURS,
) -> float:
    """Return the share of test codes whose k nearest training codes agree with their label."""
    from sklearn.neighbors import KNeighborsClassifier

    classifier = KNeighborsClassifier(k).fit(train_ND.numpy(), train_labels.cpu().numpy())
    return float(classifier.score(test_ND.numpy(), test_labels.cpu().numpy()))


@torch.inference_mode()
def decode_latency(model: VAE, sizes: tuple[int, ...] = (1, 9, 64)) -> dict[str, float]:
    """Return the median milliseconds to decode batches of the given sizes."""
    device = next(model.parameters()).device
    medians = {}
    for size in sizes:
        z = torch.randn(size, model.config.latent_dim, generator=torch.Generator().manual_seed(0))
        z = z.to(device)
        times = []
        for _ in range(25):
            start = time.perf_counter()
            model.decode(z).cpu()
            times.append(time.perf_counter() - start)
        medians[str(size)] = round(1000 * statistics.median(times[5:]), 3)
    return medians
