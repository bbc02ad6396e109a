"""The registry: which checkpoints there are, shipped and one's own, and access to them by name.

Shipped checkpoints lie in `pretrained/` and are read-only; one's own lie in
`<workspace>/checkpoints`. A name is a folder's name, and both places share one space of names.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from models.atomic import remove_folder, remove_leftovers, write_folder
from models.card import retitled
from models.checkpoint import (
    Checkpoint,
    CheckpointConfig,
    CheckpointError,
    load_checkpoint,
    read_config,
    save_checkpoint,
    verify,
)
from models.integrity import FileState, Integrity, Look, folder_size
from models.latent.atlas import Atlas
from models.latent.attributes import AttributeDirections
from models.manifest import seal
from models.opened import OpenCheckpoints
from models.training.devices import choose_device
from models.vae import VAE

__all__ = [
    "PRETRAINED",
    "Registry",
    "RegistryEntry",
    "UnknownCheckpoint",
    "default_workspace",
    "require_name",
]

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


class UnknownCheckpoint(CheckpointError):
    """There is no checkpoint of that name."""


def default_workspace() -> Path:
    """Return the folder for a person's own files: $STUDIO_WORKSPACE, or ./workspace."""
    return Path(os.environ.get("STUDIO_WORKSPACE", "workspace"))


def require_name(name: str) -> str:
    """Return a checkpoint name if it is one.

    Raises:
        CheckpointError: It holds anything but letters, digits, '.', '_' and '-', or is too long.
    """
    if not NAME.match(name):
        raise UnknownCheckpoint(
            f"{name!r:.80} is no checkpoint name: use up to 64 letters, digits, '.', '_' or '-', "
            "beginning with a letter or digit."
        )
    return name


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """One checkpoint as a list shows it: its configuration, or why it cannot be read."""

    name: str
    folder: Path
    shipped: bool
    config: CheckpointConfig | None
    error: str | None = None
    size: int = 0
    """Bytes of its files."""


class Registry:
    """Finds, opens and keeps checkpoints. Safe to share between threads.

    Args:
        workspace: Folder of a person's own files.
        pretrained: Folder of shipped checkpoints; never written to.
        device: Where opened models live.
    """

    def __init__(
        self,
        workspace: Path,
        *,
        pretrained: Path = PRETRAINED,
        device: torch.device | str = "cpu",
    ) -> None:
        self.workspace = workspace
        self.own = workspace / "checkpoints"
        self.pretrained = pretrained
        self.device = device
        self._opened = OpenCheckpoints()
        self._integrity = Integrity()

    def entries(self) -> list[RegistryEntry]:
        """Return every checkpoint, shipped ones first, each group by name."""
        return [
            _entry(folder, shipped=root == self.pretrained)
            for root in (self.pretrained, self.own)
            for folder in _folders(root)
            if root == self.pretrained or not (self.pretrained / folder.name).is_dir()
        ]

    def folder(self, name: str) -> Path:
        """Return the folder of a checkpoint.

        Raises:
            CheckpointError: There is no such checkpoint.
        """
        require_name(name)
        for root in (self.pretrained, self.own):
            # Asked of the list, not the disk: some disks would open 'TINY' as 'tiny'.
            if root.is_dir() and name in os.listdir(root):
                folder = root / name
                if folder.is_dir() and not folder.is_symlink():
                    return folder
        raise _unknown(name)

    def open(self, name: str, device: str | None = None) -> Checkpoint:
        """Return a checkpoint, verified and in eval mode; the same object while it is unchanged.

        Args:
            name: Its name.
            device: Where its model lives, as for `choose_device`; the registry's own by default.

        Raises:
            CheckpointError: It is missing, damaged or does not fit its model.
            ValueError: There is no such device.
        """
        where = self.device if device is None else choose_device(device)
        if str(where) == "cuda:0":
            where = "cuda"  # One copy, whatever it is called.
        return self._opened.get(self.folder(name), str(where), self._load)

    def _load(self, folder: Path, device: str) -> Checkpoint:
        look = Look.at(folder)
        try:
            checkpoint = load_checkpoint(folder, device)
        except CheckpointError as error:
            self._integrity.found(folder, look, error)
            raise
        self._integrity.found(folder, look)
        return checkpoint

    def verify(self, name: str) -> None:
        """Read a checkpoint anew, compare it with its manifest and load it once.

        Raises:
            CheckpointError: It is damaged; the message names the file.
        """
        self._load(self.folder(name), "cpu")

    def is_intact(self, entry: RegistryEntry) -> bool:
        """Tell whether every file of an entry is the one that was saved."""
        return entry.error is None and self._integrity.check(entry.folder).state == "intact"

    def state(self, entry: RegistryEntry) -> FileState:
        """Return what is known of an entry's files without reading them."""
        if entry.error is not None:
            return FileState("damaged", entry.error)
        return self._integrity.known(entry.folder)

    def save(
        self,
        name: str,
        config: CheckpointConfig,
        model: VAE,
        atlas: Atlas | None = None,
        *,
        directions: AttributeDirections | None = None,
        half: bool = False,
    ) -> Path:
        """Write a new checkpoint into the workspace and return its folder.

        Raises:
            CheckpointError: The name is taken or no name at all, or the weights are not finite.
            OSError: The write failed; nothing is left behind.
        """
        self.require_free(name)
        remove_leftovers(self.own)
        try:
            save_checkpoint(self.own / name, config, model, atlas, directions=directions, half=half)
        except FileExistsError:  # Another process took the name meanwhile.
            raise _taken(name) from None
        return self.own / name

    def add(self, name: str, files: Mapping[str, bytes]) -> Path:
        """Write the files of a verified checkpoint into the workspace and return its folder.

        Raises:
            CheckpointError: The name is taken or no name at all.
            OSError: The write failed; nothing is left behind.
        """
        self.require_free(name)
        remove_leftovers(self.own)
        try:
            write_folder(self.own / name, files)
        except FileExistsError:
            raise _taken(name) from None
        return self.own / name

    def free_name(self, wanted: str) -> str:
        """Return `wanted`, or `wanted-2`, `wanted-3`, ... if it is taken."""
        name, number = require_name(wanted), 1
        while (self.pretrained / name).exists() or (self.own / name).exists():
            number += 1
            name = f"{wanted[:58]}-{number}"
        return name

    def rename(self, old: str, new: str) -> None:
        """Give one of a person's own checkpoints another name; the title of its card goes along.

        The new folder is complete before the old one vanishes, so that a crash loses nothing.

        Raises:
            CheckpointError: It is shipped or missing, or the new name is taken.
        """
        folder = self._own_folder(old)
        self.require_free(new)
        try:
            files = verify(folder)
        except CheckpointError:
            _move(folder, self.own / new)  # A damaged one stays as it is, whatever it is called.
        else:
            files["README.md"] = retitled(files["README.md"], old, new)
            del files["manifest.json"]
            self.add(new, seal(files))
            try:
                remove_folder(folder)
            except FileNotFoundError:  # Somebody else renamed or removed it first.
                remove_folder(self.own / new)
                raise _unknown(old) from None
        self._forget(old)

    def remove(self, name: str) -> None:
        """Delete one of a person's own checkpoints.

        Raises:
            CheckpointError: It is shipped or missing.
        """
        folder = self._own_folder(name)
        try:
            remove_folder(folder)
        except FileNotFoundError:
            raise _unknown(name) from None
        remove_leftovers(self.own)
        self._forget(name)

    def _forget(self, name: str) -> None:
        self._integrity.forget(self.own / name)
        self._opened.forget(name)

    def _own_folder(self, name: str) -> Path:
        folder = self.folder(name)
        if folder.parent != self.own:
            raise CheckpointError(f"'{name}' is shipped with the studio and cannot be changed.")
        return folder

    def require_free(self, name: str) -> None:
        """Check that a name can be given to a new checkpoint.

        Raises:
            CheckpointError: It is taken, or no name at all.
        """
        require_name(name)
        if (self.pretrained / name).exists() or (self.own / name).exists():
            raise _taken(name)


def _unknown(name: str) -> UnknownCheckpoint:
    return UnknownCheckpoint(
        f"There is no checkpoint '{name}'; `python -m models checkpoints list` shows all."
    )


def _taken(name: str) -> CheckpointError:
    return CheckpointError(
        f"There is a checkpoint '{name}' already; choose another name or remove it first."
    )


def _move(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except FileNotFoundError:
        raise _unknown(folder.name) from None
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise _taken(target.name) from None


def _folders(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    return sorted(
        p for p in root.iterdir() if NAME.match(p.name) and p.is_dir() and not p.is_symlink()
    )


def _entry(folder: Path, *, shipped: bool) -> RegistryEntry:
    size = folder_size(folder)
    try:
        return RegistryEntry(folder.name, folder, shipped, read_config(folder), size=size)
    except CheckpointError as error:
        return RegistryEntry(folder.name, folder, shipped, None, str(error), size)
