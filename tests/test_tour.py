"""docs/tour.ipynb runs from top to bottom, offline; what is kept of its last run is in order."""

import nbformat
import pytest

from tests.pages import ROOT
from tests.tour import NOTEBOOK, carried_out

MOST_BYTES = 600_000
MOST_LINES = 12


@pytest.fixture(scope="module")
def kept():
    return nbformat.read(NOTEBOOK, as_version=4)


def cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def said(notebook):
    """Everything that the cells wrote, as text."""
    outputs = [output for cell in cells(notebook) for output in cell.outputs]
    return "".join(output.get("text", "") for output in outputs)


def test_the_tour_runs(tmp_path):
    done = carried_out(tmp_path)
    assert "finished after" in said(done)
    assert "ELBO of 257 held-out digits" in said(done)
    wanted = [kind for cell in cells(done) for o in cell.outputs for kind in o.get("data", ())]
    assert wanted.count("image/png") >= 8
    assert "image/gif" in wanted


def test_what_is_kept_is_small_and_whole(kept):
    nbformat.validate(kept)
    assert NOTEBOOK.stat().st_size < MOST_BYTES
    outputs = [output for cell in cells(kept) for output in cell.outputs]
    assert all(cell.outputs or cell.source.startswith("from") for cell in cells(kept))
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert "finished after" in said(kept)


def test_what_is_kept_knows_no_machine(kept):
    words = said(kept) + "".join(cell.source for cell in kept.cells)
    for place in ("/tmp", "/root", "/home", str(ROOT), "site-packages", "\\Users"):
        assert place not in words


def test_cells_are_short(kept):
    assert not [c.source for c in cells(kept) if len(c.source.splitlines()) > MOST_LINES]
