"""Files that mean harm: evil pickles never run, bombs never go off; each is refused in a moment."""

import argparse
import io
import os
import pickle
import resource
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from models.checkpoint import CheckpointError
from models.importing import import_checkpoint
from models.manifest import FILES as KNOWN
from models.registry import Registry
from tests.reliability.effort import figure

FILES = [file for file in KNOWN if file != "directions.safetensors"]
"""Those of a checkpoint without attribute directions"""

ROOT = Path(__file__).parents[2]
SECONDS = 0.2
MIB = 1 << 20


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "workspace", pretrained=tmp_path / "none")


@pytest.fixture
def sentinel(tmp_path):
    """A path that each evil pickle would write to."""
    path = tmp_path / "it-ran"
    yield path
    assert not path.exists(), "the payload ran"


@pytest.fixture
def refuse(registry):
    """Import what must be refused at once and for little memory; return the sentence."""

    def refuse(path, seconds=SECONDS):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken = []
        for _ in range(3):  # The machine may be busy; the best of three says what it costs.
            start = time.perf_counter()
            with pytest.raises(CheckpointError) as caught:
                import_checkpoint(registry, path, recipe="navigator-digits")
            taken.append(time.perf_counter() - start)
        if seconds == SECONDS:
            figure(5, "slowest refusal", min(taken), "s", at_most=SECONDS)
        assert min(taken) < seconds
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024
        assert not registry.own.exists() or not os.listdir(registry.own)
        return str(caught.value)

    return refuse


class Evil:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def payloads(path):
    return {
        "posix.system": Evil(os.system, f"touch {path}"),
        "eval": Evil(eval, f"open({str(path)!r}, 'w')"),
        "exec": Evil(exec, f"open({str(path)!r}, 'w')"),
        "subprocess.Popen": Evil(subprocess.Popen, ["touch", str(path)]),
        "io.open": Evil(open, str(path), "w"),
        "getattr": Evil(getattr, Evil(os.system, f"touch {path}"), "x"),
        "Namespace": argparse.Namespace(lr=0.1),
        "PosixPath": path,
        "numpy": np.float64(1.0),
    }


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle-0", "pickle-2", "pickle-5", "wrapped"])
@pytest.mark.parametrize("name", payloads(Path("x")))
def test_an_evil_pickle_is_refused_by_name_and_never_runs(refuse, sentinel, tmp_path, name, form):
    path, payload = tmp_path / "weights.pth", payloads(sentinel)[name]
    if form.startswith("pickle"):
        path.write_bytes(pickle.dumps(payload, protocol=int(form[-1])))
    else:
        content = (
            {"state_dict": {"a": torch.zeros(1), "b": payload}} if form == "wrapped" else payload
        )
        torch.save(content, path, _use_new_zipfile_serialization=form != "legacy")
    message = refuse(path)
    assert "asks Python for" in message
    if form != "pickle-0":  # There objects are asked for by way of copyreg.
        assert name.rpartition(".")[2] in message


def test_the_second_lock_holds_alone(sentinel, tmp_path, registry, monkeypatch):
    """If the look at the instructions let something through, torch would still not run it."""
    monkeypatch.setattr("models.importing.pickled._require_harmless", lambda *args: None)
    for legacy in (False, True):
        path = tmp_path / "weights.pth"
        torch.save(
            Evil(os.system, f"touch {sentinel}"), path, _use_new_zipfile_serialization=not legacy
        )
        with pytest.raises(CheckpointError, match="damaged or no state dict"):
            import_checkpoint(registry, path, recipe="navigator-digits")


def test_a_program_hidden_behind_another_pickle_is_found(refuse, sentinel, tmp_path):
    """The legacy format is five pickles in a row; each of them is looked through."""
    torch.save({"a": torch.zeros(1)}, tmp_path / "x", _use_new_zipfile_serialization=False)
    whole = (tmp_path / "x").read_bytes()
    evil = pickle.dumps(Evil(os.system, f"touch {sentinel}"), protocol=2)
    start = whole[:15]
    (tmp_path / "weights.pth").write_bytes(start + evil)
    assert "posix.system" in refuse(tmp_path / "weights.pth")


def test_other_peoples_formats_are_refused(refuse, tmp_path):
    path = tmp_path / "weights.pth"
    for content in (b"", b"%PDF-1.7\n" + b"x" * 5000, b"\x89PNG\r\n", b"\x80", os.urandom(5000)):
        path.write_bytes(content)
        refuse(path)
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(path))
    assert "TorchScript" in refuse(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "no file of torch.save" in refuse(path)


def test_every_truncation_is_refused(registry, tmp_path):
    path = tmp_path / "weights.pth"
    for legacy in (False, True):
        torch.save({"a": torch.arange(2000.0)}, path, _use_new_zipfile_serialization=not legacy)
        whole = path.read_bytes()
        for length in range(0, len(whole), 97):
            path.write_bytes(whole[:length])
            with pytest.raises(CheckpointError):
                import_checkpoint(registry, path, recipe="navigator-digits")


def test_flipped_bits_raise_nothing_else(registry, tmp_path):
    path, numbers = tmp_path / "weights.pth", np.random.default_rng(0)
    for legacy in (False, True):
        torch.save({"a": torch.arange(20.0)}, path, _use_new_zipfile_serialization=not legacy)
        whole = path.read_bytes()
        for _ in range(150):
            changed = bytearray(whole)
            for at in numbers.integers(0, len(whole), 3):
                changed[at] ^= 1 << int(numbers.integers(8))
            path.write_bytes(changed)
            with pytest.raises(CheckpointError):  # 'a' fits no recipe even if it loads.
                import_checkpoint(registry, path, recipe="navigator-digits")


def test_a_tensor_that_claims_more_than_the_file_has_is_refused(refuse, tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({"a": torch.zeros(255)}, path, _use_new_zipfile_serialization=False)
    # BININT1 255, the number of elements of the storage, becomes 2^31 - 1.
    honest, lying = b"K\xffN", b"J" + struct.pack("<i", 2**31 - 1) + b"N"
    whole = path.read_bytes()
    assert honest in whole
    path.write_bytes(whole.replace(honest, lying))
    assert "claims a tensor of 2,147,483,647 numbers" in refuse(path)


def zipped(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_a_zip_bomb_is_refused(refuse, tmp_path):
    bomb = zipped(tmp_path / "x.zip", [("model.safetensors", bytes(400 * MIB))], compresslevel=9)
    assert bomb.stat().st_size < MIB
    assert "over 100 times what is packed" in refuse(bomb)
    bomb = zipped(tmp_path / "y.zip", [("config.json", bytes(30 * MIB))])
    assert "unpacks to more than" in refuse(bomb)
    bomb = zipped(tmp_path / "z.pth", [("z/data.pkl", bytes(100 * MIB))])
    assert "torch.save packs nothing" in refuse(bomb)


def test_a_bomb_that_lies_about_its_size_is_counted(refuse, tmp_path):
    path = zipped(tmp_path / "x.zip", [("config.json", bytes(30 * MIB))])
    data = path.read_bytes()
    lying = data.replace(struct.pack("<I", 30 * MIB), struct.pack("<I", 100))
    path.write_bytes(lying)
    assert "cannot be unpacked" in refuse(path)


def test_a_zip_with_a_million_members_is_not_even_listed(refuse, tmp_path):
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    )
    listing = (entry + b"x") * 500_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listing), 4, 0)
    for name in ("x.zip", "x.pth"):
        (tmp_path / name).write_bytes(b"PK\x03\x04" + listing + end)
        assert "it holds more than" in refuse(tmp_path / name)


def test_a_nested_path_and_a_huge_name_are_refused(refuse, tmp_path):
    for name in ("a/" * 30_000 + "config.json", "../" * 100 + "config.json", "x" * 60_000):
        message = refuse(zipped(tmp_path / "x.zip", [(name, b"{}")]))
        assert len(message) < 400


def test_a_pickle_that_never_ends_is_given_up(refuse, tmp_path):
    path = tmp_path / "weights.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w/data.pkl", b"\x80\x02" + b"N0" * (2 * MIB - 10) + b".")
    assert refuse(path, seconds=5)


RENAMER = """
import sys
from pathlib import Path
from models.checkpoint import CheckpointError
from models.registry import Registry
from tests.reliability.effort import figure
registry, mine = Registry(Path(sys.argv[1]), pretrained=Path(sys.argv[2])), sys.argv[3]
opened = registry.open("start")
sys.stdin.read(1)
for number in range(8):
    try:
        registry.rename("shared", f"{mine}-{number}")
        registry.rename(f"{mine}-{number}", "shared")
    except CheckpointError:
        pass
    try:
        registry.save(f"same-{number}", opened.config, opened.model)
        print("saved", number)
    except CheckpointError as error:
        assert "already" in str(error), error
"""


def test_two_processes_at_once_never_lose_a_checkpoint(workspace, tmp_path):
    registry = Registry(workspace, pretrained=tmp_path / "none")
    registry.rename("tiny", "start")
    opened = registry.open("start")
    registry.save("shared", opened.config, opened.model, opened.atlas)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", RENAMER, str(workspace), str(tmp_path / "none"), name],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for writer in writers:
        writer.stdin.write("x")
        writer.stdin.flush()
    answers = [writer.communicate(timeout=120) for writer in writers]
    assert [error for _, error in answers] == ["", ""]
    saved = sorted("".join(out for out, _ in answers).split("\n"))
    assert len([line for line in saved if line]) == 8, "each name was saved exactly once"
    names = {entry.name for entry in registry.entries()}
    assert len(names - {f"same-{i}" for i in range(8)} - {"start"}) == 1, "it has one name"
    for name in names:
        registry.verify(name)


def test_a_folder_upload_with_a_pipe_is_not_waited_for(registry, tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes in folders")
    (tmp_path / "x").mkdir()
    for file in FILES:
        os.mkfifo(tmp_path / "x" / file)
    with pytest.raises(CheckpointError):
        import_checkpoint(registry, tmp_path / "x")
    os.mkfifo(tmp_path / "pipe.pth")
    with pytest.raises(CheckpointError, match="neither a file nor a folder"):
        import_checkpoint(registry, tmp_path / "pipe.pth")


def test_npz_and_other_bombs_have_no_way_in(registry, tmp_path):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.zeros(10**6))
    for name in ("x.npz", "x.zip", "x.pth", "x.safetensors"):
        (tmp_path / name).write_bytes(buffer.getvalue())
        with pytest.raises(CheckpointError):
            import_checkpoint(registry, tmp_path / name, recipe="navigator-digits")
