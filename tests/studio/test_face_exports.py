"""Morphs as files: how large they may be, what making them needs, and who waits for whom."""

import asyncio
import io
import tracemalloc
from threading import Event

import av
import numpy as np
import pytest
import torch
from PIL import Image

from studio import face_exports
from studio.face_exports import MOST_PIXELS, Abandoned, export_morph, require_room
from studio.face_requests import ExportRequest
from studio.live import DecodeService
from studio.waiting import MOST_WAITING, Busy
from tests.studio.coroutines import run
from tests.studio.faces import SIZE
from tests.studio.samplers import refusal

A, B, C = ([value] * SIZE for value in (0.0, 2.0, 1.0))


@pytest.mark.parametrize(("kind", "count"), [("gif", 3), ("webp", 3), ("mp4", 3), ("png", 4)])
def test_a_film_of_a_closed_way_shows_its_beginning_once(ask, kind, count):
    order = {"codes": [A, B, C], "closed": True, "steps": 4, "side": 64}
    answer = ask(f"faces/export/{kind}", order)
    if kind == "mp4":
        with av.open(io.BytesIO(answer.content)) as film:
            assert len(list(film.decode(video=0))) == count
        return
    with Image.open(io.BytesIO(answer.content)) as film:
        assert getattr(film, "n_frames", 1) == (1 if kind == "png" else count)
        assert film.size[0] == (64 * count if kind == "png" else 64)


@pytest.mark.parametrize(
    ("kind", "changes", "most"),
    [
        ("gif", {"bounce": True}, 258),
        ("webp", {}, 365),
        ("mp4", {"steps": 200}, 400),
        ("png", {}, 258),
    ],
)
def test_what_would_be_too_large_is_refused_at_once(ask, monkeypatch, kind, changes, most):
    def decode(*_, **__):
        raise AssertionError

    monkeypatch.setattr(DecodeService, "decode", decode)
    asked = {"codes": [A, B], "steps": 240, "side": 512} | changes
    said = refusal(ask(f"faces/export/{kind}", asked))
    assert f"at most {most} pixels" in said
    frames = 478 if asked.get("bounce") else asked["steps"]
    assert frames * most**2 <= MOST_PIXELS[kind] < frames * (most + 1) ** 2


def test_the_longest_film_of_the_usual_size_is_not_too_large():
    asked = ExportRequest(codes=[A, B], steps=240, bounce=True)
    for kind in ("gif", "webp", "mp4", "png", "npz"):
        require_room(kind, asked, (3, 64, 64))


def test_a_strip_holds_one_large_frame_at_a_time():
    """Beside its sheet, which Pillow keeps where this does not look."""
    asked = ExportRequest(codes=[A, B], steps=60, side=512)
    frames = np.zeros((60, 64, 64, 3), np.uint8)
    tracemalloc.start()
    export_morph("png", asked, torch.zeros(60, SIZE), frames)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


def test_a_strip_that_nobody_waits_for_any_more_is_given_up_half_way(monkeypatch):
    gone, made = Event(), []

    def lay_out(pictures, side):
        made.append(side)
        gone.set()
        return pictures[0]

    monkeypatch.setattr(face_exports, "lay_out", lay_out)
    asked = ExportRequest(codes=[A, B], steps=4)
    with pytest.raises(Abandoned):
        export_morph("png", asked, torch.zeros(4, SIZE), np.zeros((4, 64, 64, 3), np.uint8), gone)
    assert len(made) == 1


def test_a_held_out_face_does_not_wait_for_films():
    begun, end = Event(), Event()

    def film():
        begun.set()
        return end.wait(30)

    async def both():
        service = DecodeService()
        making = asyncio.ensure_future(service.to_a_file(film))
        await asyncio.to_thread(begun.wait, 30)
        face = await asyncio.wait_for(service.at_length(lambda: "face"), 20)
        end.set()
        return face, await making

    assert run(both()) == ("face", True)


def test_too_much_at_once_is_told_in_words_that_fit_whatever_it_is():
    end = Event()

    async def crowd():
        service = DecodeService()
        many = [asyncio.ensure_future(service.to_a_file(end.wait)) for _ in range(MOST_WAITING + 1)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as busy:
            await service.to_a_file(end.wait)
        end.set()
        await asyncio.gather(*many)
        return str(busy.value)

    said = run(crowd())
    assert "fit" not in said
    assert said.endswith("in a minute.")
