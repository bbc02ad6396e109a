"""The routes of films, without a browser."""

import asyncio
import io
import json
import shutil
import time
import zipfile

import av
import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from PIL import Image

from models.registry import Registry
from studio import film_rendering, films
from studio.app import parameter_error
from studio.doors.guard import Guard
from studio.films import Films
from studio.flight_films import MOST_BODY_BYTES, MOST_FRAMES, FilmRoutes
from studio.flight_routes import FlightRoutes
from studio.live import DecodeService
from studio.routes import error_response
from tests.studio.flights import flight


@pytest.fixture
def client(flown):
    """The studio's doors and routes without its pages, fresh for each test."""
    registry, service = (
        Registry(flown, pretrained=flown / "none"),
        DecodeService(),
    )
    app = FastAPI()
    app.add_middleware(Guard)
    app.add_exception_handler(ValueError, error_response)
    app.add_exception_handler(RequestValidationError, parameter_error)
    app.include_router(FlightRoutes(registry, service).router())
    app.include_router(FilmRoutes(registry, Films(service)).router())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def held(monkeypatch):
    """Hold all decoding back until released."""
    gate = asyncio.Event()
    decode = DecodeService.decode

    async def waiting(self, *arguments, **options):
        await gate.wait()
        return await decode(self, *arguments, **options)

    monkeypatch.setattr(DecodeService, "decode", waiting)
    return gate


def order(client, codes, **query):
    query = {"side": 64, "count": codes.shape[1]} | query
    return client.post("/flight/flown/films", params=query, content=codes.tobytes())


def finished(client, film):
    for _ in range(600):
        film = client.get(f"/films/{film['id']}").json()
        if film["state"] in ("ready", "failed"):
            return film
        time.sleep(0.02)
    raise AssertionError(f"The film is still not done: {film}")


def made(client, codes, **query):
    answer = order(client, codes, **query)
    assert answer.status_code == 200, answer.json()
    film = finished(client, answer.json())
    assert film["state"] == "ready", film["sentence"]
    assert film["done"] == film["frames"] == len(codes)
    file = client.get(f"/films/{film['id']}/file")
    assert file.headers["content-disposition"] == f'attachment; filename="{film["name"]}"'
    assert len(file.content) == film["size"]
    return file


def frames_of(data):
    with av.open(io.BytesIO(data)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.mark.parametrize("count", [1, 9, 25, 49])
def test_a_flight_becomes_a_film(client, count):
    file = made(client, flight(37, count), fps=24, title="tour", side=96)
    assert file.headers["content-type"] == "video/mp4"
    assert "flown-tour-37.mp4" in file.headers["content-disposition"]
    assert frames_of(file.content) == 37


@pytest.mark.parametrize("format", ["webp", "gif"])
def test_animations_have_their_frames_too(client, format):
    data = made(client, flight(12), format=format).content
    assert Image.open(io.BytesIO(data)).n_frames == 12


def test_png_frames_come_with_their_codes(client):
    codes = flight(5, 9)
    data = made(client, codes, format="png").content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 5
        with np.load(io.BytesIO(archive.read("codes.npz")), allow_pickle=False) as kept:
            assert np.array_equal(kept["codes"], codes)
        assert json.loads(archive.read("film.json"))["checkpoint"] == "flown"


@pytest.mark.parametrize("format", ["png", "mp4", "gif", "webp"])
def test_the_same_seed_gives_the_same_film(client, format):
    """The walk of one seed, drawn and filmed twice, the second time beside other films."""

    def walk():
        query = {"kind": "walk", "at": "0,0,0", "seed": 7}
        codes = np.array(client.get("/flight/flown/path", params=query).json()["codes"], "<f4")
        return codes[:200, np.newaxis]

    first = made(client, walk(), format=format).content
    order(client, flight(33, 9, seed=5))
    assert made(client, walk(), format=format).content == first


@pytest.mark.parametrize(
    ("query", "body", "said"),
    [
        ({}, b"", "no whole number of frames"),
        ({}, b"123", "no whole number of frames"),
        ({"count": 9}, flight(10).tobytes(), "no whole number of frames"),
        ({"count": 4}, flight(4).tobytes(), "1, 9, 25 or 49"),
        ({"count": 0}, flight(4).tobytes(), "1, 9, 25 or 49"),
        ({}, np.full((2, 3), np.nan, "<f4").tobytes(), "NaN"),
        ({}, np.full((2, 3), np.inf, "<f4").tobytes(), "NaN or beyond"),
        ({}, flight(MOST_FRAMES + 1).tobytes(), f"at most {MOST_FRAMES} frames"),
        ({}, bytes(MOST_BODY_BYTES + 4), "MB"),
        ({"fps": 0}, flight().tobytes(), "fps"),
        ({"fps": 51}, flight().tobytes(), "fps"),
        ({"side": 5000}, flight().tobytes(), "side"),
        ({"format": "exe"}, flight().tobytes(), "format"),
        ({"title": "../up"}, flight().tobytes(), "title"),
    ],
)
def test_what_cannot_be_filmed_is_said_in_a_sentence(client, query, body, said):
    answer = client.post("/flight/flown/films", params=query, content=body)
    assert answer.status_code == 422
    assert said in answer.json()["error"]


def test_a_film_of_no_model_is_refused(client):
    answer = client.post("/flight/nothing/films", content=flight().tobytes())
    assert answer.status_code == 404
    assert "nothing" in answer.json()["error"]


@pytest.mark.parametrize("way", ["", "/file"])
def test_a_foreign_id_leads_to_nothing(client, way):
    film = order(client, flight()).json()
    assert len(film["id"]) >= 22
    for guess in ("0", film["id"][:-1], film["id"] + "A", "..%2f..%2fetc%2fpasswd"):
        answer = client.get(f"/films/{guess}{way}")
        assert answer.status_code == 404
    assert client.delete("/films/0").status_code == 404


def test_another_site_can_order_and_cancel_nothing(client):
    film = order(client, flight()).json()
    foreign = {"Origin": "http://evil.example"}
    body = flight().tobytes()
    assert client.post("/flight/flown/films", content=body, headers=foreign).status_code == 403
    assert client.delete(f"/films/{film['id']}", headers=foreign).status_code == 403
    assert finished(client, film)["state"] == "ready"


def test_an_unfinished_film_has_no_file(client, held):
    film = order(client, flight()).json()
    answer = client.get(f"/films/{film['id']}/file")
    assert answer.status_code == 404
    assert "not finished" in answer.json()["error"]


def test_so_many_films_are_made_at_once_and_no_more(client, held):
    started = [order(client, flight()).json() for _ in range(films.MOST_UNFINISHED)]
    answer = order(client, flight())
    assert answer.status_code == 422
    assert "already" in answer.json()["error"]
    client.portal.call(held.set)
    assert {finished(client, film)["state"] for film in started} == {"ready"}
    assert order(client, flight()).status_code == 200


def test_a_cancelled_film_is_gone_and_makes_room(client, held):
    started = [order(client, flight()).json() for _ in range(films.MOST_UNFINISHED)]
    for film in started:
        assert client.delete(f"/films/{film['id']}").status_code == 200
        assert client.get(f"/films/{film['id']}").status_code == 404
    client.portal.call(held.set)
    made(client, flight())


def test_a_model_deleted_in_mid_film_does_not_spoil_it(client, flown, held):
    folder, aside = flown / "checkpoints" / "flown", flown / "aside"
    film = order(client, flight(20)).json()
    shutil.move(folder, aside)
    try:
        client.portal.call(held.set)
        assert finished(client, film)["state"] == "ready"
        again = order(client, flight(20))
        assert again.status_code == 404
        assert "flown" in again.json()["error"]
    finally:
        shutil.move(aside, folder)


def test_a_decoder_that_fails_is_said(client, monkeypatch):
    async def fail(self, *arguments, **options):
        raise RuntimeError("no memory left")

    monkeypatch.setattr(DecodeService, "decode", fail)
    film = finished(client, order(client, flight()).json())
    assert film["state"] == "failed"
    assert "log" in film["sentence"]


def test_a_full_disk_is_said(client, monkeypatch):
    def full(self, *arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.film_writers.GifWriter.add", full)
    film = finished(client, order(client, flight(), format="gif").json())
    assert film["state"] == "failed"
    assert "No space left on device" in film["sentence"]


def test_a_film_that_grows_too_large_ends_with_advice(client, monkeypatch):
    monkeypatch.setattr(film_rendering, "MOST_BYTES", 20_000)
    film = finished(client, order(client, flight(100), format="gif", side=280).json())
    assert film["state"] == "failed"
    assert film["done"] < 100
    assert "choose MP4" in film["sentence"]
