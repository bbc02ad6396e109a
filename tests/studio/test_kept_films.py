"""How films are kept, given up and ended, without routes."""

import asyncio
import gc
import threading

import pytest

from models.registry import Registry
from studio import film_rendering, films
from studio.film_rendering import Film
from studio.film_writers import GifWriter
from studio.films import Films, UnknownFilm
from studio.live import DecodeService
from tests.studio.coroutines import run
from tests.studio.flights import flight


def run_films(flown, act, **options):
    """Run a coroutine with the films of a studio without routes."""
    registry = Registry(flown, pretrained=flown / "none")

    async def whole():
        kept = Films(DecodeService(), **options)
        try:
            return await act(kept, registry.open("flown"))
        finally:
            await kept.close()

    return run(whole())


class Slow:
    """A writer whose first frame takes until its film is closed, or a while."""

    def __init__(self, monkeypatch):
        self.entered, self.adding, self.closed = threading.Event(), False, threading.Event()
        self.closed_while_adding = []
        add, close = GifWriter.add, GifWriter.close

        def slow_add(writer, frame):
            self.adding = True
            self.entered.set()
            self.closed.wait(0.5)
            add(writer, frame)
            self.adding = False

        def seen_close(writer):
            self.closed_while_adding.append(self.adding)
            self.closed.set()
            close(writer)

        monkeypatch.setattr(GifWriter, "add", slow_add)
        monkeypatch.setattr(GifWriter, "close", seen_close)


def film_of(checkpoint, frames=3):
    return Film(
        checkpoint=checkpoint,
        codes_TKD=flight(frames),
        format="gif",
        fps=10,
        side=64,
        title="flight",
        frames=frames,
    )


async def until(state):
    for _ in range(1500):
        if state():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("It did not come to that.")


def test_files_are_removed_in_time(flown):
    async def act(kept, checkpoint):
        film = film_of(checkpoint)
        kept.start(film)
        await until(lambda: film.state == "ready")
        assert kept.path(film).is_file()
        await until(lambda: not kept.path(film).exists())
        with pytest.raises(UnknownFilm, match="no longer"):
            kept.get(film.id)

    run_films(flown, act, keep_seconds=0.3)


def test_only_the_newest_files_are_kept(flown, monkeypatch):
    monkeypatch.setattr(films, "MOST_KEPT", 2)

    async def act(kept, checkpoint):
        made = [film_of(checkpoint) for _ in range(4)]
        for film in made:
            kept.start(film)
            await until(lambda film=film: film.state == "ready")
        assert [kept.path(film).exists() for film in made] == [False, False, True, True]
        monkeypatch.setattr(films, "MOST_KEPT_BYTES", made[-1].size)
        last = film_of(checkpoint)
        kept.start(last)
        await until(lambda: last.state == "ready")
        assert [kept.path(film).exists() for film in (*made, last)] == [False] * 4 + [True]

    run_films(flown, act)


def test_a_film_that_nobody_waits_for_is_given_up(flown, monkeypatch):
    monkeypatch.setattr(film_rendering, "ABANDONED_SECONDS", -1.0)

    async def act(kept, checkpoint):
        film = film_of(checkpoint, 500)
        kept.start(film)
        path = kept.path(film)
        await until(lambda: not kept._making)
        assert film.done < 500
        assert not path.exists()
        with pytest.raises(UnknownFilm):
            kept.get(film.id)

    run_films(flown, act)


def test_nothing_stays_behind_when_the_studio_closes(flown):
    async def act(kept, checkpoint):
        film = film_of(checkpoint)
        kept.start(film)
        await until(lambda: film.state == "ready")
        return kept.path(film).parent

    assert not run_films(flown, act).exists()


def test_a_cancelled_task_closes_its_file_only_after_the_frame_it_is_writing(flown, monkeypatch):
    slow = Slow(monkeypatch)

    async def act(kept, checkpoint):
        kept.start(film_of(checkpoint))
        await until(slow.entered.is_set)
        (task,) = kept._making
        task.cancel()
        await asyncio.wait([task])
        assert slow.closed_while_adding == [False]

    run_films(flown, act)


def test_a_studio_that_closes_waits_for_the_frame_that_is_being_written(flown, monkeypatch):
    slow = Slow(monkeypatch)

    async def act(kept, checkpoint):
        film = film_of(checkpoint, 50)
        kept.start(film)
        await until(slow.entered.is_set)
        folder = kept.path(film).parent
        await kept.close()
        assert slow.closed_while_adding == [False]
        assert film.done == 1
        assert not kept._making
        assert not folder.exists()
        # A studio that is opened anew makes films again.
        kept.start(again := film_of(checkpoint))
        await until(lambda: again.state == "ready")

    run_films(flown, act)


def test_a_film_that_has_just_been_finished_is_never_the_oldest(flown, monkeypatch):
    monkeypatch.setattr(films, "MOST_KEPT", 1)
    monkeypatch.setattr(films, "MOST_KEPT_BYTES", 1)
    slow = Slow(monkeypatch)

    async def act(kept, checkpoint):
        early, late = film_of(checkpoint, 9), film_of(checkpoint)
        kept.start(early)
        await until(slow.entered.is_set)
        late.format = "png"
        kept.start(late)
        await until(lambda: late.state == "ready")
        assert early.unfinished
        await until(lambda: early.state == "ready")
        assert kept.path(early).is_file()
        assert kept.get(early.id) is early
        with pytest.raises(UnknownFilm):
            kept.get(late.id)

    run_films(flown, act)


def test_a_film_cancelled_before_its_first_picture_ends_in_silence(flown, caplog, monkeypatch):
    opened, go_on = threading.Event(), threading.Event()
    open_writer = film_rendering._open

    def held_open(film, file):
        opened.set()
        go_on.wait(10)
        return open_writer(film, file)

    monkeypatch.setattr(film_rendering, "_open", held_open)

    async def act(kept, checkpoint):
        kept.start(film := film_of(checkpoint))
        await until(opened.is_set)
        kept.remove(film.id)
        go_on.set()
        await until(lambda: not kept._making)
        assert not kept.path(film).exists()

    run_films(flown, act)
    gc.collect()
    assert caplog.text == ""


def test_a_film_that_was_given_up_is_not_served_when_its_page_comes_back(flown, monkeypatch):
    async def act(kept, checkpoint):
        film = film_of(checkpoint, 500)
        close = GifWriter.close

        def page_comes_back(writer):
            close(writer)
            monkeypatch.setattr(film_rendering, "ABANDONED_SECONDS", 180.0)

        monkeypatch.setattr(GifWriter, "close", page_comes_back)
        kept.start(film)
        await until(lambda: film.done)
        monkeypatch.setattr(film_rendering, "ABANDONED_SECONDS", -1.0)
        await until(lambda: not kept._making)
        assert film.done < 500
        assert film.state != "ready"
        with pytest.raises(UnknownFilm):
            kept.get(film.id)

    run_films(flown, act)


def test_an_early_end_leaves_no_decoding_behind(flown, caplog, monkeypatch):
    monkeypatch.setattr(film_rendering, "MOST_BYTES", 1)
    decode, calls = DecodeService.decode, []

    async def fail_ahead(self, *arguments, **options):
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("no memory left")
        return await decode(self, *arguments, **options)

    monkeypatch.setattr(DecodeService, "decode", fail_ahead)

    async def act(kept, checkpoint):
        kept.start(film := film_of(checkpoint, 500))
        await until(lambda: film.state == "failed")
        assert "choose MP4" in film.sentence

    run_films(flown, act)
    gc.collect()
    assert len(calls) == 2
    assert caplog.text == ""
