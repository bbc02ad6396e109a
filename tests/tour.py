"""`python -m tests.tour`: carry out docs/tour.ipynb anew and keep what it shows."""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.pages import ROOT

NOTEBOOK = ROOT / "docs" / "tour.ipynb"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def carried_out(folder):
    """The notebook with the outputs of a new run in a folder, without what a machine adds."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
        "STUDIO_DATASETS": str(folder / "none"),
    }
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=environment)
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    return notebook


def main():
    """Write the notebook back with its outputs."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        nbformat.write(carried_out(Path(folder)), NOTEBOOK)
    print(f"{NOTEBOOK.name}: {NOTEBOOK.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
