"""A photo of one's own, and how faithful its reconstruction is, in a real browser."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.faces import FACES, PANEL, VIEW, caption, code, open_faces, press, settle, told

CROP = f"{PANEL} .face-crop"
BOX = f"{CROP} .box"
SIZE = f"{CROP} .size"
FIDELITY = f"{VIEW} .fidelity"
GIVEN = """([how, name, bytes]) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(bytes)], name));
  const options = { bubbles: true, cancelable: true };
  document.querySelector('.faces .frame').dispatchEvent(how === 'paste'
    ? new ClipboardEvent('paste', { ...options, clipboardData: files })
    : new DragEvent(how, { ...options, dataTransfer: files }));
}"""


def photo(size=(300, 200), kind="PNG", **options):
    """Return a picture file: a square of its own colours to the right of the middle."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype(np.uint8)
    pixels[height // 4 : height // 2, width // 2 : width // 2 + height // 4] = (240, 200, 170)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def choose(page, data, name="me.png"):
    files = [{"name": name, "mimeType": "application/octet-stream", "buffer": data}]
    page.locator(f"{PANEL} .photo-host input").set_input_files(files)


def open_crop(page, data=None):
    choose(page, data or photo())
    expect(page.locator(BOX)).to_be_visible()


def box(page):
    """Return left, top and side of the box in pixels of the photo."""
    return page.locator(BOX).evaluate(
        """box => {
          const { left, top, width } = box.getBoundingClientRect();
          const ground = box.parentElement.getBoundingClientRect();
          const across = Number(box.closest('dialog').querySelector('.size').textContent
            .match(/of (\\d+)/)[1]);
          const scale = across / ground.width;
          return [(left - ground.left) * scale, (top - ground.top) * scale, width * scale];
        }"""
    )


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_a_photo_is_squared_with_the_mouse_and_becomes_the_face(faced):
    open_crop(faced)
    assert box(faced) == pytest.approx([50, 0, 200], abs=1)
    corner = faced.locator(f"{BOX} [data-corner=se]").bounding_box()
    ground = faced.locator(f"{CROP} .ground").bounding_box()
    scale = ground["width"] / 300
    at = (corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2)
    drag(faced, at, (at[0] - 100 * scale, at[1] - 100 * scale))
    assert box(faced) == pytest.approx([50, 0, 100], abs=4)
    drag(faced, (ground["x"] + 100 * scale, ground["y"] + 50 * scale), (5000, 5000))
    assert box(faced) == pytest.approx([200, 100, 100], abs=4)
    with faced.expect_request("**/photo?**") as sent:
        faced.get_by_role("button", name="Use this face").click()
    asked = dict(part.split("=") for part in sent.value.url.split("?")[1].split("&"))
    found = [float(asked[key]) for key in ("left", "top", "side")]
    assert found == pytest.approx([200, 100, 100], abs=4)
    expect(faced.locator(CROP)).not_to_be_visible()
    settle(faced)
    caption(faced, "Your photo")
    origin = faced.evaluate(f"{FACES}.origin")
    assert origin["kind"] == "photo"
    expect(faced.locator(f"{FIDELITY} .facts")).to_contain_text(f"MSE {origin['mse']:.4f}")
    # Nothing of it gets into the address.
    assert "photo" not in faced.url


def test_keys_move_the_box_and_size_it(faced):
    open_crop(faced)
    faced.keyboard.press("-")
    smaller = box(faced)
    assert smaller[2] == pytest.approx(200 / 1.06, abs=1)
    faced.keyboard.press("Shift+ArrowRight")
    faced.keyboard.press("ArrowUp")
    assert box(faced)[0] > smaller[0] + 5
    assert box(faced)[1] < smaller[1] - 1
    faced.keyboard.press("+")
    assert box(faced)[2] == pytest.approx(200, abs=1)
    before = code(faced)
    faced.keyboard.press("Enter")
    expect(faced.locator(CROP)).not_to_be_visible()
    settle(faced)
    assert np.abs(code(faced) - before).max() > 1e-3
    expect(faced.get_by_role("button", name="your photo")).to_be_focused()
    faced.keyboard.press("Control+z")
    settle(faced)
    assert code(faced) == pytest.approx(before)


def test_escape_leaves_the_face_as_it_was(faced):
    before = code(faced)
    open_crop(faced)
    faced.keyboard.press("r")
    faced.keyboard.press("Escape")
    expect(faced.locator(CROP)).not_to_be_visible()
    settle(faced)
    assert code(faced) == pytest.approx(before)


def test_a_camera_that_was_held_upright_is_heard(faced):
    exif = Image.Exif()
    exif[0x112] = 6
    open_crop(faced, photo(kind="JPEG", exif=exif))
    expect(faced.locator(SIZE)).to_contain_text("of 200 × 300")


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_photo_may_be_dropped_or_pasted(faced, how):
    faced.evaluate(GIVEN, [how, "me.png", list(photo((90, 70)))])
    expect(faced.locator(SIZE)).to_contain_text("70 × 70 of 90 × 70")


def test_what_is_no_photo_is_told_in_a_sentence(faced):
    before = code(faced)
    moving = {"save_all": True, "append_images": [Image.new("RGB", (300, 200))]}
    huge = io.BytesIO()
    Image.new("1", (4100, 4000)).save(huge, "PNG")
    for name, data, words in (
        ("huge.png", huge.getvalue(), "16 million"),
        ("cut.png", photo()[: len(photo()) // 2], "damaged"),
        ("picture.tif", photo(kind="TIFF"), "not a picture"),
        ("empty.png", b"", "empty"),
        ("notes.txt", b"hello", "not a picture"),
        ("long.png", bytes(10_000_001), "10 MB"),
        ("moving.gif", photo(kind="GIF", **moving), "animated"),
    ):
        choose(faced, data, name)
        told(faced, words)
        expect(faced.locator(CROP)).not_to_be_visible()
        expect(faced.get_by_role("button", name="your photo")).to_be_visible()
        assert code(faced) == pytest.approx(before)


def test_a_refused_cut_is_told_in_the_dialog(faced):
    open_crop(faced)
    faced.route("**/photo?**", lambda route: route.fulfill(status=422, json={"error": "Not so."}))
    faced.keyboard.press("Enter")
    expect(faced.locator(f"{CROP} .told")).to_have_text("Not so.")
    faced.unroute("**/photo?**")
    faced.keyboard.press("Enter")
    expect(faced.locator(CROP)).not_to_be_visible()


def test_a_held_out_face_stands_beside_its_reconstruction(faced):
    press(faced, "held-out face")
    expect(faced.locator(f"{FIDELITY} canvas")).to_have_count(3)
    expect(faced.locator(f"{FIDELITY} .facts")).to_contain_text("SSIM")
    press(faced, "Random")
    expect(faced.locator(FIDELITY)).not_to_be_visible()


def test_a_model_without_attributes_takes_photos_too(visit, faces_studio):
    page = open_faces(visit(faces_studio).page, "model=bare")
    open_crop(page)
    page.keyboard.press("Enter")
    caption(page, "Your photo")


def test_a_photo_that_is_cancelled_is_not_taken(faced):
    before = code(faced)
    open_crop(faced)
    held = []
    faced.route("**/photo?**", lambda route: held.append(route))
    faced.keyboard.press("Enter")
    expect(faced.get_by_role("button", name="Use this face")).to_be_disabled()
    faced.keyboard.press("Escape")
    expect(faced.locator(CROP)).not_to_be_visible()
    # Neither is the next photo closed by the answer to the first one.
    open_crop(faced, photo((120, 120)))
    expect(faced.get_by_role("button", name="Use this face")).to_be_enabled()
    with faced.expect_response("**/photo?**"):
        held[0].continue_()
    faced.wait_for_timeout(300)
    expect(faced.locator(CROP)).to_be_visible()
    faced.get_by_role("button", name="cancel").click()
    settle(faced)
    assert code(faced) == pytest.approx(before)
    caption(faced, "Random face, seed 1.")
