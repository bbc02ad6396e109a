"""Training: configuration, the loop, and the callbacks that watch it."""

from models.training.callbacks import Callback, ConsoleProgress, CSVHistory
from models.training.config import TrainingConfig
from models.training.trainer import EpochRecord, OutOfMemory, Trainer, TrainingDiverged

__all__ = [
    "CSVHistory",
    "Callback",
    "ConsoleProgress",
    "EpochRecord",
    "OutOfMemory",
    "Trainer",
    "TrainingConfig",
    "TrainingDiverged",
]
