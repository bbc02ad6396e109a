"""The one training loop: index batches from memory, AdamW, warm-up and cosine, averaged weights.

The data sets are small and the networks fast, so a loader of single items would be the slow part
(`docs/speed.md` has the figures); whole splits lie in memory as uint8.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from models.data import Split
from models.losses import Loss, warm_up
from models.preprocessing import Binarise, prepare
from models.training.callbacks import Callback, notify
from models.training.config import TrainingConfig
from models.training.devices import bf16_is_fast
from models.training.records import EpochRecord, LossParts, LossSum
from models.vae import VAE

__all__ = ["EpochRecord", "Trainer", "TrainingDiverged"]

Tensors = tuple[Tensor, ...] | list[Tensor]


class TrainingDiverged(ArithmeticError):
    """The loss became NaN or infinite."""


@dataclass(slots=True)
class Progress:
    """Where a training stands; callbacks read it."""

    step: int
    steps: int
    epoch: int
    beta: float
    learning_rate: float


class Trainer:
    """Trains one VAE on in-memory examples.

    Args:
        model: The model; trained in place, on the device it lies on.
        config: Length, optimiser, schedule and objective.
        binarise: How images are prepared.
        callbacks: Called at the start, after each step, after each epoch and at the end.
        compiled: Whether to run the loss through `torch.compile`.
        precision: "fp32", or "bf16" to multiply matrices in bfloat16 where that is faster.

    Raises:
        ValueError: The precision is unknown, or bfloat16 is slower than float32 on this device.
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
    ) -> None:
        self.model = model
        self.config = config
        self.binarise: Binarise = binarise
        self.callbacks = callbacks
        self.device = next(model.parameters()).device
        self.history: list[EpochRecord] = []
        self.interrupted = False
        self._stopping = False
        self.seconds = 0.0
        self._bf16 = _wants_bf16(precision, self.device)
        self._noise = torch.Generator(self.device).manual_seed(config.seed)
        self._order = torch.Generator().manual_seed(config.seed)
        self._loss = torch.compile(model.loss) if compiled else model.loss
        self._averaged = (
            AveragedModel(model, multi_avg_fn=_moving_average(config.average), use_buffers=True)
            if config.average
            else None
        )
        if model.config.network.kind == "convolutional":
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # One fused kernel a step instead of one a tensor.
        self._optimizer = torch.optim.AdamW(
            _parameter_groups(model, config.weight_decay),
            lr=config.learning_rate,
            betas=(0.9, config.adam_beta2),
            fused=True,
        )

    def fit(self, train: Split, validation: Split | None = None) -> list[EpochRecord]:
        """Train for `config.epochs`; Ctrl-C ends early and keeps what was learned.

        Args:
            train: Training examples.
            validation: Held-out examples for the history, if there are any.

        Returns:
            One record an epoch. The model holds the averaged weights and is in eval mode.

        Raises:
            TrainingDiverged: The loss became NaN or infinite; the message names the step.
        """
        train = train.to(self.device)
        validation = validation.to(self.device) if validation is not None else None
        steps = self.config.epochs * math.ceil(len(train) / self.config.batch_size)
        self.progress = Progress(0, steps, 0, 0.0, 0.0)
        notify(self.callbacks, "on_train_start", self)
        try:
            for epoch in range(self.config.epochs):
                self._epoch(epoch, train, validation)
                if self._stopping:
                    break
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            if self._averaged is not None and self.progress.step:
                self.model.load_state_dict(self._averaged.module.state_dict())
            self.model.eval()
            notify(self.callbacks, "on_train_end", self)
        return self.history

    def kept_model(self) -> VAE:
        """Return the model whose weights would be kept now: the averaged one, where there is."""
        kept = self._averaged.module if self._averaged is not None else self.model
        assert isinstance(kept, VAE)
        return kept.eval()

    def stop(self) -> None:
        """End the training after this step; what was learned is kept."""
        self._stopping = True

    def _epoch(self, epoch: int, train: Split, validation: Split | None) -> None:
        start = time.perf_counter()
        self.model.train()
        sums = LossSum()
        for rows in self._batches(len(train)):
            sums.add(self._step(train.images[rows.to(self.device)], epoch), len(rows))
            if self._stopping:
                break
        seconds = time.perf_counter() - start
        self.seconds += seconds
        record = EpochRecord(
            epoch=epoch + 1,
            step=self.progress.step,
            train=sums.mean(),
            validation=self._validate(validation) if validation else None,
            learning_rate=self.progress.learning_rate,
            beta=self.progress.beta,
            examples_per_second=sums.count / seconds,
        )
        self.history.append(record)
        notify(self.callbacks, "on_epoch_end", self)

    def _batches(self, count: int) -> Iterator[Tensor]:
        batches = torch.randperm(count, generator=self._order).split(self.config.batch_size)
        # A single example has no batch statistics, so a last one joins the batch before it.
        if len(batches) > 1 and len(batches[-1]) == 1:
            batches = (*batches[:-2], torch.cat(batches[-2:]))
        yield from batches

    def _step(self, images: Tensor, epoch: int) -> Loss:
        progress, config = self.progress, self.config
        progress.epoch = epoch
        progress.learning_rate = self._rate(progress.step)
        fraction = progress.step * config.epochs / progress.steps
        progress.beta = warm_up(config.beta, fraction, config.beta_warmup_epochs)
        for group in self._optimizer.param_groups:
            group["lr"] = progress.learning_rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
            loss: Loss = self._loss(
                prepare(images, self.binarise, self._noise),
                beta=progress.beta,
                free_bits=config.free_bits,
                generator=self._noise,
            )
        self._optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        if config.clip_norm:
            nn.utils.clip_grad_norm_(self.model.parameters(), config.clip_norm)
        if not math.isfinite(loss.total.item()):
            raise TrainingDiverged(
                f"The loss became {loss.total.item()} at step {progress.step} of {progress.steps} "
                f"(learning rate {progress.learning_rate:.2g}, beta {progress.beta:.2g}). Try a "
                f"lower learning rate than {config.learning_rate:g} or a smaller clip_norm."
            )
        self._optimizer.step()
        progress.step += 1
        if self._averaged is not None:
            self._averaged.update_parameters(self.model)
        notify(self.callbacks, "on_step", self)
        return loss

    def _rate(self, step: int) -> float:
        warmup = self.config.warmup * self.progress.steps
        if step < warmup:
            return self.config.learning_rate * (step + 1) / (warmup + 1)
        done = (step - warmup) / max(1.0, self.progress.steps - warmup)
        return self.config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

    @torch.no_grad()
    def _validate(self, split: Split) -> LossParts:
        """Return the losses of the weights that would be kept now, on the same noise each time."""
        model = self.kept_model()
        noise = torch.Generator(self.device).manual_seed(self.config.seed)
        sums = LossSum()
        for images in split.images.split(1000):
            x = prepare(images, self.binarise, noise)
            sums.add(model.loss(x, beta=self.config.beta, generator=noise), len(images))
        return sums.mean()


def _parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices decay; biases and the gains of normalisations do not."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _moving_average(decay: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    """Return an update of averaged tensors that forgets the first, untrained weights quickly."""

    @torch.no_grad()
    def update(averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
        weight = 1 - min(decay, (1 + int(count)) / (10 + int(count)))
        for kept, new in zip(averaged, current, strict=True):
            if kept.is_floating_point():
                kept.lerp_(new.to(kept.dtype), weight)
            else:
                kept.copy_(new)

    return update


def _wants_bf16(precision: str, device: torch.device) -> bool:
    if precision not in ("fp32", "bf16"):
        raise ValueError(f"{precision!r:.40} is no precision; choose fp32 or bf16.")
    if precision == "bf16" and not bf16_is_fast(device):
        raise ValueError(
            "bf16 is slower than fp32 on this machine, by up to ten times; leave --precision out."
        )
    return precision == "bf16"
