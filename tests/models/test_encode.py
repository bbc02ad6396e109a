"""Encoding as a stream: every source, every output, and what goes wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models import cli
from models.checkpoint import load_checkpoint
from models.data import DataError
from models.encode import Chunk, OutputError, encode_to_file, open_source
from models.encode.arrays import ArrayFile
from models.encode.run import batch_for, prepared
from models.evaluate import encode as encode_split
from models.preprocessing import DataConfig, to_unit

ROOT = Path(__file__).parents[2]
SHAPE = (1, 28, 28)


@pytest.fixture(scope="module")
def model(tiny_checkpoint):
    return load_checkpoint(tiny_checkpoint).model


@pytest.fixture
def workspace(checkpoint, tmp_path):
    """A workspace that holds the tiny checkpoint under the name `tiny`."""
    return tmp_path


@pytest.fixture
def run(workspace, monkeypatch, capsys):
    """Run `encode tiny` and return its exit code and what it printed on both streams."""

    def invoke(dataset, output, *options):
        arguments = ["encode", "tiny", "--dataset", dataset, "--output", output]
        arguments += ["--workspace", workspace, "--threads", 1, "--device", "cpu", *options]
        monkeypatch.setattr(sys, "argv", ["models", *map(str, arguments)])
        before = signal.getsignal(signal.SIGTERM)
        code = 0
        try:
            cli.main()
        except SystemExit as caught:
            code = caught.code or 0
        finally:
            signal.signal(signal.SIGTERM, before)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return invoke


@pytest.fixture
def fail(run, workspace):
    """Run an `encode` that must fail and leave nothing; return its one sentence."""

    def invoke(dataset, output, *options):
        folder = Path(output).parent
        before = sorted(folder.iterdir()) if folder.is_dir() else None
        code, out, err = run(dataset, output, *options)
        assert code == 1
        assert out == ""
        lines = [line for line in err.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1, err
        assert (sorted(folder.iterdir()) if folder.is_dir() else None) == before
        return lines[0]

    return invoke


def made(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)


@torch.inference_mode()
def means(model, images):
    unit = to_unit(torch.from_numpy(np.array(images)).view(len(images), *SHAPE))
    return model.encode(unit).mu.numpy()


def save_pictures(folder, images):
    folder.mkdir(exist_ok=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03}.png")


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_split_is_encoded_as_an_atlas_would(run, model, digits, tmp_path, split):
    code, _, err = run("digits", tmp_path / "codes.npy", "--split", split)
    assert code == 0
    expected = encode_split(model, getattr(digits, split)).numpy()
    codes = np.load(tmp_path / "codes.npy")
    assert codes.dtype == np.float32
    np.testing.assert_allclose(codes, expected, atol=1e-5)
    assert f"Encoded {len(expected):,} examples in" in err
    assert "examples/s" in err


def test_all_of_a_data_set_is_train_validation_test(run, digits, tmp_path):
    run("digits", tmp_path / "codes.npz")
    codes = np.load(tmp_path / "codes.npz")
    assert sorted(codes) == ["labels", "logvar", "mu"]
    parts = (digits.train, digits.validation, digits.test)
    np.testing.assert_array_equal(codes["labels"], torch.cat([p.labels for p in parts]))
    assert codes["mu"].shape == codes["logvar"].shape == (1797, 2)


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64, ">f4"])
@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28), (28, 28, 1)])
def test_arrays_of_every_kind_give_the_same_codes(run, model, tmp_path, dtype, shape):
    images = made(40) // 255 * 255
    values = images if dtype == np.uint8 else (images / 255).astype(dtype)
    np.save(tmp_path / "made.npy", values.reshape(40, *shape))
    assert run(tmp_path / "made.npy", tmp_path / "codes.npy", "--batch-size", 7)[0] == 0
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), means(model, images), atol=1e-5)


def test_colours_may_come_first_or_last(tmp_path):
    values = np.random.default_rng(0).random((5, 3, 8, 8), np.float32)
    np.save(tmp_path / "first.npy", values)
    np.save(tmp_path / "last.npy", values.transpose(0, 2, 3, 1).copy())
    first, last = (ArrayFile(tmp_path / f"{name}.npy", (3, 8, 8)) for name in ("first", "last"))
    assert torch.equal(first.read(1, 4).examples, last.read(1, 4).examples)


def test_rows_of_a_table_are_encoded_too(tmp_path):
    np.save(tmp_path / "rows.npy", np.full((6, 4), 0.5))
    assert ArrayFile(tmp_path / "rows.npy", (4,)).read(2, 6).examples.shape == (4, 4)


def test_a_folder_of_arrays_is_read_in_the_order_of_names(run, model, tmp_path):
    shards = tmp_path / "shards"
    shards.mkdir()
    images = made(30)
    np.save(shards / "b.npy", images[11:])
    np.save(shards / "a.npy", images[:11].reshape(11, 28, 28, 1))
    assert run(shards, tmp_path / "codes.npy", "--batch-size", 8)[0] == 0
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), means(model, images), atol=1e-5)


def test_shards_of_bytes_and_of_floats_may_lie_together(tmp_path):
    np.save(tmp_path / "a.npy", np.full((3, 28, 28), 255, np.uint8))
    np.save(tmp_path / "b.npy", np.ones((3, 28, 28)))
    source = open_source(str(tmp_path), SHAPE, DataConfig())
    assert prepared(source.read(2, 5).examples, "none").unique().tolist() == [1.0]


def test_pictures_are_encoded_with_their_names(run, model, tmp_path):
    images = made(5)
    save_pictures(tmp_path / "pictures", images)
    (tmp_path / "pictures/notes.txt").write_text("not a picture, and not meant to be one")
    assert run(tmp_path / "pictures", tmp_path / "codes.npz")[0] == 0
    codes = np.load(tmp_path / "codes.npz")
    assert codes["names"].tolist() == [f"{n:03}.png" for n in range(5)]
    np.testing.assert_allclose(codes["mu"], means(model, images), atol=1e-5)


def test_an_unreadable_picture_is_named(fail, tmp_path):
    save_pictures(tmp_path / "pictures", made(5))
    (tmp_path / "pictures/002.png").write_bytes(b"\x89PNG no more")
    error = fail(tmp_path / "pictures", tmp_path / "codes.npz")
    assert "002.png: " in error
    assert "--skip-unreadable" in error


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_unreadable_pictures_can_be_left_out(run, model, tmp_path, suffix):
    images = made(9)
    save_pictures(tmp_path / "pictures", images)
    for number in (0, 4, 8):
        (tmp_path / f"pictures/{number:03}.png").write_bytes(b"")
    output = tmp_path / f"codes.{suffix}"
    code, _, err = run(tmp_path / "pictures", output, "--skip-unreadable", "--batch-size", 2)
    assert code == 0
    assert "Left out 3 unreadable: 000.png, 004.png, 008.png." in err
    assert "Encoded 6 examples" in err
    codes = np.load(output)
    kept = [1, 2, 3, 5, 6, 7]
    if suffix == "npz":
        assert codes["names"].tolist() == [f"{n:03}.png" for n in kept]
        codes = codes["mu"]
    np.testing.assert_allclose(codes, means(model, images[kept]), atol=1e-5)


def test_pictures_of_which_none_can_be_read_are_no_result(fail, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/a.png").write_bytes(b"")
    assert "Not one" in fail(tmp_path / "pictures", tmp_path / "codes.npy", "--skip-unreadable")


def spoiled(value, row=23):
    values = np.zeros((30, 28, 28), np.float32)
    values[row, 3, 4] = value
    return values


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        (spoiled(np.nan), "row 23, counted from 0, holds nan"),
        (spoiled(1.5), "row 23, counted from 0, holds 1.5"),
        (spoiled(-0.1), "row 23, counted from 0, holds -0.1"),
        (spoiled(np.inf), "row 23, counted from 0, holds inf"),
        (np.zeros((3, 14, 14), np.uint8), "has rows of 14 x 14, and the model takes 1 x 28 x 28"),
        (np.zeros((3, 3, 28, 28), np.uint8), "has rows of 3 x 28 x 28"),
        (np.zeros((0, 28, 28), np.uint8), "holds no examples"),
        (np.zeros((3, 28, 28), np.int64), "holds <i8; save it as uint8, or float"),
        (np.zeros((), np.uint8), "which holds no rows"),
        (np.zeros((3,), np.uint8), "has rows of single number"),
        (np.asfortranarray(np.zeros((3, 28, 28))), "lies in Fortran order"),
    ],
)
def test_an_array_that_does_not_fit_is_one_sentence(fail, tmp_path, values, cause):
    np.save(tmp_path / "made.npy", values)
    error = fail(tmp_path / "made.npy", tmp_path / "codes.npy", "--batch-size", 8)
    assert cause in error
    assert "made.npy" in error


def test_a_header_is_not_believed(fail, tmp_path):
    """128 bytes that ask for 32 GiB, a file cut off, one too long, a pickle, and noise."""
    path = tmp_path / "made.npy"
    np.save(path, made(4))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"(4, 28, 28)", b"(43826197, 28, 28)")[:128])
    assert "is truncated" in fail(path, tmp_path / "codes.npy")
    path.write_bytes(whole[:-1])
    assert "is truncated" in fail(path, tmp_path / "codes.npy")
    path.write_bytes(whole + b"\0")
    assert "is too long" in fail(path, tmp_path / "codes.npy")
    np.save(path, np.array([{}], dtype=object))
    assert "holds |O" in fail(path, tmp_path / "codes.npy")
    for noise in (b"", b"\x93NUMPY", whole[:60], b"PK\3\4" + whole, whole.replace(b"{", b"(", 1)):
        path.write_bytes(noise)
        assert "no .npy array that can be read" in fail(path, tmp_path / "codes.npy")


def test_an_unknown_source_is_one_sentence(fail, tmp_path):
    output = tmp_path / "codes.npy"
    assert "no data set, folder or .npy file 'emnist'" in fail("emnist", output)
    (tmp_path / "empty").mkdir()
    assert "neither .npy arrays nor pictures" in fail(tmp_path / "empty", output)
    save_pictures(tmp_path / "both", made(1))
    np.save(tmp_path / "both/a.npy", made(1))
    assert "both arrays (a.npy) and pictures (000.png)" in fail(tmp_path / "both", output)


def test_an_unusable_output_is_one_sentence(fail, run, tmp_path):
    np.save(tmp_path / "made.npy", made(3))
    made_file = tmp_path / "made.npy"
    assert "must end in .npy" in fail(made_file, tmp_path / "codes.csv")
    assert "cannot be written (No such file" in fail(made_file, tmp_path / "none/codes.npy")
    assert "lies in what is to be encoded" in fail(made_file, made_file, "--overwrite")
    assert "lies in what is to be encoded" in fail(tmp_path, tmp_path / "codes.npy")
    (tmp_path / "folder.npy").mkdir()
    assert "is a folder" in fail(made_file, tmp_path / "folder.npy")
    output = tmp_path / "codes.npy"
    assert run(made_file, output)[0] == 0
    before = output.read_bytes()
    np.save(made_file, made(4))
    assert "exists already" in fail(made_file, output)
    assert output.read_bytes() == before
    assert run(made_file, output, "--overwrite")[0] == 0
    assert len(np.load(output)) == 4


def test_a_full_disk_leaves_what_was_there(fail, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    np.save(tmp_path / "made.npy", made(3))
    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    error = fail(tmp_path / "made.npy", tmp_path / "codes.npy")
    assert "cannot be written (No space left on device)" in error


def test_other_mistakes_are_one_sentence(fail, tmp_path):
    np.save(tmp_path / "made.npy", made(3))
    arguments = (tmp_path / "made.npy", tmp_path / "codes.npy")
    assert "'fp8' is no precision" in fail(*arguments, "--precision", "fp8")
    assert "'tpu' is no device" in fail(*arguments, "--device", "tpu")


def test_prints_json(run, tmp_path):
    np.save(tmp_path / "made.npy", made(3))
    code, out, _ = run(tmp_path / "made.npy", tmp_path / "codes.npy", "--json")
    report = json.loads(out)
    assert code == 0
    assert (report["examples"], report["left_out"], report["ranks"]) == (3, 0, 1)
    assert report["bytes"] == (tmp_path / "codes.npy").stat().st_size
    assert report["peak_memory_bytes"] > 0


def test_the_same_data_make_the_same_bytes(run, tmp_path):
    np.save(tmp_path / "made.npy", made(3))
    for name in ("a.npz", "b.npz"):
        run(tmp_path / "made.npy", tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


class Counting:
    """A source of made images that says how many rows it was asked for at once."""

    labels = names = None

    def __init__(self, count):
        self.count = count
        self.most = 0

    def __len__(self):
        return self.count

    def read(self, start, stop):
        self.most = max(self.most, stop - start)
        generator = torch.Generator().manual_seed(start)
        rows = torch.randint(0, 256, (stop - start, *SHAPE), dtype=torch.uint8, generator=generator)
        return Chunk(rows)


def test_no_more_than_a_batch_is_in_memory(model, tmp_path):
    count = int(os.environ.get("ENCODE_ROWS", "10000"))
    source = Counting(count)
    report = encode_to_file(model, source, tmp_path / "codes.npz", binarise="dynamic")
    assert source.most == batch_for(SHAPE) < count
    assert report.examples == count
    with np.load(tmp_path / "codes.npz") as codes:
        assert codes["mu"].shape == (count, 2)
        assert np.isfinite(codes["logvar"]).all()


def test_a_source_that_fails_half_way_leaves_nothing(model, tmp_path):
    class Failing(Counting):
        def read(self, start, stop):
            if start:
                raise DataError("The disk fell down.")
            return super().read(start, stop)

    with pytest.raises(DataError, match="fell down"):
        encode_to_file(model, Failing(9000), tmp_path / "codes.npy", binarise="none")
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_finished_leaves_nothing(model, tmp_path, monkeypatch):
    def broken(*arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("models.encode.output.publish_file", broken)
    with pytest.raises(OutputError, match="Input/output error"):
        encode_to_file(model, Counting(10), tmp_path / "codes.npz", binarise="none")
    assert list(tmp_path.iterdir()) == []


def test_large_pictures_come_in_smaller_batches():
    assert batch_for((1, 28, 28)) == 2048
    assert batch_for((3, 64, 64)) == 170
    assert batch_for((3, 4096, 4096)) == 32


def test_thresholds_are_cut_as_in_training():
    bytes_, floats = torch.tensor([127, 128], dtype=torch.uint8), torch.tensor([0.5, 0.502])
    assert prepared(bytes_, "threshold").tolist() == [0, 1]
    assert prepared(floats, "threshold").tolist() == [0, 1]
    assert prepared(floats, "dynamic").tolist() == floats.tolist()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_one_leaves_no_result(workspace, number):
    np.save(workspace / "made.npy", made(50_000))
    output = workspace / "out" / "codes.npy"
    output.parent.mkdir()
    command = ["encode", "tiny", "--dataset", workspace / "made.npy", "--output", output]
    command += ["--batch-size", 1, "--workspace", workspace, "--threads", 1]
    process = subprocess.Popen(
        [sys.executable, "-m", "models", *map(str, command)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not list(output.parent.iterdir()):
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait(60) != 0
    left = [path.name for path in output.parent.iterdir()]
    if number == signal.SIGTERM:
        assert left == []
    assert all(name.startswith(".") and name.endswith(".tmp") for name in left)
