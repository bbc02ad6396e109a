"""Olivetti: 400 grey photographs of 40 people, 64x64; AT&T Laboratories Cambridge.

Parameterisation of a Stochastic Model for Human Face Identification (Samaria and Harter, 1994).
"""

from __future__ import annotations

import hashlib
import http.client
import io
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.atomic import write_file
from models.data.dataset import DataError, Dataset, Split
from models.data.download import STALL_S, first_line, socket_timeout
from models.data.original import Original

__all__ = ["OLIVETTI", "absent", "download", "is_in", "read_olivetti"]

OLIVETTI = Original(
    "sklearn/olivetti_py3.pkz",
    1_405_393,
    "47398b319d88c78459514b30b87c562313aad345b5c6a387b678d7f8177be4ba",
)
PEOPLE, EACH = 40, 10
PLAIN = "olivetti/faces.npy"
"""What is kept of a download: uint8 [400, 64, 64]"""
PIXELS = "81eaaeae7d0d4c4393258cc7171df73003501639b76d07c54eb2da0f600624a2"
"""sha256 of the pixels"""
TEST = 1
"""Pictures of each person in the test split"""


def is_in(root: Path) -> bool:
    """Whether `root` holds one of the files, whatever is in it."""
    return (root / OLIVETTI.file).exists() or (root / PLAIN).exists()


def absent(root: Path, why: str) -> str:
    """The sentence for when the file is in no folder."""
    return (
        f"olivetti is not here and {why}: put scikit-learn's {Path(OLIVETTI.file).name} into "
        f"{(root / OLIVETTI.file).parent}, or use a recipe on faces-synthetic, which needs no "
        f"download."
    )


def download(root: Path) -> None:
    """Download the photographs with scikit-learn, which verifies what comes, into a plain array.

    Raises:
        DataError: There is no network, or what came is not what is known.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=root) as folder:
            with socket_timeout(STALL_S):
                pixels = _from_scikit_learn(Path(folder), fetch=True)
            if _digest(pixels) != PIXELS:
                raise DataError(absent(root, "what was downloaded is not the original"))
        content = io.BytesIO()
        np.save(content, pixels, allow_pickle=False)
        (root / PLAIN).parent.mkdir(exist_ok=True)
        write_file(root / PLAIN, content.getvalue())
    except (OSError, EOFError, http.client.HTTPException) as error:
        why = f"the download failed ({first_line(error)})"
        raise DataError(absent(root, why)) from error


def read_olivetti(root: Path, *, validation: int, seed: int) -> Dataset:
    """Read the photographs; the class is the person, and every person is in every split.

    Args:
        root: The folder that holds `sklearn/olivetti_py3.pkz`, or what `download` left.
        validation: How many pictures are held out, the same number of each of the 40 people.
        seed: Draws the validation split; the test split is the same for every seed.

    Raises:
        DataError: The file is missing or not the original, or `validation` is no multiple of 40.
    """
    most = PEOPLE * (EACH - TEST - 1)
    if validation % PEOPLE or not 0 <= validation <= most:
        raise DataError(
            f"validation={validation} does not fit olivetti; choose a multiple of {PEOPLE} from 0 "
            f"to {most}, the same number of each person's pictures."
        )
    whole = Split(
        images=torch.from_numpy(_pixels(root)).unsqueeze(1),
        labels=torch.arange(PEOPLE).repeat_interleave(EACH),
    )
    train, held_out, test = (whole.take(rows) for rows in _rows(validation // PEOPLE, seed))
    return Dataset(
        name="olivetti",
        train=train,
        validation=held_out,
        test=test,
        class_names=tuple(f"person {number}" for number in range(1, PEOPLE + 1)),
        source="Olivetti faces as scikit-learn has them (sha256 verified)",
        terms="no formal ones known; credit AT&T Laboratories Cambridge",
        # Nobody has said that these pictures of people may be passed on.
        redistributable=False,
    )


def _pixels(root: Path) -> np.ndarray:
    """uint8 [400, 64, 64], ten of each person after another."""
    if not (root / PLAIN).exists():
        # This file is a pickle, which can run any code when it is opened. What guards against that
        # is nothing but this comparison with the one file that is known: it comes first, and no
        # other file is ever handed to the loader.
        OLIVETTI.verified(root)
        return _from_scikit_learn(root / "sklearn", fetch=False)
    path = root / PLAIN
    try:
        pixels: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        pixels = np.empty(0)
    if (
        pixels.dtype != np.uint8
        or pixels.size != PEOPLE * EACH * 64**2
        or _digest(pixels) != PIXELS
    ):
        raise DataError(
            f"{path} is damaged; delete it, and `python -m models data fetch olivetti` gets it."
        )
    return np.array(pixels).reshape(PEOPLE * EACH, 64, 64)


def _from_scikit_learn(folder: Path, *, fetch: bool) -> np.ndarray:
    from sklearn.datasets import fetch_olivetti_faces

    faces = fetch_olivetti_faces(data_home=str(folder), download_if_missing=fetch, n_retries=1)
    pixels: np.ndarray = (faces.images * 255).round().astype(np.uint8)
    return pixels


def _digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()


def _rows(each: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of train, validation and test; the pictures of a person lie side by side."""

    def shuffled(rows_PE: Tensor, seed: int) -> Tensor:
        keys = torch.rand(rows_PE.shape, generator=torch.Generator().manual_seed(seed))
        return rows_PE.gather(1, keys.argsort(1))

    rows_PE = shuffled(torch.arange(PEOPLE * EACH).view(PEOPLE, EACH), 0)
    rest = shuffled(rows_PE[:, TEST:], seed)
    parts = rest[:, each:], rest[:, :each], rows_PE[:, :TEST]
    train, held_out, test = (part.flatten().sort().values for part in parts)
    return train, held_out, test
