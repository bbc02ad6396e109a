"""Doing a run's work in this process: load, train, measure, register."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from models.attributes import learn_attributes
from models.checkpoint import in_half
from models.data import Dataset
from models.labels.round_work import do_round
from models.recipes import Recipe, with_overrides
from models.registry import Registry
from models.runs.config import Launch
from models.runs.folder import Run, RunError
from models.runs.index import Runs
from models.runs.keeper import Keeper, log_to, stopping_by_signal
from models.runs.same_rows import with_rows_of
from models.runs.training import saved_state, trained
from models.semi.data import labelled_split
from models.ssvae import SSVAE
from models.tables.measure import curves
from models.tables.model import TableVAE
from models.training.callbacks import (
    BestCheckpoint,
    Callback,
    CSVHistory,
    EarlyStopping,
    JSONLines,
    LastCheckpoint,
    LatentMap,
    LoggedEpochs,
    LossCurves,
    Samples,
    TensorBoard,
)
from models.training.distributed import ALONE, Team
from models.training.failures import OutOfMemory, TrainingDiverged
from models.training.outcome import build_atlas, lay_map, measure, register
from models.training.recipe import fitted, given_labels, load_data
from models.training.trainer import Trainer

__all__ = ["execute", "train_recipe"]

LOG = logging.getLogger("models.runs")


def train_recipe(
    recipe: Recipe,
    registry: Registry,
    *,
    name: str | None = None,
    overrides: Mapping[str, object] | None = None,
    launch: Launch | None = None,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train a recipe as a run of the registry's workspace and save it under `name`.

    Args:
        recipe: Model, data and training.
        registry: Where the checkpoint goes; its workspace may hold data sets.
        name: Name of the checkpoint; a number is added if it is taken.
        overrides: Fields of the recipe that differ.
        launch: Where and how to compute.
        callbacks: Watch the training, beside those that write the run's folder.

    Returns:
        The checkpoint's folder.

    Raises:
        DataError: The data set is missing or damaged.
        TrainingDiverged: The loss became NaN or infinite.
        CheckpointError: The name is none.
        RunError: A training of that name is under way, or it was stopped.
    """
    runs = Runs(registry.workspace, pretrained=registry.pretrained)
    changed = with_overrides(recipe, **(overrides or {}))
    run = runs.create(changed, name=name, overrides=overrides, launch=launch)
    folder = execute(run, registry, callbacks=callbacks)
    if folder is None:
        raise RunError(f"Run {run.id} was stopped; `python -m models runs resume {run.id}`.")
    return folder


def execute(
    run: Run,
    registry: Registry,
    *,
    team: Team = ALONE,
    callbacks: Sequence[Callback] = (),
) -> Path | None:
    """Do or go on with a run, and leave in its folder how it ended.

    Args:
        run: The run.
        registry: Where the checkpoint goes.
        team: The processes that do it together, of which this one leads.
        callbacks: Watch the training, beside those that write the run's folder.

    Returns:
        The checkpoint's folder, or None if it was stopped.

    Raises:
        RunError: Another process works on it.
        DataError: The data set is missing or damaged.
        TrainingDiverged: The loss became NaN or infinite.
        OutOfMemory: A batch does not fit.
        OSError: The result cannot be written.
    """
    status = Runs(registry.workspace, pretrained=registry.pretrained).claim(run)
    _sweep(run)
    with log_to(run), Keeper(run, status) as keeper, stopping_by_signal(keeper):
        try:
            if run.config.project:
                return _round(run, registry, keeper, callbacks)
            folder = _work(run, registry, team, keeper, callbacks)
        except KeyboardInterrupt:
            folder = None
        except Exception as error:
            raise _failed(run, keeper, error) from None
        if folder is None:
            at = keeper.status
            message = "Stopped before the first step; it can still be trained."
            if at.step:
                message = f"Stopped at step {at.step:,} of {at.steps:,}; it can go on from there."
            keeper.end("stopped", message)
        else:
            message = f"Registered as {folder.name}."
            keeper.end("finished", "", checkpoint=folder.name)
        LOG.info(message)
    return folder


def _round(
    run: Run, registry: Registry, keeper: Keeper, callbacks: Sequence[Callback]
) -> Path | None:
    """Do a round of a label project, and return the project's folder unless it was stopped."""
    # A stopped one has nothing in its own folder: the project keeps what was learned.
    recorders = [
        *(LoggedEpochs(), JSONLines(run.folder / "metrics.jsonl")),
        *(CSVHistory(run.folder / "history.csv"), LossCurves(run.folder / "losses.png")),
        Samples(run.folder / "samples"),
    ]
    done, message = do_round(run, registry, keeper, [*recorders, *callbacks])
    keeper.end("finished" if done else "stopped", message)
    LOG.info(message)
    return registry.workspace / "labels" / run.config.project if done else None


def _work(
    run: Run, registry: Registry, team: Team, keeper: Keeper, callbacks: Sequence[Callback]
) -> Path | None:
    """Return the registered checkpoint's folder, or None if a stop came first."""
    if folder := _registered(run, registry):
        return folder
    keeper.phase("loading")
    recipe = run.config.recipe
    dataset = team.one_first(lambda: with_rows_of(run, load_data(recipe, registry.workspace)))
    recipe = fitted(recipe, dataset)
    run = replace(run, config=replace(run.config, recipe=recipe))
    count = f"{len(dataset.train):,}"
    LOG.info("%s: %s examples of %s.", recipe.name, count, dataset.name)
    given = given_labels(recipe, dataset, run.labels)
    taught = dataset if given is None else labelled_split(dataset, given)
    watchers = [*_recorders(run), *callbacks, keeper]
    trainer = None
    try:
        trainer = trained(run, taught, team, keeper, watchers)
    except OutOfMemory as error:
        if not run.config.launch.auto_batch or team.size > 1:
            raise
        LOG.warning("%s", error)
    # Not in the handler, where the error would keep the first try's memory.
    if trainer is None:
        run = _with_half_the_batch(run)
        trainer = trained(run, taught, team, keeper, watchers)
    if trainer.stopped:
        return None
    return _finish(run, trainer, dataset, registry, keeper, given)


def _sweep(run: Run) -> None:
    """Delete what a killed process had begun to write where only the run's own process writes."""
    for folder in ("checkpoints", "samples"):
        for path in (run.folder / folder).glob(".*.tmp"):
            path.unlink(missing_ok=True)


def _finish(
    run: Run,
    trainer: Trainer,
    dataset: Dataset,
    registry: Registry,
    keeper: Keeper,
    given: Tensor | None,
) -> Path:
    recipe, half, model = run.config.recipe, run.config.launch.half, trainer.model
    if isinstance(model, SSVAE):
        LOG.info("Laying the map.")
        lay_map(model, dataset, recipe)
    if half:
        model.load_state_dict(in_half(model.state_dict(), model.exact))
    keeper.phase("measuring")
    LOG.info("Measuring on the test split.")
    atlas = build_atlas(model, dataset, recipe, given=given)
    if dataset.attribute_names:
        LOG.info("Learning directions of %s attributes.", len(dataset.attribute_names))
    directions = learn_attributes(model, dataset)
    metrics = measure(model, dataset, recipe, atlas, directions, given)
    metrics["epochs"] = len(trainer.history)
    if isinstance(model, TableVAE):
        metrics["history"] = curves(trainer.history)
    metrics["training_seconds"] = round(trainer.seconds, 1)
    keeper.phase("saving")
    return register(
        model,
        dataset,
        recipe,
        metrics,
        atlas,
        registry,
        run.config.name,
        directions=directions,
        run=run.id,
        half=half,
    )


def _registered(run: Run, registry: Registry) -> Path | None:
    """Return the checkpoint that a run became before it could say so."""
    return next((e.folder for e in registry.entries() if e.config and e.config.run == run.id), None)


def _recorders(run: Run) -> list[Callback]:
    """Return what writes a run's folder."""
    folder, patience = run.folder, run.config.recipe.training.patience
    return [
        *([EarlyStopping(patience)] if patience else []),
        LoggedEpochs(),
        JSONLines(folder / "metrics.jsonl"),
        CSVHistory(folder / "history.csv"),
        LossCurves(folder / "losses.png"),
        Samples(folder / "samples"),
        LatentMap(folder / "latent.npz"),
        BestCheckpoint(run.best),
        LastCheckpoint(run.last),
        *([TensorBoard(folder / "tensorboard")] if run.config.launch.tensorboard else []),
    ]


def _with_half_the_batch(run: Run) -> Run:
    """Return the run with half its batch size, which it keeps from now on."""
    config = run.config
    batch_size = max(1, config.recipe.training.batch_size // 2)
    changed = replace(
        config,
        recipe=with_overrides(config.recipe, batch_size=batch_size),
        overrides={**config.overrides, "batch_size": batch_size},
        launch=replace(config.launch, auto_batch=False),
    )
    halved = replace(run, config=changed)
    halved.write_config()
    LOG.warning("Trying once more with batches of %s.", batch_size)
    return halved


def _last_good(run: Run) -> str:
    for path in (run.last, run.best):
        if saved := saved_state(path):
            step = saved.facts["progress"]["step"]
            where = f"runs/{run.id}/checkpoints/{path.name}"
            return f" The last good checkpoint is {where} (step {step:,})."
    return ""


def _failed(run: Run, keeper: Keeper, error: Exception) -> Exception:
    """Write down why a run failed, and return the error to raise."""
    message = str(error)
    if not isinstance(error, ValueError | ArithmeticError | OSError | MemoryError):
        message = f"{type(error).__name__}: {error}"
        LOG.error("It failed:", exc_info=error)
    if isinstance(error, TrainingDiverged | OutOfMemory):
        message += _last_good(run)
        error = type(error)(message)
    # On a full disk not even this can be written; then its silence tells.
    with suppress(OSError):
        LOG.error(message)
        keeper.end("failed", message)
    return error
