"""Callbacks: the one extension point of a training."""

from models.training.callbacks.base import Callback, notify
from models.training.callbacks.checkpoints import BestCheckpoint, LastCheckpoint
from models.training.callbacks.console import ConsoleProgress
from models.training.callbacks.history import (
    EPOCHS,
    CSVHistory,
    JSONLines,
    LoggedEpochs,
    LossCurves,
)
from models.training.callbacks.pictures import LatentMap, Samples
from models.training.callbacks.stopping import EarlyStopping
from models.training.callbacks.tensorboard import TensorBoard

__all__ = [
    "EPOCHS",
    "BestCheckpoint",
    "CSVHistory",
    "Callback",
    "ConsoleProgress",
    "EarlyStopping",
    "JSONLines",
    "LastCheckpoint",
    "LatentMap",
    "LoggedEpochs",
    "LossCurves",
    "Samples",
    "TensorBoard",
    "notify",
]
