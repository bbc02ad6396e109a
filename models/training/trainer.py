"""The one training loop: index batches from memory, AdamW, warm-up and cosine, averaged weights.

The data sets are small and the networks fast, so a loader of single items would be the slow part
(`docs/speed.md` has the figures); whole splits lie in memory as uint8.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

import torch
from torch import Tensor

from models.config import from_json
from models.data import Split
from models.layers import use_noise
from models.losses import Loss, warm_up
from models.preprocessing import Binarise
from models.training.callbacks.base import Callback, notify
from models.training.config import TrainingConfig
from models.training.devices import bf16_is_fast, is_out_of_memory
from models.training.distributed import ALONE, Team
from models.training.failures import OutOfMemory, TrainingDiverged
from models.training.objective import Batch, BoundObjective, Objective
from models.training.optimiser import batch_count, learning_rate
from models.training.records import EpochRecord, LossParts, LossSum, Progress
from models.training.state import TrainingState
from models.training.weights import Weights
from models.vae import VAE

__all__ = ["Trainer"]

LOG = logging.getLogger(__name__)
GO_ON, STOP, END = 0, 1, 2


class Trainer:
    """Trains one VAE on in-memory examples.

    Args:
        model: The model; trained in place, on the device it lies on.
        config: Length, optimiser, schedule and objective.
        binarise: How images are prepared.
        callbacks: Called at the start, after each step, after each epoch and at the end.
        compiled: Whether to run the loss through `torch.compile`.
        precision: "fp32", or "bf16" to multiply matrices in bfloat16 where that is faster.
        team: The processes that train it together.
        attribute_names: Those of the examples, where moved faces are charged for.
        objective: What is minimised; the bound, as `config` and the arguments above say, if None.

    Raises:
        ValueError: The precision is unknown, or there is no such guide.
    """

    def __init__(
        self,
        model: VAE,
        config: TrainingConfig,
        *,
        binarise: Binarise = "dynamic",
        callbacks: Sequence[Callback] = (),
        compiled: bool = False,
        precision: str = "fp32",
        team: Team = ALONE,
        attribute_names: Sequence[str] = (),
        objective: Objective | None = None,
    ) -> None:
        team.synchronised(model)
        self.model = model
        self.config = config
        self.binarise: Binarise = binarise
        self.callbacks = callbacks
        self.team = team
        self.device = next(model.parameters()).device
        self.history: list[EpochRecord] = []
        self.progress = Progress()
        self.seconds = 0.0
        self.train_split: Split | None = None
        self.batch: tuple[Loss, int] | None = None
        """Losses and size of the batch just done."""
        self.torn = False
        """Whether it was broken off within a step, so that its state is no place to go on from."""
        self._at_work = False
        self._wish = GO_ON
        self._sums = LossSum()
        self._bf16 = _wants_bf16(precision, self.device, team)
        self._noise = torch.Generator(self.device).manual_seed(config.seed)
        self._order = torch.Generator().manual_seed(config.seed)
        self._epoch_order = self._order.get_state()
        if model.config.network.kind != "dense":
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.weights = Weights(model, config)
        self.objective: Objective = objective or BoundObjective(
            model,
            config,
            binarise=binarise,
            team=team,
            compiled=compiled,
            attribute_names=attribute_names,
        )

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop before it was done."""
        return self._wish == STOP

    def begin_round(self, epochs: int) -> None:
        """Aim at so many epochs in all, from the model as it is now, whatever was done to it."""
        self.config = replace(self.config, epochs=epochs)
        self._wish = GO_ON
        self.weights.unsettle()

    @property
    def interrupted(self) -> bool:
        """Whether it was asked to stop or to end."""
        return self._wish != GO_ON

    def fit(self, train: Split, validation: Split | None = None) -> list[EpochRecord]:
        """Train for `config.epochs`, from where the training stands.

        Args:
            train: Training examples.
            validation: Held-out examples for the history, if there are any.

        Returns:
            One record for each whole epoch. The model holds the averaged weights and is in eval
            mode.

        Raises:
            TrainingDiverged: The loss became NaN or infinite; the message names the step.
            OutOfMemory: A batch does not fit; the message names its size.
        """
        self.train_split = train = train.to(self.device)
        validation = validation.to(self.device) if validation is not None else None
        self._batch_count = batch_count(len(train), self.config.batch_size)
        at = self.progress
        at.steps = self.config.epochs * self._batch_count
        at.batch = min(at.batch, self._batch_count)
        at.step = at.epoch * self._batch_count + at.batch
        use_noise(self.model, self._noise)
        notify(self.callbacks, "on_train_start", self)
        try:
            # Only the leader's callbacks may have asked for an end already.
            self._wish = self.team.highest(self._wish)
            while self.progress.epoch < self.config.epochs and self._wish == GO_ON:
                self._epoch(train, validation)
        except KeyboardInterrupt:
            self._wish, self.torn = STOP, self._at_work
        finally:
            notify(self.callbacks, "on_train_end", self)
            if self.progress.step:
                self.weights.settle()
            self.model.eval()
        return self.history

    def kept_model(self) -> VAE:
        """Return the model whose weights would be kept now: the averaged one, where there is."""
        return self.weights.kept()

    def judged(self) -> list[float]:
        """Return what tells how good each epoch was, in nats; infinite for those that do not count.

        Before labels are learned from, no epoch is good enough to keep in the place of a later one.
        """
        counts, train, beta = self.objective.counts, self.train_split, self.config.beta
        whole = self.config.latent.kind != "beta"
        return [
            r.judged(None if whole else beta) if counts(r.epoch, train) else math.inf
            for r in self.history
        ]

    def stop(self) -> None:
        """Break off after this step, to go on another time."""
        self._wish = max(self._wish, STOP)

    def end(self) -> None:
        """End after this step, although not all epochs are done: it is good enough."""
        self._wish = END

    def state(self) -> TrainingState:
        """Return all that is needed to go on from here, between two steps."""
        tensors = self.weights.tensors() | self.objective.tensors()
        tensors["generator.noise"] = self._noise.get_state()
        tensors["generator.order"] = self._epoch_order
        if self._sums.total is not None:
            tensors["sums"] = self._sums.total
        facts = {
            "progress": asdict(self.progress),
            "counted": self._sums.count,
            "parts": list(self._sums.names),
            "seconds": self.seconds,
            "device": self.device.type,
            "settled": self.weights.settled,
            "batch_size": self.config.batch_size,
            "history": [asdict(record) for record in self.history],
        }
        return TrainingState(tensors, facts)

    def restore(self, state: TrainingState) -> None:
        """Go back to a saved state of the same model and configuration.

        Raises:
            RuntimeError: It belongs to another model.
            KeyError: It is no state of a trainer.
        """
        facts = state.facts
        self.weights.restore(state)
        self.objective.restore(state)
        self._epoch_order = state.tensors["generator.order"]
        if facts["device"] == self.device.type:
            self._noise.set_state(state.tensors["generator.noise"])
        else:
            LOG.warning("Its noise begins anew: it was trained on %s before.", facts["device"])
        sums = state.tensors.get("sums")
        self._sums = LossSum(
            sums if sums is None else sums.to(self.device), facts["counted"], facts.get("parts", ())
        )
        self.progress = Progress(**facts["progress"])
        # Smaller batches, as after running out of memory, come to the same place in more steps.
        longer = facts.get("batch_size", self.config.batch_size) / self.config.batch_size
        self.progress.batch = round(self.progress.batch * longer)
        self.seconds = facts["seconds"]
        self.history = [from_json(EpochRecord, record) for record in facts["history"]]

    def _epoch(self, train: Split, validation: Split | None) -> None:
        """Train what is left of one epoch, and record it if it was not broken off."""
        start, before = time.perf_counter(), self._sums.count
        self.objective.begin_epoch(self, train)
        if self._wish != GO_ON:
            return
        self.model.train()
        for rows in self._batches(len(train)):
            self._step(train, rows)
            if self._wish != GO_ON:
                break
        seconds = time.perf_counter() - start
        self.seconds += seconds
        if self.progress.batch < self._batch_count:
            return
        rate = (self._sums.count - before) / seconds if self._sums.count > before else 0.0
        # Measured first: until it is, the epoch has its last steps done and no record.
        held_out = self._validate(validation) if validation else None
        losses = self._sums.mean()
        self._at_work = True
        self._sums = LossSum()
        self.progress.epoch += 1
        self.progress.batch = 0
        self._epoch_order = self._order.get_state()
        self.history.append(
            EpochRecord(
                epoch=self.progress.epoch,
                step=self.progress.step,
                train=losses,
                validation=held_out,
                learning_rate=self.progress.learning_rate,
                beta=self.progress.beta,
                examples_per_second=rate,
            )
        )
        self._at_work = False
        notify(self.callbacks, "on_epoch_end", self)
        self._wish = self.team.highest(self._wish)

    def _batches(self, count: int) -> Iterator[Tensor]:
        """Yield the rows of each batch of the epoch that is still to be done."""
        self._order.set_state(self._epoch_order)
        batches = torch.randperm(count, generator=self._order).split(self.config.batch_size)
        # A single example has no batch statistics, so a last one joins the batch before it.
        if len(batches) > self._batch_count:
            batches = (*batches[:-2], torch.cat(batches[-2:]))
        yield from batches[self.progress.batch :]

    def _step(self, train: Split, rows: Tensor) -> None:
        progress, config = self.progress, self.config
        progress.learning_rate = learning_rate(config, progress.step, progress.steps)
        fraction = progress.step * config.epochs / progress.steps
        progress.beta = warm_up(config.beta, fraction, config.beta_warmup_epochs)
        self._at_work = True
        try:
            loss = self._descend(train, rows)
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise OutOfMemory.of(config, self.device) from None
            raise
        progress.step += 1
        progress.batch += 1
        self._sums.add(loss, len(rows))
        self.batch = loss, len(rows)
        self.weights.follow()
        self._at_work = False
        notify(self.callbacks, "on_step", self)
        self._wish = self.team.highest(self._wish)

    def _descend(self, train: Split, rows: Tensor) -> Loss:
        """Take one step of the optimiser on a batch, of which other processes do their share."""
        share = self.team.share(len(rows))
        if self.team.size > 1:
            use_noise(self.model, self._noise, share)
            rows = rows[share.start : share.stop]
        at = self.progress
        batch = Batch(train, rows.to(self.device), at.beta, self._noise, share, self._bf16, at.step)
        loss = self.objective.loss(batch)
        # Gradients are averaged over the team, but each is only its share of the sum.
        self._require_finite(loss.total, self.weights.slope(loss.total * self.team.size))
        self.weights.move(at.learning_rate)
        return loss

    def _require_finite(self, loss: Tensor, norm: Tensor) -> None:
        """Refuse a step that would spoil the weights."""
        total, slope = torch.stack([loss.detach(), norm]).tolist()
        if math.isfinite(total) and math.isfinite(slope):
            return
        what = f"loss became {total}" if not math.isfinite(total) else f"gradient became {slope}"
        raise TrainingDiverged.of(what, self.config, self.progress)

    @torch.no_grad()
    def _validate(self, split: Split) -> LossParts:
        """Return the losses of the weights that would be kept now, on the same noise each time."""
        model = self.kept_model()
        noise = torch.Generator(self.device).manual_seed(self.config.seed)
        sums = LossSum()
        for images in split.images.split(1000):
            share = self.team.share(len(images))
            mine = images if self.team.size == 1 else images[share.start : share.stop]
            loss = self.objective.held_out(model, mine, noise, share)
            sums.add(loss, len(images))
        losses = sums.mean()
        if not math.isfinite(losses.total):
            what = f"held-out loss became {losses.total}"
            raise TrainingDiverged.of(what, self.config, self.progress)
        return losses


def _wants_bf16(precision: str, device: torch.device, team: Team) -> bool:
    if precision not in ("fp32", "bf16"):
        raise ValueError(f"{precision!r:.40} is no precision; choose fp32 or bf16.")
    # Measured by each process, but they shall all do the same.
    if precision == "bf16" and team.highest(int(not bf16_is_fast(device))):
        LOG.warning("bf16 is refused: it is slower than fp32 on this machine, up to ten times.")
        return False
    return precision == "bf16"
