"""Old weights: `.pth` and `.pt` files of a plain state dict. The one place that unpickles.

Such a file is a program for Python's unpickler. It is read as a list of instructions first, of
which none is carried out, and refused if it names anything but tensors. What is left is loaded by
torch with `weights_only=True`, which knows nothing else either: two locks, each of which suffices.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from models.checkpoint import CheckpointError
from models.importing.archive import DAMAGE, opened_zip, read_member

__all__ = ["is_torch_file", "read_pth"]

MEMBERS = 5_000
PROGRAM_BYTES = 4 << 20
INSTRUCTIONS = 400_000
LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
LEGACY_PICKLES = 5
WRAPPERS = ("state_dict", "model_state_dict", "model")
_NUMBERS = (
    "BFloat16",
    "Bool",
    "Byte",
    "Char",
    "Double",
    "Float",
    "Half",
    "Int",
    "Long",
    "Short",
)
HARMLESS = {
    "collections OrderedDict",
    "torch Size",
    "torch._utils _rebuild_parameter",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch.storage UntypedStorage",
    *(f"torch {kind}Storage" for kind in _NUMBERS),
}
NOT_A_PICKLE = (ValueError, OverflowError, IndexError, KeyError)
ADVICE = "save model.state_dict() alone, best as .safetensors"


def is_torch_file(path: Path) -> bool:
    """Tell whether a zip file is what `torch.save` writes."""
    try:
        with opened_zip(path, path.name, members=MEMBERS) as archive:
            return any(name.endswith("/data.pkl") for name in archive.namelist())
    except CheckpointError:
        return False


def read_pth(path: Path, label: str) -> tuple[dict[str, Tensor], list[str]]:
    """Return the tensors of an old weights file by name, and what was done to get at them.

    Raises:
        CheckpointError: It is none, holds anything but tensors, or is damaged.
    """
    with path.open("rb") as file:
        start = file.read(len(LEGACY))
        if start.startswith(b"PK\x03\x04"):
            _require_harmless_zip(path, label)
        elif start == LEGACY:
            _require_harmless_legacy(file, path.stat().st_size, label)
        else:
            raise _no_weights(file, start, label)
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (
        pickle.UnpicklingError,
        AttributeError,
        AssertionError,
        IndexError,
        KeyError,
        MemoryError,
        TypeError,
        *DAMAGE,
    ):
        raise CheckpointError(f"{label} is damaged or no state dict; {ADVICE}.") from None
    return _state_dict(loaded, label)


def _state_dict(loaded: object, label: str) -> tuple[dict[str, Tensor], list[str]]:
    notes = []
    for key in WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
            notes.append(f"Taken out of '{key}'.")
    if not isinstance(loaded, Mapping) or not loaded:
        raise CheckpointError(f"{label} holds no state dict; {ADVICE}.")
    state = {}
    for key, value in loaded.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise CheckpointError(
                f"{label} holds something else than tensors by name ({key!r:.60}); {ADVICE}."
            )
        state[key] = value.detach()
    return state, notes


def _require_harmless_zip(path: Path, label: str) -> None:
    with opened_zip(path, label, members=MEMBERS) as archive:
        names = {member.filename.rpartition("/")[2] for member in archive.infolist()}
        if "constants.pkl" in names:
            raise CheckpointError(
                f"{label} is a TorchScript program, which is never run here; {ADVICE}."
            )
        programs = [m for m in archive.infolist() if m.filename.endswith("/data.pkl")]
        if len(programs) != 1:
            raise CheckpointError(f"{label} is no file of torch.save; {ADVICE}.")
        packed = [m for m in archive.infolist() if m.compress_type != zipfile.ZIP_STORED]
        if packed:
            raise CheckpointError(
                f"{label} is refused: torch.save packs nothing, and here "
                f"{packed[0].filename!r:.80} is packed."
            )
        program = io.BytesIO(read_member(archive, programs[0], PROGRAM_BYTES, label))
    _require_harmless(program, path.stat().st_size, label)


def _require_harmless_legacy(file: BinaryIO, size: int, label: str) -> None:
    """Look through the pickles before the numbers: mark, version, machine, state dict, keys."""
    file.seek(0)
    program = io.BytesIO(file.read(PROGRAM_BYTES))
    for _ in range(LEGACY_PICKLES):
        _require_harmless(program, size, label)


def _require_harmless(program: BinaryIO, size: int, label: str) -> None:
    """Read one pickle without carrying it out.

    Args:
        program: Where it begins; left where it ends.
        size: Bytes of the whole file: no tensor has more numbers.
        label: What the file is called.
    """
    largest = 0
    try:
        for count, (name, argument, asked) in enumerate(_instructions(program)):
            if count > INSTRUCTIONS:
                raise CheckpointError(f"{label} is refused: it is no state dict, but too long.")
            if asked is not None and (name != "GLOBAL" or asked not in HARMLESS):
                raise _foreign(asked, label)
            if name == "MARK":
                largest = 0
            elif isinstance(argument, int):
                largest = max(largest, argument)
            if name in ("BINPERSID", "PERSID") and largest > size:
                raise CheckpointError(
                    f"{label} is refused: it claims a tensor of {largest:,} numbers in "
                    f"{size:,} bytes."
                )
    except NOT_A_PICKLE as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{label} is damaged or was cut off; copy it again.") from None


def _instructions(program: BinaryIO) -> Iterator[tuple[str, object, str | None]]:
    """Yield the name and argument of each instruction, and what it asks Python for, if anything."""
    words = ["", ""]
    for opcode, argument, _ in pickletools.genops(program):
        asked = None
        if opcode.name in ("GLOBAL", "INST"):
            asked = str(argument)
        elif opcode.name == "STACK_GLOBAL":
            asked = " ".join(words[-2:])
        elif opcode.name.startswith("EXT"):
            asked = f"extension {argument}"
        elif isinstance(argument, str):
            words = [words[-1], argument]
        yield opcode.name, argument, asked


def _foreign(named: str, label: str) -> CheckpointError:
    if named in HARMLESS:
        return CheckpointError(
            f"{label} was saved with another pickle protocol than torch.save's own; {ADVICE}."
        )
    shown = named.replace(" ", ".", 1)
    return CheckpointError(
        f"{label} is refused: it asks Python for {shown!r:.80}, and weights are tensors alone; "
        f"{ADVICE}."
    )


def _no_weights(file: BinaryIO, start: bytes, label: str) -> CheckpointError:
    """Say of a file that is not of torch.save what it asks for, if it is a pickle at all."""
    file.seek(0)
    program = io.BytesIO(file.read(PROGRAM_BYTES) if start else b"")
    try:
        for count, (_, _, asked) in enumerate(_instructions(program)):
            if asked is not None and asked not in HARMLESS:
                return _foreign(asked, label)
            if count > INSTRUCTIONS:
                break
    except NOT_A_PICKLE:
        pass
    return CheckpointError(f"{label} is no file of torch.save; {ADVICE}.")
