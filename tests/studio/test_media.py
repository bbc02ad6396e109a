import io

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from studio.media import EXPORTS, codes_npz, export, gif, mp4, strip, webp


def film(count=6, height=28, width=28, colour=False):
    """A bar that moves, so that no two frames are the same and none is merged away."""
    frames = np.zeros((count, height, width), dtype=np.uint8)
    for index in range(count):
        frames[index, :, 2 * index : 2 * index + 4] = 200
    return np.stack([frames, frames // 2, frames // 4], axis=-1) if colour else frames


def opened(data):
    """The frames; each is copied, because Pillow reads the next into the same picture."""
    return [frame.convert("RGB") for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(("make", "format"), [(gif, "GIF"), (webp, "WEBP")])
@pytest.mark.parametrize(("there_and_back", "count"), [(False, 6), (True, 10)])
def test_animations_open_again(make, format, colour, there_and_back, count):
    picture = Image.open(
        io.BytesIO(make(film(colour=colour), fps=10, forth_and_back=there_and_back))
    )
    assert picture.format == format
    assert picture.n_frames == count
    assert picture.size == (280, 280)
    assert picture.info["loop"] == 0
    picture.seek(1)
    picture.load()
    assert picture.info["duration"] == 100


@pytest.mark.parametrize("make", [gif, webp])
def test_grey_pixels_come_back_as_they_were(make):
    frames = film()
    for frame, picture in zip(frames, opened(make(frames, scale=3)), strict=True):
        assert np.array_equal(np.asarray(picture.convert("L"))[1::3, 1::3], frame)


def test_webp_keeps_colours_exactly():
    frames = film(colour=True)
    for frame, picture in zip(frames, opened(webp(frames, scale=1)), strict=True):
        assert np.array_equal(np.asarray(picture), frame)


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(("height", "width", "size"), [(28, 28, (280, 280)), (27, 31, (310, 270))])
def test_mp4_opens_again(colour, height, width, size):
    with av.open(io.BytesIO(mp4(film(6, height, width, colour), fps=24))) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
    assert stream.codec_context.name == "h264"
    assert stream.codec_context.pix_fmt == "yuv420p"
    assert stream.average_rate == 24
    assert (len(frames), (frames[0].width, frames[0].height)) == (6, size)
    assert frames[0].to_ndarray(format="rgb24")[5, 5, 0] > 180


def test_mp4_makes_odd_sides_even():
    with av.open(io.BytesIO(mp4(film(3, 27, 31), scale=1))) as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height) == (32, 28)


@pytest.mark.parametrize("make", [gif, webp, mp4, strip])
def test_one_frame_is_enough(make):
    assert len(make(film(1))) > 50


def test_strip_shows_all_frames_in_reading_order():
    frames = film(5, 8, 6)
    row = np.asarray(Image.open(io.BytesIO(strip(frames, scale=1))))
    assert np.array_equal(row, np.concatenate(list(frames), axis=1))
    sheet = np.asarray(Image.open(io.BytesIO(strip(frames, scale=1, columns=3))))
    assert sheet.shape == (16, 18)
    assert np.array_equal(sheet[8:, 6:12], frames[4])
    assert (sheet[8:, 12:] == 255).all()


def test_npz_loads_without_pickle():
    arrays = {"codes": np.eye(3, dtype=np.float32), "names": np.array(["one", "two"])}
    with np.load(io.BytesIO(codes_npz(arrays)), allow_pickle=False) as loaded:
        assert sorted(loaded.files) == ["codes", "names"]
        assert np.array_equal(loaded["codes"], arrays["codes"])
        assert loaded["names"].tolist() == ["one", "two"]


@pytest.mark.parametrize("name", ["", "../up", "a b", "file", "allow_pickle", "x\n"])
def test_npz_refuses_names_that_are_no_identifiers(name):
    with pytest.raises(ValueError, match="cannot name an array"):
        codes_npz({name: np.zeros(1)})


def test_npz_refuses_objects():
    with pytest.raises(ValueError, match="Python objects"):
        codes_npz({"codes": np.array([{}, None])})


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_export_gives_its_own_kind_of_bytes(kind):
    made = export(kind, film(), {"codes": np.zeros((6, 2))}, fps=12, forth_and_back=True)
    assert made.suffix == f".{kind}"
    assert made.media_type == EXPORTS[kind].media_type
    magic = {"gif": b"GIF89a", "webp": b"RIFF", "png": b"\x89PNG", "npz": b"PK"}
    assert b"ftyp" in made.data[:12] if kind == "mp4" else made.data.startswith(magic[kind])


@pytest.mark.parametrize("kind", EXPORTS)
def test_the_same_way_gives_the_same_bytes(kind):
    first, again = (export(kind, film(), {"codes": np.zeros(3)}).data for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("frames", "options", "complaint"),
    [
        (film().astype(np.float32), {}, "Frames must be uint8"),
        (film()[0], {}, "Frames must be uint8"),
        (film()[:0], {}, "Frames must be uint8"),
        (np.zeros((2, 4, 4, 2), np.uint8), {}, "Frames must be uint8"),
        (film(), {"fps": 0}, "choose 1 to 50"),
        (film(), {"fps": 60}, "choose 1 to 50"),
        (film(), {"scale": 0}, "choose a smaller one"),
        (film(), {"scale": 5000}, "choose a smaller one"),
    ],
)
def test_refuses_what_cannot_be_made(frames, options, complaint):
    with pytest.raises(ValueError, match=complaint):
        gif(frames, **options)


def test_refuses_kinds_and_columns_that_do_not_exist():
    with pytest.raises(ValueError, match="choose one of gif, webp, mp4, png, npz"):
        export("exe", film(), {})
    with pytest.raises(ValueError, match="at least 1"):
        strip(film(), columns=0)
