import hashlib
import struct

import numpy as np
import pytest
import torch

from models.data.dataset import DataError
from models.data.idx import read_idx

PICTURES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
WHOLE = b"\0\0\x08\x03" + struct.pack(">3I", 2, 3, 4) + PICTURES.tobytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "train-images-idx3-ubyte"


def test_reads_what_was_written(path):
    path.write_bytes(WHOLE)
    values = read_idx(path, shape=(2, 3, 4), md5=hashlib.md5(WHOLE).hexdigest())
    assert values.dtype == torch.uint8
    assert values.tolist() == PICTURES.tolist()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not an IDX file"),
        (b"<html>not found</html>", "not an IDX file"),
        (b"\x1f\x8b\x08\0rest", "gunzip"),
        (b"\0\0\x0d\x03" + WHOLE[4:], "not an IDX file"),
        (b"\0\0\x08\x09" + WHOLE[4:], "not an IDX file"),
        (WHOLE[:10], "ends inside its header"),
        (WHOLE[:30], "is truncated"),
        (WHOLE + b"\0", "is too long"),
        (b"\0\0\x08\x03" + struct.pack(">3I", *[2**32 - 1] * 3) + b"x", "is truncated"),
    ],
)
def test_says_what_is_wrong_with_a_file(path, content, complaint):
    path.write_bytes(content)
    with pytest.raises(DataError, match=complaint) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).endswith(".")


def test_compares_counts_before_reading(path):
    path.write_bytes(WHOLE)
    with pytest.raises(DataError, match=r"holds 2 x 3 x 4 values where 60,000 x 28 x 28 belong"):
        read_idx(path, shape=(60_000, 28, 28))


def test_notices_one_changed_bit(path):
    path.write_bytes(WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]))
    with pytest.raises(DataError, match="md5"):
        read_idx(path, shape=(2, 3, 4), md5=hashlib.md5(WHOLE).hexdigest())


def test_missing_file_and_folder_in_its_place(path):
    with pytest.raises(DataError, match="is missing"):
        read_idx(path)
    path.mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(path)
