"""Room for programs: some are let in, some wait, and the rest are told so."""

import asyncio

import pytest

from studio.endpoints.endpoint import Room
from studio.waiting import Busy
from tests.studio.coroutines import run


def test_more_than_fit_are_refused_and_room_is_free_again():
    async def crowd():
        room, inside, most = Room(at_once=2, waiting=1), 0, 0
        free = asyncio.Event()

        async def work():
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await free.wait()
            inside -= 1
            return {}

        asked = [asyncio.create_task(room.run(work)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="Too many programs"):
            await room.run(work)
        free.set()
        assert await asyncio.gather(*asked) == [{}] * 3
        assert most == 2
        assert await room.run(work) == {}

    run(crowd())
