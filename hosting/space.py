"""`python -m hosting.space`: lay out a Hugging Face Space in `build/space`; docs/spaces.md.

What the image needs, and a README whose header tells Hugging Face how to build and open it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

__all__ = ["CARD", "lay_out"]

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "space"
FILES = ("Dockerfile", ".dockerignore", "LICENSE", "pyproject.toml")
FOLDERS = ("models", "studio", "pretrained", "hosting")
LEFT_OUT = ("__pycache__", "*.pyc", "*.pyo", "*.pyi", ".*")

CARD = """\
---
title: Latent Studio
emoji: 🧭
colorFrom: indigo
colorTo: green
sdk: docker
app_port: 7860
pinned: false
license: mit
short_description: Move through the latent spaces of autoencoders
startup_duration_timeout: 30m
---

# Latent Studio

A studio in the browser for training variational autoencoders and moving through their latent
spaces.

**To open it:** use the Space's own address, `https://OWNER-NAME.hf.space` (in the menu of the
Space: *Embed this Space*, *Direct URL*). In the frame on this page it stays empty, because no other
site may show the studio inside its own pages.

**To run one yourself:** duplicate this Space and give it a secret called `STUDIO_AUTH` with a name
and a password, as `name:password`. Without it the Space does not start: the studio is never open to
strangers. Whoever logs in may train and delete, so give each group of people a Space of its own.

The code is under the MIT licence. The weights of `faces-celeba` are for non-commercial research.
What is trained and labelled here is gone when the Space restarts, unless it has storage; download
what you want to keep.
"""


def lay_out(place: Path) -> list[str]:
    """Write the folder anew and return what was put into it.

    Raises:
        ValueError: There is something else in that place.
    """
    if place.exists():
        if not (place / "Dockerfile").is_file():
            raise ValueError(f"{place} is no Space; move it away, and it will be written.")
        shutil.rmtree(place)
    place.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(ROOT / name, place / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (place / "README.md").write_text(CARD, encoding="utf-8")
    return sorted(path.name for path in place.iterdir())


def main() -> None:
    """Lay it out and say how to put it up."""
    try:
        names = lay_out(PLACE)
    except (OSError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    shown = PLACE.relative_to(ROOT)
    print(f"{shown}: {', '.join(names)}")
    print("Put it up, and give it its login first (docs/spaces.md):")
    print("  hf repos create NAME --type space --sdk docker --private")
    print(f"  hf upload NAME {shown} . --type space --delete '*'")


if __name__ == "__main__":
    main()
