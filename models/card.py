"""The model card: what a checkpoint is, in the words and numbers a stranger needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.latent.parts import Parts
from models.tables.config import TableConfig

if TYPE_CHECKING:
    from models.checkpoint import CheckpointConfig

__all__ = ["METRIC_LABELS", "body", "card", "retitled"]

METRIC_LABELS = {
    "elbo": "Test ELBO (nats per example)",
    "reconstruction": "Reconstruction (nats per example)",
    "kl": "KL (nats per example)",
    "reconstruction_95": "Reconstruction that 95 % of the test examples stay below",
    "iwae": "IWAE log-likelihood (nats per example)",
    "active_units": "Active units",
    "knn_accuracy": "5-NN accuracy of the latent",
    "cluster_ari": "Agreement of k-means with the classes (adjusted Rand index), all rows",
    "silhouette": "Silhouette of the classes in the latent, all rows",
    "pca_knn_accuracy": "5-NN accuracy of as many principal components",
    "pca_cluster_ari": "Agreement of k-means in principal components",
    "pca_silhouette": "Silhouette of the classes in principal components",
    "test_accuracy": "Accuracy on the test split",
    "cluster_accuracy": "Accuracy of the discrete code, best one-to-one matching",
    "num_labels": "Labels it learned from",
    "frechet": "Frechet distance of samples from the prior",
    "frechet_gaussian": "The same from a Gaussian fitted to the codes",
    "frechet_mixture": "The same from a mixture fitted to the codes",
    "mse": "Squared error of a reconstructed pixel",
    "pca_mse": "The same of as many principal components",
    "ssim": "Structural similarity (SSIM) of reconstructions",
    "pca_ssim": "The same of as many principal components",
    "frechet_reconstruction": "Frechet distance of reconstructions",
    "pca_frechet_reconstruction": "The same of as many principal components",
    "parameters": "Parameters",
}
"""How metrics are called wherever a person reads them. Not every checkpoint has all."""


def card(name: str, config: CheckpointConfig) -> str:
    """Return the card of a checkpoint as Markdown with a Hugging Face header."""
    model = config.model
    shape = "examples of " + " x ".join(map(str, model.shape))
    if isinstance(model, TableConfig):
        shape = f"rows of {len(model.columns)} columns"
    metrics = "\n".join(
        f"| {label} | {_number(config.metrics[key])} |"
        for key, label in METRIC_LABELS.items()
        if key in config.metrics
    )
    conditions = config.metrics.get("conditions", "")
    origin = config.metrics.get("imported")
    learned = _imported(config, origin) if isinstance(origin, str) else _trained(config)
    return f"""---
license: {_identifier(config.licence)}
library_name: latent-studio
tags: [vae, latent-space]
datasets: [{config.data.dataset}]
---

# {name}

A variational autoencoder with {_latent(Parts.of(model))} for {shape},
{learned}

| metric | value |
| --- | --- |
{metrics}

{_words(conditions)}
{_columns(config)}{_directions(config)}
Weights: {_words(config.licence)}. Data: {_words(config.terms) or "see the data set's own terms"}
"""


def _latent(parts: Parts) -> str:
    if not parts.discrete:
        return f"{parts.continuous} latent dimensions"
    classes = " and ".join(f"one of {count}" for count in parts.discrete)
    return f"{parts.continuous} latent dimensions and {classes} classes"


def retitled(text: bytes, old: str, new: str) -> bytes:
    """Return a card under another name; a card that bears some other title stays as it is."""
    lines = text.split(b"\n")
    titles = (i for i, line in enumerate(lines) if line.strip() == f"# {old}".encode())
    if (first := next(titles, None)) is not None:
        lines[first] = f"# {new}".encode()
    return b"\n".join(lines)


def _directions(config: CheckpointConfig) -> str:
    """Return a section on the attribute directions, if there are some."""
    areas = config.metrics.get("direction_auc")
    if not isinstance(areas, dict) or not areas:
        return ""
    told = [(name, area) for name, area in areas.items() if area is not None]
    rows = "\n".join(f"| {_cell(name)} | {_number(area)} |" for name, area in told)
    text = f"\n## Attribute directions\n\n| direction | held-out AUC |\n| --- | --- |\n{rows}\n"
    effects = config.metrics.get("cross_effects")
    if not isinstance(effects, dict):
        return text
    for way, table in effects.items():
        names = list(table)
        lines = [
            "| " + " | ".join(["one step of", *map(_cell, names)]) + " |",
            "| --- " * (len(names) + 1) + "|",
        ]
        lines += [
            f"| {_cell(row)} | " + " | ".join(f"{value:+.2f}" for value in found.values()) + " |"
            for row, found in table.items()
        ]
        text += f"\nWhat else a step changes ({way}):\n\n" + "\n".join(lines) + "\n"
    return (
        f"{text}\nIn standard deviations of an independent classifier's logit over held-out "
        "pictures.\nConditional steps leave the other attributes of the table alone.\n"
    )


def _columns(config: CheckpointConfig) -> str:
    """Return a section on the columns of a table, with the errors of each."""
    if not isinstance(config.model, TableConfig):
        return ""
    model, found = config.model, config.metrics.get("columns")
    errors = found if isinstance(found, dict) else {}
    rows = "".join(
        f"| {_cell(name)} | {_number(one.get('rmse'))} | {_number(one.get('pca_rmse'))} |\n"
        for name, one in errors.items()
        if isinstance(one, dict)
    )
    text = f"\nColumns, in this order: {', '.join(map(_cell, model.columns))}.\n"
    text += f"Scaling inside the model: {model.scaling}; likelihood: {model.likelihood}.\n"
    if config.data.normal_class:
        text += f"Only rows of the class `{_cell(config.data.normal_class)}` were learned from.\n"
    if not rows:
        return text
    return (
        f"{text}\nRoot mean squared error of reconstructed held-out rows, in the table's units:\n\n"
        f"| column | this model | as many principal components |\n| --- | --- | --- |\n{rows}"
    )


def _words(text: object) -> str:
    """Return a text that somebody gave so that none of it is taken for HTML."""
    return str(text).replace("<", "&lt;")


def _code(name: str) -> str:
    """Return a name as it may stand between backticks."""
    return name.replace("`", "'")


def _cell(name: str) -> str:
    """Return a name that a person gave as it may stand in a table."""
    return _words(name).replace("|", "\\|")


def _trained(config: CheckpointConfig) -> str:
    training = config.training
    epochs = config.metrics.get("epochs", training.epochs)
    return (
        f"trained by the recipe `{_code(config.recipe)}` of Latent Studio on "
        f"`{config.data.dataset}` for\n{epochs} epochs (batch {training.batch_size}, learning rate "
        f"{training.learning_rate:g}, beta\n{training.beta:g}, seed {training.seed})."
    )


def _imported(config: CheckpointConfig, origin: str) -> str:
    return (
        f"with weights imported from {_words(origin)}\n"
        f"into the model of the recipe `{_code(config.recipe)}` of Latent Studio. How they were "
        "trained is not known."
    )


def body(text: str) -> str:
    """Return a card without its header."""
    return text.split("---\n", 2)[-1]


def _identifier(licence: str) -> str:
    """Return a licence as a header names it: what is a sentence and no name is another one."""
    return "other" if " " in licence else licence.lower()


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) < 0.1:
        return f"{value:.3g}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"
