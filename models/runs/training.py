"""The training of a run: from where it stands to the weights that are kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from models.data import Dataset
from models.recipes import Recipe
from models.runs.config import Launch
from models.runs.folder import Run
from models.runs.keeper import Keeper, unheeding_signals
from models.training.callbacks import Callback
from models.training.distributed import Team
from models.training.recipe import fitted, load_data, new_model, new_trainer
from models.training.state import StateError, TrainingState
from models.training.trainer import Trainer

__all__ = ["follow", "saved_state", "trained"]

LOG = logging.getLogger("models.runs")


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


def trained(
    run: Run, dataset: Dataset, team: Team, keeper: Keeper, watchers: Sequence[Callback]
) -> Trainer:
    """Train a run from its last state on, and return the trainer.

    Args:
        run: The run.
        dataset: Its data, with the labels that it may learn from.
        team: The processes that do it together, of which this one leads.
        keeper: Told how it stands.
        watchers: Watch the training.

    Returns:
        The trainer; unless it was stopped, its model holds the weights that are kept.

    Raises:
        TrainingDiverged: The loss became NaN or infinite.
        OutOfMemory: A batch does not fit.
    """
    trainer = _trainer(run.config.recipe, run.config.launch, dataset, team, watchers)
    _restore(trainer, saved_state(run.last) or saved_state(run.best))
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
    return new_trainer(
        recipe,
        model,
        callbacks=callbacks,
        compiled=launch.compile,
        precision=launch.precision,
        team=team,
        attribute_names=dataset.attribute_names,
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
    if run.config.recipe.training.patience and (best := saved_state(run.best)):
        history, seconds = trainer.history, trainer.seconds
        trainer.restore(best)
        trainer.history, trainer.seconds = history, seconds
    trainer.model.load_state_dict(trainer.kept_model().state_dict())
    trainer.model.eval()


def saved_state(path: Path) -> TrainingState | None:
    """Return a saved state, if there is one that is whole."""
    try:
        return TrainingState.from_bytes(path.read_bytes())
    except FileNotFoundError:
        return None
    except StateError as error:
        LOG.warning("%s is damaged: %s.", path.name, error)
        return None
