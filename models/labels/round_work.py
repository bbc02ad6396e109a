"""Doing a round's work: train a project's newest model, and leave a newer one beside it.

What the project has stays as it is until all of the new is written.

Shapes: M pictures.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import safetensors.torch
import torch
from filelock import FileLock, Timeout

from models.atomic import remove_folder, write_file, write_folder
from models.checkpoint import CheckpointConfig, save_checkpoint
from models.data import DataError, Dataset
from models.labels.errors import LabelError
from models.labels.growth import Growth, Measure
from models.labels.live import LiveView, end_live
from models.labels.newest import Newest, newest, publish
from models.labels.pictures import Pictures, find_pictures, load_dataset
from models.labels.project import Project
from models.labels.projects import Projects
from models.labels.view import View, read_view, view_bytes
from models.manifest import to_json_bytes
from models.recipes import Recipe
from models.registry import Registry
from models.runs.folder import Run
from models.runs.keeper import Keeper
from models.semi.graph import build_graph
from models.semi.interactive import InteractiveTrainer
from models.semi.layout import fit_chart
from models.semi.objective import SemiObjective
from models.semi.outputs import accuracy, look
from models.ssvae import SSVAE
from models.training.callbacks import Callback
from models.training.recipe import new_model
from models.training.state import StateError, TrainingState
from models.vae import VAE

__all__ = ["do_round"]

LOG = logging.getLogger("models.runs")


def do_round(
    run: Run, registry: Registry, keeper: Keeper, callbacks: Sequence[Callback]
) -> tuple[bool, str]:
    """Do a round's work; what the project has stays as it is until all of it is done.

    Args:
        run: The round, which belongs to this process.
        registry: Its workspace holds the project.
        keeper: Keeps the run's status.
        callbacks: Watch the training.

    Returns:
        Whether it was done to its end, and how it ended in a sentence.

    Raises:
        LabelError: There is no such project, or its labels cannot be read.
        CheckpointError: Its model cannot be read.
        DataError: There are no pictures.
        TrainingDiverged: The loss became NaN; nothing has changed.
        OutOfMemory: A batch does not fit; nothing has changed.
        KeyboardInterrupt: It was to stop before it began.
    """
    keeper.phase("loading")
    project = Projects(registry.workspace, registry).get(run.config.project)
    try:
        # Runs are told apart by name, and a project may get another.
        with FileLock(project.folder / "round.lock", timeout=0):
            try:
                return _Round.prepared(run, project, registry, keeper).do(keeper, callbacks)
            finally:
                end_live(project)
    except Timeout:
        raise LabelError(
            f"'{project.name}' is being trained already, by another run; wait for its end."
        ) from None


@dataclass(frozen=True, slots=True, eq=False)
class _Round:
    run: Run
    project: Project
    now: Newest
    pictures: Pictures
    labels: torch.Tensor
    """int64 [M]"""
    model: VAE
    before: View | None
    epochs: int

    @classmethod
    def prepared(cls, run: Run, project: Project, registry: Registry, keeper: Keeper) -> _Round:
        now, recipe = newest(project, registry), run.config.recipe
        pictures = find_pictures(project, registry, recipe.model.shape)
        model = _model(now, recipe, pictures)
        classes = len(project.class_names)
        before = read_view(now.view_file, len(pictures), classes)
        with project.open_labels() as store:
            labels = torch.from_numpy(store.current()[pictures.rows].astype("int64"))
        epochs = recipe.training.epochs
        if now.name.startswith(run.id):  # It was stopped, and is resumed now.
            at = keeper.status
            epochs = max(1, round(at.epochs - at.epoch))
        whole = before is not None and bool(before.xy.isfinite().all())
        return cls(run, project, now, pictures, labels, model, before if whole else None, epochs)

    def do(self, keeper: Keeper, callbacks: Sequence[Callback]) -> tuple[bool, str]:
        config = self.run.config
        binarise, images = config.recipe.data.binarise, self.pictures.images
        given = int((self.labels >= 0).sum())
        LOG.info(
            "%s labels of %s pictures of %s.", f"{given:,}", f"{len(images):,}", self.project.name
        )
        live = LiveView(self.project, self.now.name, images, self.before, binarise)
        trainer = InteractiveTrainer(
            self.model,
            config.recipe.training,
            binarise=binarise,
            callbacks=[*callbacks, live, keeper],
            precision=config.launch.precision,
        )
        begun = _restore(trainer, self.now)
        keeper.phase("training")
        trainer.train_epochs(self.epochs, images, self.labels)
        stopped, at = trainer.trainer.stopped, trainer.trainer.progress
        if trainer.trainer.torn or at.step == begun:
            raise KeyboardInterrupt
        keeper.phase("saving", heed=False)
        learned = _learned(trainer)
        self._leave(trainer, given)
        if stopped:
            return False, f"Stopped at step {at.step:,}; the project keeps what was learned."
        if given and not learned:
            return True, (
                f"'{self.project.name}' was trained without its {given:,} labels so far; "
                "train more epochs to let it learn from them."
            )
        return True, f"'{self.project.name}' was trained with {learned:,} labels."

    def _leave(self, trainer: InteractiveTrainer, given: int) -> None:
        """Write what was learned beside what there is, and put it in its place."""
        model, data = trainer.model, self.run.config.recipe.data
        assert isinstance(model, SSVAE)
        LOG.info("Looking at all pictures.")
        found = look(model, self.pictures.images, binarise=data.binarise)
        view = View.of(found)
        if model.config.latent_dim > 2:
            earlier = None if self.before is None else self.before.xy
            view = replace(view, xy=fit_chart(model, found.features.float(), earlier))
        LOG.info("Finding each picture's neighbours.")
        graph = build_graph(found.features)
        metrics, config = self._metrics(trainer, given), self.run.config
        name = f"{self.run.id}-{trainer.trainer.progress.step}"
        folder = self.project.folder / "rounds" / name
        if not (self.project.folder / "project.json").exists():
            raise LabelError(f"The label project '{self.project.name}' was deleted meanwhile.")
        if folder.exists():
            remove_folder(folder)
        write_folder(
            folder,
            {
                "view.safetensors": view_bytes(view),
                "graph.safetensors": safetensors.torch.save(graph.to_tensors()),
                "state.safetensors": trainer.state().to_bytes(),
                "labels.json": to_json_bytes(_given(self.pictures, self.labels)),
            },
        )
        kept = CheckpointConfig(
            recipe=config.recipe.name,
            model=model.config,
            data=data,
            training=config.recipe.training,
            class_names=self.project.class_names,
            metrics=metrics,
            run=self.run.id,
            licence=config.recipe.licence,
        )
        save_checkpoint(folder / "model", kept, model)
        publish(self.project, name)
        self._remember(metrics)

    def _metrics(self, trainer: InteractiveTrainer, given: int) -> dict[str, Any]:
        model, data = trainer.model, self.run.config.recipe.data
        assert isinstance(model, SSVAE)
        metrics: dict[str, Any] = {"num_labels": 0, "epochs": len(trainer.history)}
        learned = _learned(trainer)
        if given and not learned:
            # It was stopped before the labels had a part in it: it knows what it knew before.
            metrics["num_labels"] = self.now.known
            return metrics
        metrics["num_labels"] = learned
        if learned and (test := self._test()) is not None:
            found = accuracy(model, test.test.images, test.test.labels, binarise=data.binarise)
            if found is not None:
                metrics["test_accuracy"] = round(found, 5)
        return metrics

    def _test(self) -> Dataset | None:
        if not self.pictures.all_here:
            return None
        workspace = self.project.folder.parents[1]
        try:
            return load_dataset(self.project.dataset, workspace, self.model.config.shape)
        except DataError:
            return None

    def _remember(self, metrics: dict[str, Any]) -> None:
        try:
            if "test_accuracy" in metrics:
                Growth(self.project.folder / "growth.csv").add(
                    Measure(metrics["num_labels"], metrics["test_accuracy"], "classifier")
                )
            history = self.run.folder / "history.csv"
            if history.exists():
                write_file(self.project.folder / "history.csv", history.read_bytes())
        except OSError as error:
            LOG.warning("The measures could not be kept: %s", error)


def _model(now: Newest, recipe: Recipe, pictures: Pictures) -> VAE:
    """Return the model to train: the newest, or a new one beside a model without classes."""
    if now.tells:
        return copy.deepcopy(now.model).requires_grad_(True)
    return new_model(recipe, pictures.images)


def _restore(trainer: InteractiveTrainer, now: Newest) -> int:
    """Let a training go on from where the round before ended, and return its step."""
    try:
        trainer.restore(TrainingState.from_bytes(now.state_file.read_bytes()))
    except FileNotFoundError:
        pass
    except (StateError, RuntimeError, KeyError) as error:
        LOG.warning("The optimiser begins anew: %s.", error)
    return trainer.trainer.progress.step


def _learned(trainer: InteractiveTrainer) -> int:
    """Return of how many labels the classifier was taught; 0 while it learns without any."""
    objective = trainer.trainer.objective
    assert isinstance(objective, SemiObjective)
    labels = objective.targets.labels
    return 0 if labels is None else int((labels >= 0).sum())


def _given(pictures: Pictures, labels: torch.Tensor) -> dict[str, list[int]]:
    held = (labels >= 0).nonzero().squeeze(1)
    return {"rows": pictures.rows[held.numpy()].tolist(), "labels": labels[held].tolist()}
