"""Training: configuration, the loop, and the callbacks that watch it."""

from models.training.callbacks import Callback, ConsoleProgress, CSVHistory
from models.training.config import TrainingConfig
from models.training.failures import OutOfMemory, TrainingDiverged
from models.training.records import EpochRecord
from models.training.trainer import Trainer

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
