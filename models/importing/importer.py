"""One way in for every kind of file: looked at, loaded once, and only then given a name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from models import data
from models.card import retitled
from models.checkpoint import CheckpointConfig, CheckpointError, parse_checkpoint
from models.data import DataError, Dataset
from models.importing.layout import read_layout, read_zip
from models.importing.pickled import is_torch_file, read_pth
from models.importing.tensors import read_safetensors
from models.importing.weights import Fitted, fit_weights
from models.latent.atlas import Atlas
from models.latent.attributes import AttributeDirections
from models.manifest import MAX_FILE_BYTES, seal
from models.networks import parameter_count
from models.registry import Registry

__all__ = ["Imported", "import_checkpoint", "plain_name", "register"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made."""

    name: str
    folder: Path
    notes: tuple[str, ...]
    """What was done, a sentence each."""


def import_checkpoint(
    registry: Registry,
    source: Path,
    *,
    recipe: str | None = None,
    name: str | None = None,
    measure: bool = False,
) -> Imported:
    """Register a checkpoint folder, a zip of one, or weights that fit a recipe.

    Args:
        registry: Where it goes.
        source: A folder or zip as `export` writes them, a `.safetensors` file, or an old `.pth` or
            `.pt` file with a plain state dict.
        recipe: Which recipe's model the weights belong to; without one, the only one that fits.
        name: Its name here. Without one it keeps its own, with a number if that is taken.
        measure: Whether to measure weights on the recipe's test split, where that is at hand.

    Raises:
        CheckpointError: It cannot be used, or the name is taken; one sentence says why.
        OSError: It cannot be read, or the workspace cannot be written.
    """
    if name is not None:
        registry.require_free(name)  # Said before anything is read, which may take a while.
    label = f"{source.name or 'it'!r:.80}"
    if source.is_symlink() or not source.exists():
        raise CheckpointError(f"There is no file or folder {label}.")
    if source.is_dir():
        return register(registry, *read_layout(source), name)
    if not source.is_file():
        raise CheckpointError(f"{label} is neither a file nor a folder.")
    if source.stat().st_size > MAX_FILE_BYTES:
        raise CheckpointError(f"{label} is over 1 GiB; no checkpoint of this studio is so large.")
    # Old weights are zip files as well.
    if source.suffix.lower() == ".zip" and not is_torch_file(source):
        return register(registry, *read_zip(source, label), name)
    if source.suffix.lower() == ".safetensors":
        state, notes = read_safetensors(source, label)
    elif source.suffix.lower() in (".pth", ".pt", ".zip"):
        state, notes = read_pth(source, label)
    else:
        raise CheckpointError(
            f"{label} is of no kind that can be imported; give a checkpoint's folder or .zip, a "
            ".safetensors, .pth or .pt file."
        )
    fitted = fit_weights(state, recipe, label)
    return _import_weights(registry, source, fitted, notes, name, measure)


def plain_name(text: str) -> str:
    """Return a checkpoint name made of any text."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:58] or "imported"


def register(
    registry: Registry, files: dict[str, bytes], own_name: str, wanted: str | None
) -> Imported:
    """Register the verified files of a checkpoint.

    Args:
        registry: Where they go.
        files: Name to content, `manifest.json` included.
        own_name: What the checkpoint was called where it comes from.
        wanted: What to call it here; None keeps its own, with a number if that is taken.

    Raises:
        CheckpointError: The files make no checkpoint, or the name is taken.
    """
    name = wanted or registry.free_name(plain_name(own_name))
    parse_checkpoint(files, plain_name(own_name))
    notes = [f"{len(files)} files, each as its manifest says."]
    if name != own_name:
        files = {**files, "README.md": retitled(files["README.md"], own_name, name)}
        del files["manifest.json"]
        files = seal(files)
        notes.append(f"It was called {plain_name(own_name)}.")
    return Imported(name, registry.add(name, files), tuple(notes))


def _import_weights(
    registry: Registry,
    source: Path,
    fitted: Fitted,
    notes: list[str],
    wanted: str | None,
    measure: bool,
) -> Imported:
    recipe, model = fitted.recipe, fitted.model
    notes = [*notes, *fitted.notes]
    dataset = _present(registry, fitted, notes)
    atlas = _atlas(fitted, dataset, notes)
    directions = _directions(fitted, dataset, notes)
    metrics: dict[str, object] = {"parameters": parameter_count(model)}
    if measure and dataset is not None:
        from models.evaluate import evaluate

        metrics = evaluate(model, dataset, binarise=recipe.data.binarise, atlas=atlas)
        notes.append(f"Measured on the test split of {dataset.name}.")
    if directions is not None:
        metrics |= directions.figures()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    metrics["imported"] = f"`{plain_name(source.stem)}{source.suffix.lower()}` (sha256 {digest})"
    config = CheckpointConfig(
        recipe=recipe.name,
        model=recipe.model,
        data=recipe.data,
        training=recipe.training,
        class_names=dataset.class_names if dataset else (),
        attribute_names=directions.names if directions else (),
        metrics=metrics,
        licence="unknown",
        terms=dataset.terms if dataset else "",
    )
    name = wanted or registry.free_name(plain_name(source.stem))
    folder = registry.save(name, config, model, atlas, directions=directions)
    return Imported(name, folder, tuple(notes))


def _present(registry: Registry, fitted: Fitted, notes: list[str]) -> Dataset | None:
    wanted = fitted.recipe.data
    try:
        return data.load_as(
            wanted.dataset,
            fitted.recipe.model.shape,
            workspace=registry.workspace,
            validation=wanted.validation,
            download=False,
        )
    except DataError:
        notes.append(
            f"No atlas and no figures: the data set '{wanted.dataset}' is not on this machine; "
            f"`python -m models data fetch {wanted.dataset}` gets it."
        )
        return None


def _atlas(fitted: Fitted, dataset: Dataset | None, notes: list[str]) -> Atlas | None:
    if dataset is None:
        return None
    # Imported here, because training imports much that an import of whole checkpoints never needs.
    from models.training.outcome import build_atlas

    atlas = build_atlas(fitted.model, dataset, fitted.recipe)
    notes.append(f"An atlas of {len(atlas):,} encoded examples of {dataset.name} was made.")
    return atlas


def _directions(
    fitted: Fitted, dataset: Dataset | None, notes: list[str]
) -> AttributeDirections | None:
    if dataset is None or not dataset.attribute_names:
        return None
    from models.attributes import learn_attributes

    directions = learn_attributes(fitted.model, dataset)
    if directions is not None:
        notes.append(f"Directions of {len(directions.names)} attributes were learned.")
    return directions
