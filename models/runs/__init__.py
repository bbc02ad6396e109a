"""Runs: every training is a folder that anything may watch, stop and resume."""

from models.runs.config import Launch, RunConfig
from models.runs.folder import Run, RunError
from models.runs.index import Runs
from models.runs.status import Status

__all__ = ["Launch", "Run", "RunConfig", "RunError", "Runs", "Status"]
