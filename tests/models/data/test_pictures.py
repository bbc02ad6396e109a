import io
import struct
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from models.data.pictures import Box, PictureError, as_digit, as_square, read_picture


def saved(picture, format, **options):
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def png_that_claims(width, height):
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(100))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def noise(size=(40, 30)):
    return Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    )


def drawing(ground=255, ink=0, at=(60, 40), scale=1.0):
    picture = Image.new("L", (300, 300), ground)
    draw = ImageDraw.Draw(picture)
    x, y = at
    draw.line([(x, y), (x + 80 * scale, y), (x + 30 * scale, y + 150 * scale)], ink, 14)
    return picture


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_reads_the_formats(format, mode):
    picture = read_picture(saved(noise().convert(mode), format))
    assert picture.size == (40, 30)
    assert picture.mode in ("L", "RGB")


@pytest.mark.parametrize("format", ["TIFF", "ICO", "PPM"])
def test_other_formats_are_not_even_tried(format):
    with pytest.raises(PictureError, match="choose a PNG, JPEG, WebP, GIF or BMP"):
        read_picture(saved(noise(), format))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(saved(Image.new("L", (5000, 4000)), "PNG"), id="zeros-png"),
        pytest.param(saved(Image.new("L", (5000, 4000)), "WEBP", lossless=True), id="zeros-webp"),
        pytest.param(png_that_claims(5000, 4000), id="header-only"),
        pytest.param(png_that_claims(100_000, 100_000), id="beyond-pillow"),
    ],
)
def test_too_many_pixels_are_refused_before_decoding(data, monkeypatch):
    def decode(self):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    monkeypatch.setattr("PIL.WebPImagePlugin.WebPImageFile.load", decode)
    with pytest.raises(PictureError, match="pixels"):
        read_picture(data)


def test_long_files_are_refused_unread():
    with pytest.raises(PictureError, match=r"11\.0 MB where 10 MB"):
        read_picture(bytes(11_000_000))


@pytest.mark.parametrize("data", [b"name,age\nAda,36\n", b"<svg/>", b"%PDF-1.7", bytes(100)])
def test_what_is_no_picture_is_said_so(data):
    with pytest.raises(PictureError, match="not a picture that can be read"):
        read_picture(data)


def test_nothing_is_said_so():
    with pytest.raises(PictureError, match="empty"):
        read_picture(b"")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP"])
def test_half_a_picture_is_said_so(format):
    whole = saved(noise(), format)
    with pytest.raises(PictureError, match=r"damaged or cut off|not a picture"):
        read_picture(whole[: len(whole) // 2])


@settings(max_examples=150, deadline=None)
@given(
    format=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]),
    position=st.floats(0, 1, exclude_max=True),
    patch=st.binary(min_size=1, max_size=8),
)
def test_damage_never_raises_anything_else(format, position, patch):
    data = bytearray(saved(noise((12, 9)), format))
    start = int(position * len(data))
    data[start : start + len(patch)] = patch
    try:
        picture = read_picture(bytes(data))
    except PictureError:
        return
    assert picture.mode in ("L", "RGB")


def test_an_animated_gif_gives_its_first_frame():
    red, blue = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    picture = read_picture(saved(red, "GIF", save_all=True, append_images=[blue]))
    assert picture.convert("RGB").getpixel((4, 4)) == (255, 0, 0)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_one_that_moves_is_refused_where_it_must_keep_still(format):
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 255)]
    moving = saved(frames[0], format, save_all=True, append_images=frames[1:])
    with pytest.raises(PictureError, match="animated"):
        read_picture(moving, still=True)
    assert read_picture(saved(noise(), format), still=True).size == (40, 30)


def test_a_phones_picture_with_a_second_one_inside_keeps_still():
    data = saved(noise(), "MPO", save_all=True, append_images=[noise()])
    assert read_picture(data, still=True).size == (40, 30)


def test_the_cameras_orientation_is_applied():
    picture = Image.new("L", (20, 10))
    picture.paste(255, (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = read_picture(saved(picture, "PNG", exif=exif))
    assert upright.size == (10, 20)
    assert upright.getpixel((5, 2)) == 255
    assert upright.getpixel((5, 17)) == 0


def test_transparent_becomes_white():
    picture = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    picture.putpixel((1, 1), (0, 0, 255, 255))
    flat = read_picture(saved(picture, "PNG"))
    assert flat.getpixel((0, 0)) == (255, 255, 255)
    assert flat.getpixel((1, 1)) == (0, 0, 255)


def test_sixteen_bits_of_grey_are_scaled_not_clipped():
    deep = Image.fromarray(np.full((4, 4), 0x8080, dtype=np.uint16))
    assert read_picture(saved(deep, "PNG")).getpixel((0, 0)) == 128


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(40, 30), (30, 40), (1, 50)])
def test_as_square_has_the_shape_asked_for(channels, size):
    square = as_square(noise(size), 16, channels)
    assert square.shape == (channels, 16, 16)
    assert square.dtype == torch.uint8


def test_as_square_takes_the_centre_and_no_other_channels():
    picture = Image.new("RGB", (30, 10), "red")
    picture.paste("blue", (10, 0, 20, 10))
    red, _, blue = as_square(picture, 8, 3).float().mean((1, 2)).tolist()
    # The filter reaches a little over the edge of the square.
    assert red < 4 < 250 < blue
    with pytest.raises(ValueError, match="1 or 3 channels"):
        as_square(picture, 8, 4)


@pytest.mark.parametrize("channels", [1, 3])
def test_as_square_takes_the_box_that_it_is_given(channels):
    picture = noise()
    found = as_square(picture, 10, channels, Box(7, 4, 20))
    wanted = as_square(picture.crop((7, 4, 27, 24)), 10, channels)
    torch.testing.assert_close(found[:, 3:-3, 3:-3], wanted[:, 3:-3, 3:-3], atol=1, rtol=0)


@pytest.mark.parametrize("box", [Box(-0.4, 0, 30), Box(10.4, 0.2, 29.9), Box(0, 0, 30.7)])
def test_as_square_forgives_what_was_rounded(box):
    assert as_square(noise(), 8, 3, box).shape == (3, 8, 8)


@pytest.mark.parametrize(
    "box", [Box(-2, 0, 20), Box(0, 11.5, 20), Box(21, 0, 20), Box(0, 0, float("inf"))]
)
def test_as_square_refuses_a_box_that_leaves_the_picture(box):
    with pytest.raises(PictureError, match="40 x 30 pixels"):
        as_square(noise(), 8, 3, box)


@pytest.mark.parametrize("side", [0, -5, 0.5, float("nan")])
def test_as_square_refuses_a_box_without_a_size(side):
    with pytest.raises(PictureError, match="at least a pixel"):
        as_square(noise(), 8, 3, Box(3, 3, side))


def test_as_digit_has_mnists_form():
    digit = as_digit(drawing())
    assert digit.shape == (1, 28, 28)
    assert digit.dtype == torch.uint8
    assert digit.max() == 255
    filled = (digit[0] > 50).nonzero()
    extent = filled.amax(0) - filled.amin(0) + 1
    assert 19 <= extent.max() <= 21
    mass = digit[0].double()
    centre = [(mass.sum(1 - axis) @ torch.arange(28.0).double() / mass.sum()) for axis in (0, 1)]
    assert all(abs(c - 14) <= 0.6 for c in centre)


@pytest.mark.parametrize(
    "other",
    [
        drawing(0, 255),
        drawing(230, 60),
        drawing(90, 10),
        drawing(at=(150, 120)),
        drawing(scale=1.01),
    ],
    ids=["inverted", "faint", "dark-ground", "moved", "larger"],
)
def test_as_digit_does_not_care_how_it_was_drawn(other):
    difference = as_digit(drawing()).float() - as_digit(other).float()
    assert difference.abs().mean() < 6


def test_as_digit_keeps_a_digit_that_has_the_form_already():
    digit = as_digit(drawing())
    again = as_digit(Image.fromarray(digit[0].numpy()))
    assert (digit.float() - again.float()).abs().mean() < 6


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_as_digit_refuses_a_blank(shade):
    picture = Image.new("L", (50, 50), shade)
    picture.putpixel((20, 20), min(shade + 3, 255))
    with pytest.raises(PictureError, match="blank"):
        as_digit(picture)
