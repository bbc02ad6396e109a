"""Two processes that encode together, started by torchrun."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(trained, tmp_path):
    shutil.copytree(trained / "checkpoints", tmp_path / "checkpoints")
    images = np.random.default_rng(0).integers(0, 256, (4001, 28, 28), np.uint8)
    np.save(tmp_path / "made.npy", images)
    return tmp_path


def encode(workspace, dataset, output, *options, processes=2):
    launcher = ["torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "-m"]
    command = [sys.executable, "-m", *(launcher if processes > 1 else []), "models", "encode"]
    command += ["tiny", "--dataset", dataset, "--output", output, "--workspace", workspace]
    return subprocess.run(
        [*map(str, command), "--threads", "1", *map(str, options)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_two_processes_write_what_one_does(workspace):
    for processes in (1, 2):
        output = workspace / f"codes-{processes}.npz"
        done = encode(workspace, workspace / "made.npy", output, processes=processes)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("Encoded 4,001 examples") == 1
    one, two = (np.load(workspace / f"codes-{n}.npz") for n in (1, 2))
    for part in ("mu", "logvar"):
        # Batches begin at other rows, and sums of floats depend on a batch's size.
        np.testing.assert_allclose(one[part], two[part], atol=1e-5)
    left = {path.name for path in workspace.iterdir()}
    assert left == {"checkpoints", "made.npy", "codes-1.npz", "codes-2.npz"}


def test_each_leaves_out_what_it_cannot_read(workspace):
    images = np.load(workspace / "made.npy")
    (workspace / "pictures").mkdir()
    for number in range(12):
        Image.fromarray(images[number]).save(workspace / f"pictures/{number:02}.png")
    for number in (1, 10, 11):
        (workspace / f"pictures/{number:02}.png").write_bytes(b"none")
    done = encode(workspace, workspace / "pictures", workspace / "codes.npz", "--skip-unreadable")
    assert done.returncode == 0, done.stderr
    assert "Left out 3 unreadable: 01.png, 10.png, 11.png." in done.stderr
    with np.load(workspace / "codes.npz") as codes:
        assert codes["names"].tolist() == [f"{n:02}.png" for n in (0, *range(2, 10))]
        assert codes["mu"].shape == (9, 2)


def test_if_one_fails_all_stop_and_one_speaks(workspace):
    values = np.zeros((4001, 28, 28), np.float32)
    values[3000, 0, 0] = np.nan
    np.save(workspace / "made.npy", values)
    done = encode(workspace, workspace / "made.npy", workspace / "codes.npy", "--batch-size", 64)
    assert done.returncode != 0
    assert done.stderr.count("\nError: ") == 1
    assert "row 3,000, counted from 0, holds nan" in done.stderr
    assert {path.name for path in workspace.iterdir()} == {"checkpoints", "made.npy"}


def test_a_mistake_is_told_once(workspace):
    done = encode(workspace, "emnist", workspace / "codes.npy")
    assert done.returncode != 0
    assert ("\n" + done.stderr).count("\nError: There is no data set") == 1
    assert {path.name for path in workspace.iterdir()} == {"checkpoints", "made.npy"}
