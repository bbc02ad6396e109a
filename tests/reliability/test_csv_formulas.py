"""No cell of a CSV that the studio writes is a formula, and all of them can be read again."""

import csv
import dataclasses
import io
import re
import shutil

import numpy as np
import pytest

from models.labels.csv_file import read_labels, write_labels
from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute
from models.sweep.results import Row, to_csv
from models.tables import data as table_data
from studio.app import Settings, create_app
from tests.reliability.conftest import ROOT
from tests.reliability.effort import figure
from tests.small import small_recipe

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "'")
FORMULAS = (
    *('=cmd|" /C calc"!A0', "+1+1", "-2+3", "@SUM(A1)", "\t=2", "\r=3", "=1,2", '="a"', "'=1"),
    "plain",
)
WRITERS = {
    "models/labels/csv_file.py",
    "models/sweep/results.py",
    "models/tables/preview.py",
    "models/training/callbacks/history.py",
    "studio/table_model_routes.py",
}
"""Who writes CSV. Of these `preview` only leaves lines out of a person's own file, for itself."""


def cells(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def is_formula(cell):
    """Whether a spreadsheet would compute a cell; a plain negative number it only reads."""
    number = re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?|-inf", cell)
    return cell[:1] in DANGEROUS[:-1] and not number


def require_no_formula(text):
    found = cells(text)
    assert len(found) > 1
    assert not [cell for row in found for cell in row if is_formula(cell)]
    figure(13, "cells looked at", sum(map(len, found)))
    return found


def test_whoever_writes_csv_is_tested_here():
    sources = [path for folder in ("models", "studio") for path in ROOT.glob(f"{folder}/**/*.py")]
    writing = {p.relative_to(ROOT).as_posix() for p in sources if "csv." in p.read_text()}
    found = {p for p in writing if re.search(r"csv\.(Dict)?[Ww]riter\(", (ROOT / p).read_text())}
    assert found == WRITERS, "a CSV that is new belongs into this test"


def test_the_test_would_notice():
    assert [cell for cell in FORMULAS if is_formula(cell)] == list(FORMULAS[:-2])
    assert not any(map(is_formula, ("-1.5", "-3e-05", "'=1", "x", "")))


def test_labels():
    given = np.arange(len(FORMULAS), dtype=np.int16)
    text = write_labels(given, FORMULAS)
    require_no_formula(text)
    assert (read_labels(text, len(given), FORMULAS) == given).all()


def test_results_of_a_sweep():
    rows = [
        Row(name=f, values={"note": f, "beta": -1.5}, run=f, checkpoint=f, error=f)
        for f in FORMULAS
    ]
    found = require_no_formula(to_csv(rows))
    read = [{k: v.removeprefix("'") for k, v in zip(found[0], r, strict=True)} for r in found[1:]]
    for row, formula in zip(read, FORMULAS, strict=True):
        for part in ("name", "note", "run", "checkpoint", "error"):
            assert row[part] == formula.removeprefix("'")
        assert float(row["beta"]) == -1.5


@pytest.fixture
def named_table(tmp_path):
    """A registry with a model of a table whose columns are called like formulas."""
    from tests.studio.tables import begin_model, blobs_csv

    columns = [name for name in FORMULAS if name.isprintable() and "," not in name]
    quoted = ['"{}"'.format(name.replace('"', '""')) for name in columns]
    folder = tmp_path / "datasets" / "tables"
    folder.mkdir(parents=True)
    (folder / "named.csv").write_bytes(blobs_csv(columns=quoted))
    registry = Registry(tmp_path, pretrained=tmp_path / "none")
    own = {"dataset": f"{table_data.TABLE}named", "label_column": "kind", "latent_dim": 2}
    begin_model(registry, "table", "named-vae", **own)
    return columns


def test_samples_of_a_table(named_table, tmp_path):
    from fastapi.testclient import TestClient

    app = create_app(Settings(workspace=tmp_path, pretrained=tmp_path / "none", only="runs"))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        answer = client.get("/tables/named/samples.csv", params={"model": "named-vae", "count": 5})
    assert answer.status_code == 200, answer.text
    found = require_no_formula(answer.text)
    undone = [re.sub("^'(?=[=+@\t\r'-])", "", cell) for cell in found[0]]
    assert undone == named_table
    assert np.isfinite(np.array(found[1:], float)).all()


def test_the_history_of_a_run(tmp_path):
    registry = Registry(tmp_path, pretrained=tmp_path / "none")
    run = Runs(tmp_path).create(dataclasses.replace(small_recipe(epochs=1)))
    execute(run, registry)
    text = (run.folder / "history.csv").read_text()
    found = require_no_formula(text)
    for cell in (cell for row in found[1:] for cell in row if cell):
        float(cell)
    shutil.rmtree(run.folder)
