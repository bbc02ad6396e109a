"""Sweeps: a grid of overrides of one recipe, each point a run of its own, one table of results."""

from models.sweep.grid import Grid, Point, make_grid
from models.sweep.results import Row
from models.sweep.run import Outcome, Sweep, run_sweep

__all__ = ["Grid", "Outcome", "Point", "Row", "Sweep", "make_grid", "run_sweep"]
