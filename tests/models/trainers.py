"""Trainings of a few steps, and what watches them."""

import dataclasses

import torch

from models.networks import NetworkConfig
from models.training import Callback, Trainer, TrainingConfig
from models.vae import VAE, VAEConfig

NETWORK = NetworkConfig(encoder_hidden=(32,), decoder_hidden=(32, 32))
CONFIG = TrainingConfig(epochs=3, learning_rate=5e-3, average=0.9)
CONVOLUTIONAL = {"kind": "convolutional", "channels": (4, 8), "normalisation": "layer"}


def make(seed=0, **network):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return VAE(VAEConfig(network=dataclasses.replace(NETWORK, **network)))


def trainer_of(*callbacks, network=None, binarise="dynamic", precision="fp32", **changes):
    config = dataclasses.replace(CONFIG, **changes)
    model = make(config.seed, **(network or {}))
    return Trainer(model, config, callbacks=callbacks, binarise=binarise, precision=precision)


def losses(history):
    return " ".join(f"{record.train.total!r}" for record in history)


class At(Callback):
    """Does something after one step, and notes which hooks ran."""

    def __init__(self, step=0, action=lambda trainer: None):
        self.step, self.action, self.hooks = step, action, []

    def on_train_start(self, trainer):
        self.hooks.append("start")

    def on_step(self, trainer):
        self.hooks.append("step")
        if trainer.progress.step == self.step:
            self.action(trainer)

    def on_epoch_end(self, trainer):
        self.hooks.append("epoch")

    def on_train_end(self, trainer):
        self.hooks.append("end")


def interrupt(trainer):
    raise KeyboardInterrupt
