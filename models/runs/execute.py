"""Doing a run's work in this process: load, train, measure, register."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from models.attributes import learn_attributes
from models.data import Dataset
from models.labels.round_work import do_round
from models.recipes import Recipe, with_overrides
from models.registry import Registry
from models.runs.config import Launch
from models.runs.folder import Run, RunError
from models.runs.index import Runs
from models.runs.keeper import Keeper, log_to, stopping_by_signal, unheeding_signals
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
from models.training.recipe import (
    build_atlas,
    fitted,
    given_labels,
    lay_map,
    load_data,
    measure,
    new_model,
    new_objective,
    register,
)
from models.training.state import StateError, TrainingState
from models.training.trainer import OutOfMemory, Trainer, TrainingDiverged

__all__ = ["execute", "follow", "train_recipe"]

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


def follow(recipe: Recipe, launch: Launch, workspace: Path, team: Team) -> bool:
    """Compute this process's share of a run that another process of the team leads.

    Args:
        recipe: The recipe with its overrides applied, the same as the leader's.
        launch: The same as the leader's.
        workspace: Where data sets may lie on this machine.
        team: The team.

    Returns:
        Whether the training was stopped.

    Raises:
        DataError: The data set is missing on this machine.
    """
    with unheeding_signals():
        dataset = team.one_first(lambda: load_data(recipe, workspace))
        recipe = fitted(recipe, dataset)
        trainer = _trainer(recipe, launch, dataset, team, ())
        _restore(trainer, None)
        _fit(trainer, dataset)
    return trainer.stopped


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
    dataset = team.one_first(lambda: load_data(recipe, registry.workspace))
    recipe = fitted(recipe, dataset)
    run = replace(run, config=replace(run.config, recipe=recipe))
    count = f"{len(dataset.train):,}"
    LOG.info("%s: %s examples of %s.", recipe.name, count, dataset.name)
    given = given_labels(recipe, dataset, run.labels)
    taught = dataset if given is None else labelled_split(dataset, given)
    watchers = [*_recorders(run), *callbacks, keeper]
    trainer = None
    try:
        trainer = _trained(run, taught, team, keeper, watchers)
    except OutOfMemory as error:
        if not run.config.launch.auto_batch or team.size > 1:
            raise
        LOG.warning("%s", error)
    # Not in the handler, where the error would keep the first try's memory.
    if trainer is None:
        run = _with_half_the_batch(run)
        trainer = _trained(run, taught, team, keeper, watchers)
    if trainer.stopped:
        return None
    return _finish(run, trainer, dataset, registry, keeper, given)


def _sweep(run: Run) -> None:
    """Delete what a killed process had begun to write where only the run's own process writes."""
    for folder in ("checkpoints", "samples"):
        for path in (run.folder / folder).glob(".*.tmp"):
            path.unlink(missing_ok=True)


def _trained(
    run: Run, dataset: Dataset, team: Team, keeper: Keeper, watchers: Sequence[Callback]
) -> Trainer:
    trainer = _trainer(run.config.recipe, run.config.launch, dataset, team, watchers)
    _restore(trainer, _saved(run.last) or _saved(run.best))
    keep = keeper.status.keep
    if trainer.progress.step:
        doing = "Keeping what was learned up to" if keep else "Going on from"
        LOG.info("%s step %s.", doing, f"{trainer.progress.step:,}")
        keeper.note(trainer)
    keeper.phase("training")
    if not keep:
        _fit(trainer, dataset)
    if not trainer.stopped:
        _take_best(run, trainer)
    return trainer


def _trainer(
    recipe: Recipe, launch: Launch, dataset: Dataset, team: Team, callbacks: Sequence[Callback]
) -> Trainer:
    model = new_model(recipe, dataset).to(team.device(launch.device))
    training = recipe.training
    compares = training.semi is not None or training.discovery is not None
    if compares and team.size > 1:
        raise ValueError(
            f"{recipe.name} compares all examples of a batch: train it in one process."
        )
    if compares and launch.compile:
        LOG.warning("%s is not compiled: only the bound is, and this minimises more.", recipe.name)
    return Trainer(
        model,
        recipe.training,
        binarise=recipe.data.binarise,
        callbacks=callbacks,
        compiled=launch.compile,
        precision=launch.precision,
        team=team,
        attribute_names=dataset.attribute_names,
        objective=new_objective(recipe, model),
    )


def _restore(trainer: Trainer, saved: TrainingState | None) -> None:
    """Let every process of the team go on from the leader's state, if it has one."""
    if trainer.team.size > 1:
        data = saved.to_bytes() if saved else None
        data = trainer.team.from_leader(data, trainer.device)
        saved = TrainingState.from_bytes(data) if data else None
    if saved:
        trainer.restore(saved)


def _fit(trainer: Trainer, dataset: Dataset) -> None:
    trainer.fit(dataset.train, dataset.validation if len(dataset.validation) else None)


def _take_best(run: Run, trainer: Trainer) -> None:
    """Put the weights to be kept into the model: the best ones, if it may end early."""
    if run.config.recipe.training.patience and (best := _saved(run.best)):
        history, seconds = trainer.history, trainer.seconds
        trainer.restore(best)
        trainer.history, trainer.seconds = history, seconds
    trainer.model.load_state_dict(trainer.kept_model().state_dict())
    trainer.model.eval()


def _saved(path: Path) -> TrainingState | None:
    """Return a saved state, if there is one that is whole."""
    try:
        return TrainingState.from_bytes(path.read_bytes())
    except FileNotFoundError:
        return None
    except StateError as error:
        LOG.warning("%s is damaged: %s.", path.name, error)
        return None


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
        model.half().float()
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
        if saved := _saved(path):
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
