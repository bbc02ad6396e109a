"""Tensors that take less room in a file come back bit for bit, and bombs do not go off."""

from __future__ import annotations

import zlib

import pytest
import safetensors.torch
import torch
from typer.testing import CliRunner

from models import packed
from models.checkpoint import CheckpointError, load_checkpoint, verify
from models.cli import app
from models.manifest import seal
from models.packed import MOST_BYTES, pack, unpack


def _written(data: bytes, *shape: int, dtype: str = "uint8") -> dict[str, torch.Tensor]:
    blob = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    return {f"deflated.{dtype}.x": blob, "shape.x": torch.tensor(shape, dtype=torch.int64)}


@pytest.mark.parametrize(
    "dtype", [torch.uint8, torch.int16, torch.int64, torch.float16, torch.float32]
)
def test_what_comes_back_is_the_same(dtype: torch.dtype) -> None:
    numbers = torch.randint(0, 5, (40, 3, 200), generator=torch.Generator().manual_seed(0))
    tensor = numbers.to(dtype)
    if dtype.is_floating_point:
        tensor[0, 0, :3] = torch.tensor([float("nan"), float("-inf"), -0.0])
    packed = pack({"some.name": tensor.transpose(0, 1), "few": torch.ones(3)})
    assert sorted(packed) == ["deflated." + str(dtype)[6:] + ".some.name", "few", "shape.some.name"]
    back = unpack(safetensors.torch.load(safetensors.torch.save(packed)))
    assert back["few"].equal(torch.ones(3))
    assert back["some.name"].dtype == dtype
    assert torch.equal(
        back["some.name"].contiguous().view(torch.uint8),
        tensor.transpose(0, 1).contiguous().view(torch.uint8),
    )


def test_what_does_not_get_smaller_stays_readable() -> None:
    noise = torch.randint(0, 256, (50_000,), generator=torch.Generator().manual_seed(0))
    tensors = {"noise": noise.to(torch.uint8), "empty": torch.zeros(0, 4)}
    assert pack(tensors).keys() == tensors.keys()
    assert unpack(tensors).keys() == tensors.keys()


@pytest.mark.parametrize(
    ("tensors", "cause"),
    [
        (_written(zlib.compress(bytes(100)), 99), "not 99 bytes"),
        (_written(zlib.compress(bytes(100)), 101), "not 101 bytes"),
        (_written(zlib.compress(bytes(100)) + b"more", 100), "not 100 bytes"),
        (_written(zlib.compress(bytes(100))[:-1], 100), "not 100 bytes"),
        (_written(b"\x00" * 100, 100), "cannot be inflated"),
        (_written(zlib.compress(bytes(10**8)), MOST_BYTES + 1), "larger than its bytes"),
        (_written(b"\x00" * 8, 2**20, 2**8), "larger than its bytes"),
        (_written(b"\x00" * 8, 2**40, 2**40), "larger together"),
        (_written(zlib.compress(bytes(100)), -1, -100), "has no shape"),
        (_written(zlib.compress(bytes(100)), *(1,) * 9), "has no shape"),
        (_written(zlib.compress(bytes(100)), 100, dtype="bool"), "unknown type"),
        ({**_written(zlib.compress(bytes(100)), 100), "x": torch.ones(2)}, "there twice"),
        ({"deflated.uint8.x": torch.zeros(9, dtype=torch.uint8)}, "lacks its shape"),
        ({**_written(b"x", 0), "shape.x": torch.tensor(1.5)}, "lacks its shape"),
    ],
)
def test_what_nobody_packed_like_this_is_refused(
    tensors: dict[str, torch.Tensor], cause: str
) -> None:
    with pytest.raises(ValueError, match=cause):
        unpack(tensors)


def test_many_tensors_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_IN_ALL", 250)
    blob = _written(zlib.compress(bytes(100)), 100)
    many = {f"{key[:-1]}{number}": tensor for key, tensor in blob.items() for number in range(3)}
    with pytest.raises(ValueError, match="larger together than 250 bytes"):
        unpack(many)


def test_older_checkpoints_read_the_same_and_can_be_compacted(checkpoint) -> None:
    small = load_checkpoint(checkpoint)
    assert small.atlas is not None
    files = {k: v for k, v in verify(checkpoint).items() if k != "manifest.json"}
    files["atlas.safetensors"] = safetensors.torch.save(small.atlas.to_tensors())
    for name, data in seal(files).items():
        (checkpoint / name).write_bytes(data)
    old = load_checkpoint(checkpoint)
    assert old.atlas is not None
    assert torch.equal(old.atlas.thumbnails, small.atlas.thumbnails)
    for _ in range(2):
        assert CliRunner().invoke(app, ["checkpoints", "compact", str(checkpoint)]).exit_code == 0
        again = load_checkpoint(checkpoint)
        assert again.digest == small.digest
    assert not [path for path in checkpoint.parent.iterdir() if path.name.startswith(".")]


def test_a_damaged_checkpoint_is_not_compacted(checkpoint) -> None:
    (checkpoint / "atlas.safetensors").write_bytes(b"nothing")
    result = CliRunner().invoke(app, ["checkpoints", "compact", str(checkpoint)])
    assert isinstance(result.exception, CheckpointError)
    assert (checkpoint / "atlas.safetensors").read_bytes() == b"nothing"
