"""`make screenshots`: the pictures of the README, taken from the running studio."""

import tempfile
from pathlib import Path

from models.bench.live import running_studio
from tests.browser.harness import Visitor, chromium

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MAP = "#navigator-map canvas.overlay"


def navigator_dark(page):
    """The map with the pointer on it."""
    page.evaluate("window.latentStudio.scene('navigator').jump(3)")
    page.wait_for_timeout(900)


def navigator_path(page):
    """A path between two digits, with its film strip."""
    page.locator("#navigator-go").click()
    page.locator("#navigator-strip .cell").first.wait_for()
    page.wait_for_timeout(900)


def main():
    """Take every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_studio(Path(tempfile.mkdtemp())) as address, chromium() as browser:
        for name, theme, size, act in (
            ("navigator", "dark", (1280, 720), navigator_dark),
            ("navigator-path", "light", (1280, 800), navigator_path),
            ("navigator-phone", "dark", (390, 844), navigator_dark),
        ):
            size = {"width": size[0], "height": size[1]}
            visitor = Visitor(browser, address, viewport=size)
            page = visitor.open(f"/?__theme={theme}&model=navigator-mnist")
            act(page)
            page.screenshot(path=PICTURES / f"{name}.png")
            visitor.close()
            print(PICTURES / f"{name}.png", *visitor.problems)


if __name__ == "__main__":
    main()
