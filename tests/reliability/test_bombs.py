"""Files that are small and ask for everything: refused in a moment, for next to no memory."""

import errno
import io
import json
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.data.array_pictures import ArrayStack, array_picture
from models.data.attribute_csv import read_attribute_csv
from models.data.label_csv import read_label_csv
from models.data.own_folder import load_folder
from models.data.pictures import read_picture
from models.importing import import_checkpoint
from models.labels.csv_file import preview as label_preview
from models.registry import Registry
from models.runs import Runs
from models.tables.csv_file import read_table
from models.tables.preview import preview as table_preview
from studio.run_shelf import RunShelf
from tests.reliability.effort import figure
from tests.studio.run_folders import make_run

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="this system does not tell peaks of memory"
)
SECONDS, MB = 1.0, 300
SLACK = 10
"""A machine may be busy; the report holds what is measured against the second itself"""
MIB = 1 << 20


def npy(shape, descr="<f8"):
    """The header of an array without its numbers."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def packed_zeros(mebibytes):
    """Deflated zeros and their checksum, put together of one piece again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(mebibytes):
        crc = zlib.crc32(bytes(MIB), crc)
    return piece * mebibytes + packer.flush(), crc


def zip_of(name, data, size, crc):
    """An archive of one member that was deflated before."""
    raw = name.encode()
    facts = struct.pack("<3H2H3I2H", 20, 0, 8, 0, 0, crc, len(data), size, len(raw), 0)
    local = b"PK\x03\x04" + facts + raw + data
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + facts
    listed += struct.pack("<3H2I", 0, 0, 0, 0, 0) + raw
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), len(local), 0)
    return local + listed + end


@pytest.fixture(scope="module")
def thousandfold():
    """An archive of under 1 MB that unpacks to a thousand times as much."""
    data, crc = packed_zeros(800)
    whole = zip_of("codes.npy", data, 800 * MIB, crc)
    assert 500 * len(whole) < 800 * MIB
    return whole


def peak():
    """The most memory that this process has had since it was last asked to forget, in KiB."""
    [line] = [x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x]
    return int(line.split()[1])


def cost(work):
    """Do something in a process of its own; return seconds, MB that it took, and what it said."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        said, begun = "", 0.0
        try:
            Path("/proc/self/clear_refs").write_text("5")
            before, begun = peak(), time.perf_counter()
            try:
                work()
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
            facts = [time.perf_counter() - begun, (peak() - before) * 1024 / 1e6, said[:500]]
            os.write(write, json.dumps(facts).encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    assert told, "it was killed"
    return tuple(json.loads(told))


def require_refused(work, *kinds):
    seconds, megabytes, said = cost(work)
    if seconds > SECONDS / 2:
        seconds, megabytes, said = min((seconds, megabytes, said), cost(work))
    figure(7, "slowest refusal", seconds, "s", at_most=SECONDS)
    figure(7, "most memory", megabytes, "MB", at_most=MB)
    assert said.partition(":")[0] in kinds, said or "it was not refused"
    assert seconds < SECONDS * SLACK
    assert megabytes < MB
    return said


HUGE = [
    ("picture", npy((2**16, 2**16))),
    ("stack", npy((2**20, 64, 64))),
    ("overflowing", npy((2**62, 2**62, 3))),
    ("negative", npy((-1, 2**40))),
    ("objects", npy((2**32,), "|O")),
    ("wide numbers", npy((64, 64), "|V2147483647")),
]


@pytest.mark.parametrize(("name", "data"), HUGE, ids=[name for name, _ in HUGE])
def test_an_array_that_claims_more_than_there_is(tmp_path, name, data):
    path = tmp_path / "huge.npy"
    path.write_bytes(data + bytes(64))
    require_refused(lambda: array_picture(path), "PictureError")
    require_refused(lambda: ArrayStack(path), "DataError")
    options = {"validation": None, "side": 64, "cache": tmp_path / "cache", "seed": 0}
    require_refused(lambda: load_folder(tmp_path, "folder:x", **options), "DataError")


@pytest.mark.parametrize("name", ["x.npz", "x.zip", "x.pth", "x.pt", "x.safetensors"])
def test_an_archive_that_unpacks_to_a_thousand_times_its_size(tmp_path, thousandfold, name):
    registry = Registry(tmp_path / "work", pretrained=tmp_path / "none")
    (tmp_path / name).write_bytes(thousandfold)
    work = import_checkpoint
    recipe = "navigator-digits"
    require_refused(lambda: work(registry, tmp_path / name, recipe=recipe), "CheckpointError")
    assert not registry.own.exists() or not os.listdir(registry.own)


def arrays_of(path, codes):
    """A `latent.npz` as a run leaves it, but for its codes."""
    import zipfile

    labels, step = io.BytesIO(), io.BytesIO()
    np.save(labels, np.zeros(12, np.uint8))
    np.save(step, np.int64(1))
    with zipfile.ZipFile(path, "w") as archive:
        members = {"codes": codes, "labels": labels.getvalue(), "step": step.getvalue()}
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)


@pytest.mark.parametrize("shape", [(2**32, 2), (2**45, 2), (2**62, 2), (2**31, 2**31, 2**31)])
def test_an_array_of_a_run_that_claims_more_than_there_is(tmp_path, thousandfold, shape):
    folder = make_run(tmp_path)
    shelf = RunShelf(Runs(tmp_path))
    run = shelf.get(folder.name)
    for data in (npy(shape, "<f4"), npy(shape, "|V1")):
        arrays_of(folder / "latent.npz", data)
        require_refused(lambda: shelf.latent(run), "UnknownRun")
    (folder / "latent.npz").write_bytes(thousandfold)
    require_refused(lambda: shelf.latent(run), "UnknownRun")


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "BMP"])
def test_a_picture_of_169_million_pixels(kind):
    side = 13_000
    if kind in ("PNG", "GIF"):
        data = io.BytesIO()
        Image.new("1" if kind == "PNG" else "L", (side, side)).save(data, kind)
        data = data.getvalue()
        assert len(data) < MIB
    elif kind == "BMP":
        data = b"BM" + struct.pack("<IHHI", 54, 0, 0, 54)
        data += struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    else:
        tiny = io.BytesIO()
        Image.new("RGB", (16, 16)).save(tiny, "WEBP", lossless=True)
        data = bytearray(tiny.getvalue())
        at = data.index(b"VP8L") + 9
        data[at : at + 4] = struct.pack("<I", (side - 1) | (side - 1) << 14)
        data = bytes(data)
    require_refused(lambda: read_picture(data), "PictureError")


def test_a_table_of_a_million_columns(tmp_path):
    header = b",".join(b"c%d" % i for i in range(10**6))
    row = b",".join([b"1"] * 10**6)
    wide = header + b"\n" + row + b"\n"
    assert len(wide) < 10_000_000

    def refused_by_preview():
        found = table_preview(wide)
        raise ValueError("; ".join(found.problems))

    require_refused(refused_by_preview, "ValueError")
    require_refused(lambda: read_table(wide, "kind", name="wide"), "DataError")
    require_refused(lambda: label_preview(wide, np.full(9, -1, np.int16), 10), "LabelError")
    path = tmp_path / "attributes.csv"
    path.write_bytes(b"file," + wide)
    require_refused(lambda: read_attribute_csv(path, {"a.png"}), "DataError")
    require_refused(lambda: read_label_csv(path, {"a.png"}), "DataError")


def test_the_measure_would_notice():
    # A system that takes pages of libraries away meanwhile hides as much as it takes.
    costs = [cost(lambda: np.ones(20 * MIB).sum() and None) for _ in range(3)]
    assert 150 < max(megabytes for _, megabytes, _ in costs) < 200
    assert all(seconds > 0 and not said for seconds, _, said in costs)

    def full():
        raise OSError(errno.ENOSPC, "full")

    assert cost(full)[2].startswith("OSError")
