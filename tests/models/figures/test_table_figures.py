"""Figures of tables: which there are, and that they stand on whatever a table is like."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from models.figures.table_axes import number
from models.figures.table_study import study
from models.figures.tables import draw_table
from models.tables.config import TableConfig
from models.tables.data import Table, built_in
from models.tables.model import TableVAE

FILES = [
    "latent.png",
    "latent-columns.png",
    "reconstruction.png",
    "pairs.png",
    "errors.png",
    "anomalies.png",
]


def model_of(table, **options):
    torch.manual_seed(0)
    config = TableConfig(shape=(len(table.columns),), columns=table.columns, **options)
    model = TableVAE(config)
    model.start_from(table.rows)
    return model.eval()


def test_every_figure_of_iris():
    table = built_in("iris")
    history = {"epoch": [0, 1, 2], "total": [3.0, 2, 1], "kl": [0.0, 0.1, 0.2], "extra": ["no"]}
    seen = study("iris", model_of(table), table, {"history": history}, "setosa")
    found = dict(draw_table(seen, columns=[0, 2]))
    assert list(found) == ["losses.png", *FILES]
    assert all(image.width > 600 for image in found.values())


@pytest.mark.parametrize("history", [None, "no", {"epoch": [1, 2], "total": [1.0]}, {"epoch": []}])
def test_without_classes_losses_or_a_second_dimension(history):
    rows = torch.randn(24, 1, generator=torch.Generator().manual_seed(0))
    table = Table(("$x^2$ of a very long name that goes on",), rows, torch.full((24,), -1), ())
    seen = study("one", model_of(table, latent_dim=1), table, {"history": history})
    figures = draw_table(seen)
    name, _ = next(figures)
    assert name == "latent.png"
    if history is None:
        assert [name, *(file for file, _ in figures)] == FILES


def test_a_table_of_other_columns_is_refused():
    table = built_in("iris")
    other = dataclasses.replace(table, columns=("a", "b", "c", "d"))
    with pytest.raises(ValueError, match="takes the columns sepal length"):
        study("iris", model_of(table), other, {})


def test_numbers_have_three_digits_and_a_true_minus():
    told = [number(value) for value in (0.0471, -1.5, 12345.6, 0)]
    assert told == ["0.0471", "\u22121.5", "12,346", "0"]
