"""Work that several test processes would each do again, done once in a run."""

import shutil
from pathlib import Path

from filelock import FileLock


def once(tmp_path_factory, name, make):
    """Return a workspace of this process's own, made by whichever process comes first.

    Args:
        tmp_path_factory: Of pytest; processes of one run have the parent of its folder in common.
        name: What the workspace is called.
        make: Fills the workspace whose path it is given.
    """
    own = tmp_path_factory.mktemp(name)
    base = tmp_path_factory.getbasetemp()
    if not base.name.startswith("popen-"):
        make(own)
        return own
    shared = base.parent / f"made-{name}"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            being_made = Path(f"{shared}.new")
            shutil.rmtree(being_made, ignore_errors=True)
            being_made.mkdir()
            make(being_made)
            being_made.rename(shared)
    shutil.copytree(shared, own, dirs_exist_ok=True)
    return own
