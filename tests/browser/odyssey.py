"""The odyssey as a test sees it: where the ship is, and when the view is painted."""

VIEW = "#odyssey-space canvas.view"
HELM = "#odyssey-helm .helm"
READY = """() => {
  const view = document.querySelector('#odyssey-space canvas.view')?.dataset;
  return view?.decoded === 'yes' && view.stars > 0;
}"""


def numbers(page, name):
    return [float(v) for v in page.locator(VIEW).get_attribute(f"data-{name}").split(",")]


def position(page):
    return numbers(page, "x")


def attitude(page):
    return numbers(page, "q")


def root(page, name):
    return page.locator("#odyssey-space .space").get_attribute(f"data-{name}")


def pixels(page, selector=VIEW):
    """Return a fingerprint of the middle of the view."""
    return page.evaluate(
        """s => {
          const view = document.querySelector(s);
          const [w, h] = [view.width / 4, view.height / 4];
          const image = view.getContext('2d').getImageData(1.5 * w, 1.5 * h, w, h);
          return Array.from(image.data).join();
        }""",
        selector,
    )


def open_odyssey(page, query="model=odyssey"):
    page.goto(f"/?tab=odyssey&{query}")
    page.wait_for_function(READY, timeout=30_000)
    page.locator(VIEW).focus()
    return page


def settle(page):
    """Wait until the ship rests."""
    page.evaluate("window.stillFor = 0")
    page.wait_for_function(
        """s => {
          const { x, q } = document.querySelector(s).dataset;
          window.stillFor = `${x} ${q}` === window.lastPose ? window.stillFor + 1 : 0;
          window.lastPose = `${x} ${q}`;
          return window.stillFor >= 3;
        }""",
        arg=VIEW,
        polling=80,
        timeout=15_000,
    )


def arrive(page, z, within=5e-3):
    page.wait_for_function(
        """([s, z, within]) => {
          const now = document.querySelector(s).dataset.x.split(',').map(Number);
          return now.every((v, d) => Math.abs(v - z[d]) < within);
        }""",
        arg=[VIEW, list(z), within],
        timeout=10_000,
    )
