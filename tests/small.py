"""A training so small that many of them fit into a test, and what to compare of it."""

import csv
import dataclasses

from models.recipes import get_recipe, with_overrides

SETTINGS = (
    *("--set", "network.encoder_hidden=16,16", "--set", "network.decoder_hidden=16"),
    *("--set", "network.dropout=0.2", "--threads", "1"),
)
"""The same on the command line."""


def small_recipe(**overrides):
    """The small digits with narrow networks; any field may differ."""
    narrow = {
        "network.encoder_hidden": (16, 16),
        "network.decoder_hidden": (16,),
        "network.dropout": 0.2,
        "epochs": 2,
    }
    recipe = with_overrides(get_recipe("navigator-digits"), **narrow | overrides)
    return dataclasses.replace(recipe, thumbnails=5)


def losses(run):
    """Every loss in a run's history.csv, as the strings that stand there."""
    rows = list(csv.DictReader((run.folder / "history.csv").open(newline="")))
    return [[row[key] for key in row if key.startswith(("train_", "validation_"))] for row in rows]
