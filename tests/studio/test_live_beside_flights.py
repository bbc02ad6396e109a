"""Nobody's live picture waits for the path that somebody else asked for."""

import asyncio

import numpy as np
import pytest
import torch

from models.latent import flight
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from studio.flight_routes import FlightRoutes
from studio.live import DecodeService
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
