"""Training in rounds: some epochs, more labels, some more epochs, for as long as a person likes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from torch import Tensor

from models.data import Split
from models.preprocessing import Binarise
from models.semi.config import SemiConfig
from models.semi.data import as_labels
from models.semi.objective import SemiObjective
from models.semi.outputs import look
from models.ssvae import SSVAE, Prediction
from models.training.callbacks import Callback
from models.training.config import TrainingConfig
from models.training.failures import OutOfMemory, TrainingDiverged
from models.training.records import EpochRecord
from models.training.state import TrainingState
from models.training.trainer import Trainer
from models.vae import VAE

__all__ = ["InteractiveTrainer"]

DEFAULT = TrainingConfig(
    epochs=1,
    batch_size=512,
    learning_rate=1e-3,
    adam_beta2=0.99,
    weight_decay=0.01,
    clip_norm=5.0,
    average=0.995,
    schedule="constant",
    semi=SemiConfig(),
)


class InteractiveTrainer:
    """Trains a model a few epochs at a time; nothing is lost between two calls.

    Args:
        model: The model; trained in place.
        config: How it is trained; its epochs do not matter, and its rate stays constant.
        binarise: How images are prepared.
        callbacks: Called as in any other training.
        precision: "fp32", or "bf16" where that is faster.
    """

    def __init__(
        self,
        model: VAE,
        config: TrainingConfig | None = None,
        *,
        binarise: Binarise = "none",
        callbacks: Sequence[Callback] = (),
        precision: str = "fp32",
    ) -> None:
        self.config = dataclasses.replace(config or DEFAULT, schedule="constant")
        self.binarise = binarise
        model.requires_grad_(True)  # A checkpoint's is only looked at.
        objective = None
        if isinstance(model, SSVAE):
            objective = SemiObjective(model, self.config, binarise=binarise)
        self.trainer = Trainer(
            model,
            self.config,
            binarise=binarise,
            callbacks=callbacks,
            precision=precision,
            objective=objective,
        )

    @property
    def model(self) -> VAE:
        """The model as it was when the last round ended."""
        return self.trainer.model

    @property
    def history(self) -> list[EpochRecord]:
        """Every epoch so far, of all rounds."""
        return self.trainer.history

    def train_epochs(
        self, num_epochs: int, data: Tensor | Split, labels: Tensor
    ) -> list[EpochRecord]:
        """Train some epochs more.

        Args:
            num_epochs: How many.
            data: Pictures uint8 [N, C, H, W], or a split; a split's own labels are not looked at.
            labels: [N], -1 or NaN where there is none.

        Returns:
            Every epoch so far, of all rounds.

        Raises:
            TrainingDiverged: A loss became NaN; the model is as it was before the call.
            OutOfMemory: A batch does not fit; likewise.
            ValueError: There is not one label an example.
        """
        images = data.images if isinstance(data, Split) else data
        given = Split(images=images, labels=as_labels(labels, len(images)))
        epochs = self.trainer.progress.epoch + num_epochs
        before = self.state().copied()
        self.trainer.begin_round(epochs)
        try:
            return self.trainer.fit(given)
        except (TrainingDiverged, OutOfMemory):
            self.restore(before)
            raise

    def get_latent_space(self, data: Tensor | Split) -> Tensor:
        """Return the posterior means [N, D] of pictures."""
        return look(self.model, _images(data), binarise=self.binarise).mu

    def predict(self, data: Tensor | Split) -> Prediction:
        """Return the classes of pictures."""
        return look(self.model, _images(data), binarise=self.binarise).prediction

    def stop(self) -> None:
        """Break off the round after the batch under way; from any thread."""
        self.trainer.stop()

    def state(self) -> TrainingState:
        """Return all that is needed to go on from here in another process."""
        return self.trainer.state()

    def restore(self, state: TrainingState) -> None:
        """Go on from a saved state.

        Raises:
            RuntimeError: It belongs to another model.
            KeyError: It is no state of a trainer.
        """
        self.trainer.restore(state)
        self.trainer.model.eval()


def _images(data: Tensor | Split) -> Tensor:
    return data.images if isinstance(data, Split) else data
