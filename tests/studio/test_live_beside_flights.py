"""Nobody's live picture waits for the path that somebody else asked for."""

import asyncio
import threading

import numpy as np
import pytest
import torch

from models.latent import flight
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from studio import flight_routes
from studio.flight_routes import FlightRoutes
from studio.live import DecodeService
from studio.shared import Shared
from tests.studio.test_live import run

BETWEEN = 5
"""A path of 97 pictures is decoded in seven chunks of 16, with six gaps between them."""


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("beside")
    registry = Registry(workspace, pretrained=workspace / "none")
    recipe = with_overrides(get_recipe("navigator-digits"), latent_dim=3, epochs=1)
    train_recipe(recipe, registry, name="flown")
    return registry


async def answered_until(done, service, checkpoint):
    """How many live pictures a viewer gets, one after another, until something is done."""
    count = 0
    while not done.done():
        await service.decode(checkpoint, np.zeros((1, 3), np.float32))
        count += 1
    return count


def test_live_pictures_are_answered_while_a_path_is_retimed(flown):
    async def both():
        service, checkpoint = DecodeService(), flown.open("flown")
        routes = FlightRoutes(flown, service)
        await routes.path("flown", "straight", "0,0,0", to="1,1,1")
        query = {"to": "1,1,1", "even": True}
        path = asyncio.create_task(routes.path("flown", "straight", "0,0,0", **query))
        answered = await answered_until(path, service, checkpoint)
        assert len((await path)["codes"]) > 100
        return answered

    assert run(both()) >= BETWEEN


def test_live_pictures_are_answered_while_a_path_is_measured(flown):
    async def both():
        service, checkpoint = DecodeService(), flown.open("flown")
        routes = FlightRoutes(flown, service)
        query = {"to": "1,1,1", "measure": True}
        path = asyncio.create_task(routes.path("flown", "warp", "0,0,0", **query))
        answered = await answered_until(path, service, checkpoint)
        assert (await path)["line"]["image_length"] > 0
        return answered

    assert run(both()) >= BETWEEN


@pytest.fixture
def places_found(monkeypatch):
    """Threads on which places were looked for, and how many threads torch had there."""
    found, look = [], flight.points_of_interest

    def counted(atlas):
        found.append((threading.current_thread().name.split("_")[0], torch.get_num_threads()))
        return look(atlas)

    monkeypatch.setattr(flight, "points_of_interest", counted)
    return found


def test_places_are_looked_for_once_however_many_ask_at_once(flown, places_found):
    async def six():
        routes = FlightRoutes(flown, DecodeService())
        answers = await asyncio.gather(
            *(routes.description("flown", axes) for axes in ("", "", "", "1,2,3", "3,2,1", ""))
        )
        assert len({len(answer["places"]) for answer in answers}) == 1
        await routes.description("flown")

    run(six())
    assert places_found == [("science", 1)]


def test_a_visitor_who_leaves_does_not_end_it_for_the_others(flown, places_found):
    async def two():
        routes = FlightRoutes(flown, DecodeService())
        first, second = (asyncio.create_task(routes.description("flown")) for _ in range(2))
        while not routes.places._tasks:
            await asyncio.sleep(0)
        first.cancel()
        assert (await second)["places"]
        assert first.cancelled()

    run(two())
    assert len(places_found) == 1


def test_paths_and_roads_are_drawn_on_one_thread_beside(flown, monkeypatch):
    threads, draw = [], flight_routes.draw_path

    def seen(*arguments):
        threads.append((threading.current_thread().name.split("_")[0], torch.get_num_threads()))
        return draw(*arguments)

    monkeypatch.setattr(flight_routes, "draw_path", seen)

    async def both():
        routes = FlightRoutes(flown, DecodeService())
        ask = (routes.path("flown", kind, "0,0,0", to="1,1,1") for kind in ("follow", "walk"))
        await asyncio.gather(*ask)

    run(both())
    assert threads == [("science", 1)] * 2


def test_what_failed_is_computed_again_and_the_oldest_is_forgotten():
    calls = []

    def made(key):
        async def make():
            calls.append(key)
            await asyncio.sleep(0)
            if len(calls) == 1:
                raise ValueError("the first time")
            return key

        return make

    async def act():
        kept = Shared(2)
        with pytest.raises(ValueError, match="the first time"):
            await kept.get("a", made("a"))
        for key in ("a", "b", "a", "c", "a", "b"):
            assert await kept.get(key, made(key)) == key

    run(act())
    assert calls == ["a", "a", "b", "c", "b"]


def test_the_decoder_for_science_is_the_models_own(flown):
    async def paths():
        service, checkpoint = DecodeService(), flown.open("flown")
        decode = service.decoder(checkpoint)
        codes = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            expected = checkpoint.model.decode(codes)
        found = await service.beside(lambda: decode(codes))
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
        line = flight.straight(codes[0], codes[1])
        await service.beside(lambda: flight.to_constant_image_speed(line, decode))

    run(paths())


def test_bytes_and_exact_pictures_of_one_model_are_kept_apart(flown):
    async def both():
        service, checkpoint = DecodeService(), flown.open("flown")
        decode = service.decoder(checkpoint)
        codes = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
        exact, coarse = await asyncio.gather(
            service.beside(lambda: decode(codes)),
            service.decode(checkpoint, codes.numpy(), background=True),
        )
        assert coarse.dtype == np.uint8
        assert np.abs(exact.permute(0, 2, 3, 1).numpy() * 255 - coarse).max() <= 0.51

    run(both())


def test_a_model_that_fails_is_heard_of_beside_too(flown):
    async def broken():
        service, checkpoint = DecodeService(), flown.open("flown")
        decode = service.decoder(checkpoint)
        with pytest.raises(RuntimeError):
            await service.beside(lambda: decode(torch.zeros(1, 7)))
        assert len(await service.decode(checkpoint, np.zeros((1, 3), np.float32))) == 1

    run(broken())
