"""The navigator as a test sees it: where things are, where the position is, when all is still."""

MAP = "#navigator-map canvas.overlay"
LIVE = "#navigator-live canvas"
CAPTION = "#navigator-place .caption"


def z_of(page):
    return [float(v) for v in page.locator(MAP).get_attribute("data-z").split(",")]


def decoded_z(page):
    return [float(v) for v in page.locator(LIVE).get_attribute("data-z").split(",")]


def pixels(page):
    """Return the live canvas as bytes."""
    return page.evaluate(
        "s => { const c = document.querySelector(s);"
        " return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data) }",
        LIVE,
    )


def settle(page):
    """Wait until the picture shows the position and neither moves any more."""
    page.evaluate("window.stillFor = 0")
    page.wait_for_function(
        """([map, live]) => {
          const [m, l] = [map, live].map(s => document.querySelector(s).dataset.z);
          window.stillFor = m === window.lastZ && m === l ? window.stillFor + 1 : 0;
          window.lastZ = m;
          return window.stillFor >= 3;
        }""",
        arg=[MAP, LIVE],
        polling=80,
    )


def arrive(page, z, within=2e-3):
    """Wait until the position is `z` and the picture shows it."""
    page.wait_for_function(
        """([map, z, within]) => {
          const now = document.querySelector(map).dataset.z.split(',').map(Number);
          return now.every((v, d) => Math.abs(v - z[d]) < within);
        }""",
        arg=[MAP, list(z), within],
        timeout=10_000,
    )
    settle(page)


def at(page, fx, fy):
    box = page.locator(MAP).bounding_box()
    return box["x"] + fx * box["width"], box["y"] + fy * box["height"]


def slider(page, axis):
    return float(page.locator(f"#navigator-{axis} input[type=number]").input_value())
