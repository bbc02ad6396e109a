"""Films written frame by frame, opened again by other readers."""

import io
import json
import tracemalloc
import zipfile

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from studio.film_frames import COUNTS, MARK, SPACE, lay_out
from studio.film_writers import FORMATS, GifWriter, PngWriter


def frames_of(count=7, height=28, width=28, colour=False, still=False):
    """A bar that moves, or one that rests."""
    frames = np.zeros((count, height, width), dtype=np.uint8)
    for index in range(count):
        at = 0 if still else 2 * index
        frames[index, :, at : at + 4] = 200
    return np.stack([frames, frames // 2, frames // 4], axis=-1) if colour else frames


def written(format, frames, fps=30):
    file = io.BytesIO()
    film = FORMATS[format].writer(file, fps)
    for frame in frames:
        film.add(frame)
    film.close()
    return file.getvalue()


def read(format, data):
    """The frames as RGB arrays, and how many seconds they last."""
    if format == "mp4":
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            arrays = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
            return arrays, float(stream.duration * stream.time_base)
    if format == "png":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert names == [f"frame-{i + 1:04d}.png" for i in range(len(names))]
            pictures = [Image.open(io.BytesIO(archive.read(name))) for name in names]
            return [np.asarray(picture.convert("RGB")) for picture in pictures], None
    arrays, lasts = [], 0
    for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data))):
        arrays.append(np.asarray(frame.convert("RGB")))
        lasts += frame.info["duration"]
    return arrays, lasts / 1000


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("still", [False, True])
def test_every_frame_added_is_a_frame_of_the_film(format, colour, still):
    frames = frames_of(colour=colour, still=still)
    arrays, _ = read(format, written(format, frames))
    assert len(arrays) == len(frames)
    for array, frame in zip(arrays, frames, strict=True):
        wanted = frame if colour else np.stack([frame] * 3, axis=-1)
        assert np.abs(array.astype(float) - wanted).mean() < 12


@pytest.mark.parametrize("format", ["gif", "webp", "mp4"])
@pytest.mark.parametrize("fps", [7, 24, 30])
def test_a_film_lasts_as_long_as_it_should(format, fps):
    _, seconds = read(format, written(format, frames_of(11), fps))
    assert seconds == pytest.approx(11 / fps, abs=0.006)


@pytest.mark.parametrize("format", ["gif", "png"])
def test_grey_levels_come_back_as_they_were(format):
    frames = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    (array,), _ = read(format, written(format, frames))
    assert np.array_equal(array[:, :, 0], frames[0])


@pytest.mark.parametrize("format", FORMATS)
def test_odd_sides_are_no_obstacle(format):
    arrays, _ = read(format, written(format, frames_of(3, 27, 31)))
    assert {array.shape[:2] for array in arrays} == {(28, 32) if format == "mp4" else (27, 31)}


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_frames_give_the_same_bytes(format):
    assert written(format, frames_of(colour=True)) == written(format, frames_of(colour=True))


@pytest.mark.parametrize("format", FORMATS)
def test_a_film_is_not_held_in_memory(format, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)

    def most_held(count):
        with (tmp_path / "film").open("w+b") as file:
            film = FORMATS[format].writer(file, 30)
            tracemalloc.start()
            for shift in range(count):
                film.add(np.roll(noise, shift, axis=0))
            film.close()
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    assert most_held(40) < most_held(10) + noise.nbytes


def test_png_frames_come_with_what_belongs_to_them():
    file = io.BytesIO()
    film = PngWriter(file, 30, beside={"film.json": b'{"frames": 2}'})
    for frame in frames_of(2):
        film.add(frame)
    film.close()
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["film.json", "frame-0001.png", "frame-0002.png"]
        assert json.loads(archive.read("film.json")) == {"frames": 2}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width"), [(28, 28), (20, 30), (7, 5)])
def test_one_picture_fills_the_frame(channels, height, width):
    picture = np.full((1, height, width, channels), 90, dtype=np.uint8)
    frame = lay_out(picture, 280)
    assert max(frame.shape[:2]) == 280
    assert frame.shape[0] / frame.shape[1] == pytest.approx(height / width, rel=0.01)
    assert frame.ndim == (2 if channels == 1 else 3)
    assert (frame == 90).all()


def test_pictures_are_enlarged_smoothly():
    picture = np.zeros((1, 8, 8, 1), dtype=np.uint8)
    picture[:, :, 4:] = 200
    assert len(np.unique(lay_out(picture, 80))) > 5


@pytest.mark.parametrize("count", COUNTS[1:])
@pytest.mark.parametrize("side", [280, 511])
def test_a_grid_has_gaps_order_and_a_marked_middle(count, side):
    levels = np.linspace(40, 240, count).astype(np.uint8)
    pictures = np.broadcast_to(levels[:, None, None, None], (count, 28, 28, 1))
    frame = lay_out(pictures, side)
    across = round(count**0.5)
    gap = max(2, round(0.012 * side))
    cell = (side - gap * (across - 1)) // across
    assert side - across < frame.shape[0] <= side
    for index, level in enumerate(levels):
        top, left = (place * (cell + gap) for place in divmod(index, across))
        assert (frame[top : top + cell, left : left + cell] == level).all()
    middle = (across // 2) * (cell + gap)
    assert tuple(frame[middle - 1, middle + cell // 2]) == MARK
    assert tuple(frame[cell + gap // 2, 0]) == SPACE


def test_a_large_coloured_gif_keeps_its_colours():
    across, down = np.meshgrid(np.arange(300), np.arange(300))
    frame = np.stack([across * 0.8, down * 0.8, 120 + across * 0.1], axis=-1).astype(np.uint8)
    buffer = io.BytesIO()
    film = GifWriter(buffer, 10)
    film.add(frame)
    film.close()
    with Image.open(buffer) as read:
        error = np.asarray(read.convert("RGB")).astype(float) - frame
    assert np.sqrt((error**2).mean()) < 6


@pytest.mark.parametrize("format", FORMATS)
def test_a_film_that_ends_before_it_begins(format):
    FORMATS[format].writer(io.BytesIO(), 10).close()
