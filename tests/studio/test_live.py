"""The contract of the live route, spoken byte by byte."""

import asyncio
import struct

import numpy as np
import pytest
import torch

from models.latent.atlas import Atlas
from models.registry import Registry
from studio.live import MAX_CODES, DecodeService
from tests.studio.coroutines import run

PIXELS = 28 * 28


def ask(socket, sequence, *codes):
    socket.send_bytes(struct.pack("<I", sequence) + np.array(codes, "<f4").tobytes())


def test_answers_with_sequence_number_and_pixels(connect, trained):
    with connect("/live/tiny") as socket:
        ask(socket, 7, 0.5, -0.25)
        answer = socket.receive_bytes()
    model = Registry(trained, pretrained=trained / "none").open("tiny").model
    expected = model.decode(torch.tensor([[0.5, -0.25]])).mul(255).add(0.5).to(torch.uint8)
    assert struct.unpack_from("<I", answer)[0] == 7
    assert np.array_equal(np.frombuffer(answer, np.uint8, offset=4), expected.flatten().numpy())


def test_same_position_gives_the_same_bytes(connect):
    answers = []
    for _ in range(2):
        with connect("/live/tiny") as socket:
            ask(socket, 1, 0.1, 0.2)
            answers.append(socket.receive_bytes())
    assert answers[0] == answers[1]


def test_many_codes_at_once_come_back_in_order(connect):
    codes = np.random.default_rng(0).normal(size=(MAX_CODES, 2)).astype("<f4")
    with connect("/live/tiny") as socket:
        ask(socket, 1, *codes.ravel())
        together = np.frombuffer(socket.receive_bytes(), np.uint8, offset=4).reshape(-1, PIXELS)
        ask(socket, 2, *codes[40])
        alone = np.frombuffer(socket.receive_bytes(), np.uint8, offset=4)
    assert len(together) == MAX_CODES
    # Batches of other sizes may round the last bit differently.
    assert np.abs(together[40].astype(int) - alone).max() <= 1


def test_what_lies_around_comes_with_the_pixels_when_asked_for(connect, registry):
    with connect("/live/tiny?density=1") as socket:
        ask(socket, 1, 0.0, 0.0, 500.0, 500.0)
        answer = socket.receive_bytes()
    end = 4 + 2 * PIXELS
    assert len(answer) == end + 2 * (4 + 4 + 1)
    (near, far), shares = np.frombuffer(answer, "<f4", 4, end).reshape(2, 2)
    assert 0 <= far < near <= 100
    assert far == 0
    around = registry.open("tiny").atlas.surroundings(torch.tensor([[0.0, 0.0], [500.0, 500.0]]))
    assert shares.tolist() == around.shares.tolist()
    assert list(answer[-2:]) == around.classes.tolist()


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (struct.pack("<I2f", 1, float("nan"), 0), "NaN"),
        (struct.pack("<I2f", 1, float("inf"), 0), "infinite"),
        (struct.pack("<I3f", 1, 0, 0, 0), "2 numbers"),
        (b"", "sequence number"),
        (b"abc", "sequence number"),
        (struct.pack("<I", 1), "1 to 64"),
        (struct.pack("<I130f", 1, *[0.0] * 130), "1 to 64"),
    ],
)
def test_a_bad_message_gets_one_sentence_and_the_connection_lives(connect, message, word):
    with connect("/live/tiny") as socket:
        socket.send_bytes(message)
        sentence = socket.receive_json()["error"]
        assert word in sentence
        assert sentence.count(". ") == 0
        ask(socket, 9, 0.0, 0.0)
        assert struct.unpack_from("<I", socket.receive_bytes())[0] == 9


def test_text_is_a_bad_message_too(connect):
    with connect("/live/tiny") as socket:
        socket.send_text("hello")
        assert "error" in socket.receive_json()


def test_huge_positions_are_decoded_without_harm(connect):
    with connect("/live/tiny?density=1") as socket:
        ask(socket, 1, 3e38, -3e38)
        assert len(socket.receive_bytes()) == 4 + PIXELS + 9


@pytest.mark.parametrize("name", ["nothing", "%2e%2e", "a%00b", "x" * 100])
def test_an_unknown_checkpoint_says_so_and_closes(connect, name):
    with connect(f"/live/{name}") as socket:
        assert "checkpoint" in socket.receive_json()["error"]
        assert socket.receive()["code"] == 4404


@pytest.mark.parametrize("device", ["cuda", "abacus", ""])
def test_a_device_that_is_not_there_is_named_and_the_connection_closed(
    connect, monkeypatch, device
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with connect(f"/live/tiny?device={device}") as socket:
        assert "device" in socket.receive_json()["error"]
        assert socket.receive()["code"] == 4404


def test_a_viewer_may_choose_the_device(connect, monkeypatch):
    opened, open_checkpoint = [], Registry.open

    def noted(registry, name, device=None):
        opened.append(device)
        return open_checkpoint(registry, name, device)

    monkeypatch.setattr(Registry, "open", noted)
    answers = []
    for query in ("", "?device=cpu"):
        with connect(f"/live/tiny{query}") as socket:
            ask(socket, 1, 0.1, 0.2)
            answers.append(socket.receive_bytes())
    assert opened == [None, "cpu"]
    assert answers[0] == answers[1]


def test_viewers_do_not_see_each_other(connect):
    with (
        connect("/live/tiny") as first,
        connect("/live/tiny") as second,
    ):
        ask(first, 1, -1.0, 0.0)
        ask(second, 2, 1.0, 0.5)
        pixels = [socket.receive_bytes() for socket in (first, second)]
    assert [struct.unpack_from("<I", p)[0] for p in pixels] == [1, 2]
    assert pixels[0][4:] != pixels[1][4:]


def test_a_live_picture_does_not_wait_for_a_map(registry):
    async def both():
        service, checkpoint = DecodeService(), registry.open("tiny")
        many = service.decode(checkpoint, np.zeros((1024, 2), np.float32), background=True)
        background = asyncio.create_task(many)
        await asyncio.sleep(0)
        live = await service.decode(checkpoint, np.zeros((1, 2), np.float32))
        assert live.shape == (1, 28, 28, 1)
        assert not background.done()
        assert (await background).shape == (1024, 28, 28, 1)

    run(both())


def test_what_lies_around_many_codes_is_looked_up_in_parts(connect, monkeypatch):
    asked, surroundings = [], Atlas.surroundings

    def counted(atlas, z):
        asked.append(len(z))
        return surroundings(atlas, z)

    monkeypatch.setattr(Atlas, "surroundings", counted)
    with connect("/live/tiny?density=1") as socket:
        ask(socket, 1, *[0.25] * (2 * MAX_CODES))
        answer = socket.receive_bytes()
    assert len(answer) == 4 + MAX_CODES * (PIXELS + 9)
    assert sum(asked) == MAX_CODES
    assert max(asked) <= 8


def test_what_lies_around_is_the_same_in_parts(registry):
    async def both():
        service, checkpoint = DecodeService(), registry.open("tiny")
        codes = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
        found = await service.surroundings(checkpoint, codes)
        around = checkpoint.atlas.surroundings(torch.from_numpy(codes))
        assert found["percentile"].tolist() == around.percentiles.tolist()
        assert found["share"].tolist() == around.shares.tolist()
        assert found["label"].tolist() == around.classes.tolist()

    run(both())


@pytest.mark.parametrize("large", ["surroundings", "decode"])
def test_a_viewer_does_not_wait_for_all_that_another_one_asked_for(registry, large):
    async def both():
        service, checkpoint = DecodeService(), registry.open("tiny")
        codes = np.zeros((4 * MAX_CODES, 2), np.float32)
        others = asyncio.create_task(getattr(service, large)(checkpoint, codes))
        await asyncio.sleep(0)
        assert len(await service.decode(checkpoint, codes[:1])) == 1
        assert not others.done()
        assert len(await others) == len(codes)

    run(both())


def test_what_nobody_waits_for_any_more_is_not_computed(registry):
    async def left():
        service, checkpoint = DecodeService(), registry.open("tiny")
        batches, run = [], service.run

        async def counted(work):
            batches.append(work)
            return await run(work)

        service.run = counted
        gone = asyncio.create_task(service.decode(checkpoint, np.zeros((1024, 2), np.float32)))
        await asyncio.sleep(0)
        gone.cancel()
        assert len(await service.decode(checkpoint, np.zeros((1, 2), np.float32))) == 1
        assert len(batches) <= 2
        await service._worker
        assert len(batches) <= 2

    run(left())


def test_requests_of_many_viewers_are_decoded_together_and_kept_apart(registry):
    async def everybody():
        service, checkpoint = DecodeService(), registry.open("tiny")
        codes = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
        together = await asyncio.gather(*(service.decode(checkpoint, z[None]) for z in codes))
        alone = [await service.decode(checkpoint, z[None]) for z in codes]
        # Batches of other sizes may round the last bit differently.
        assert np.abs(np.array(together, int) - np.array(alone, int)).max() <= 1

    run(everybody())


def test_an_error_while_decoding_reaches_the_one_who_asked(registry):
    async def broken():
        service, checkpoint = DecodeService(), registry.open("tiny")
        with pytest.raises(RuntimeError):
            await service.decode(checkpoint, np.zeros((1, 5), np.float32))
        assert len(await service.decode(checkpoint, np.zeros((1, 2), np.float32))) == 1

    run(broken())


def test_what_would_take_gigabytes_is_refused_in_a_sentence(registry, monkeypatch):
    monkeypatch.setattr("studio.live.MOST_VALUES", 1024 * 28 * 28)

    async def ask():
        service, checkpoint = DecodeService(), registry.open("tiny")
        with pytest.raises(ValueError, match="1,025 pictures of 28 x 28 are too many"):
            await service.decode(checkpoint, np.zeros((1025, 2), np.float32))
        return await service.decode(checkpoint, np.zeros((1024, 2), np.float32))

    assert len(run(ask())) == 1024


def test_a_map_does_not_starve_beside_busy_viewers(registry):
    async def busy():
        service, checkpoint = DecodeService(), registry.open("tiny")
        many = service.decode(checkpoint, np.zeros((64, 2), np.float32), background=True)
        background = asyncio.create_task(many)
        for _ in range(200):
            await service.decode(checkpoint, np.zeros((16, 2), np.float32))
            if background.done():
                return True
        return False

    assert run(busy())
