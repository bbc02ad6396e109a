"""Thousands of damaged checkpoints: every one is refused, in one way, and memory stays."""

import gc
import json
import random
import struct

import psutil
import pytest

from models.checkpoint import CheckpointError, load_checkpoint
from tests.models.test_checkpoint_damage import sign
from tests.reliability.effort import figure, times

COUNT = times(60, 2000)
FILE = "model.safetensors"
MB = 20


@pytest.fixture
def checkpoint(workspace):
    return workspace / "checkpoints" / "tiny"


def header_end(data):
    return 8 + struct.unpack("<Q", data[:8])[0]


def in_place(data, start, end, numbers):
    """Change a few bytes of a part: flip bits, put in noise or zeros, or move some."""
    changed = bytearray(data)
    for _ in range(numbers.randint(1, 3)):
        at = numbers.randrange(start, end)
        length = min(numbers.randint(1, 32), end - at)
        kind = numbers.randrange(4)
        if kind == 0:
            changed[at] ^= 1 << numbers.randrange(8)
        elif kind == 1:
            changed[at : at + length] = numbers.randbytes(length)
        elif kind == 2:
            changed[at : at + length] = bytes(length)
        else:
            other = numbers.randrange(start, end - length + 1)
            changed[at : at + length] = data[other : other + length]
    return bytes(changed)


def rewritten(data, numbers):
    """Say something else in the header, which is JSON again: names, types, shapes, offsets."""
    end = header_end(data)
    header = json.loads(data[8:end])
    name = numbers.choice([key for key in header if key != "__metadata__"])
    fact = header[name]
    begin, stop = fact["data_offsets"]
    numbers.choice(
        [
            lambda: header.update({f"{name}x": header.pop(name)}),
            lambda: fact.update(dtype=numbers.choice(["F64", "I8", "F16", "?", "BOOL"])),
            lambda: fact.update(shape=[numbers.choice([0, 1, -1, 2**31, 2**62])]),
            lambda: fact.update(shape=[*fact["shape"], 1, 1]),
            lambda: fact.update(data_offsets=[begin, stop + numbers.choice([-4, 4, 2**60])]),
            lambda: fact.update(data_offsets=[stop, begin]),
            lambda: header.pop(name),
            lambda: header.update(backdoor=dict(fact)),
            lambda: header.update({name: numbers.choice([None, [], "x", 3])}),
        ]
    )()
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[end:]


def cut(data, numbers):
    """Another length: cut at either end, or longer than it was."""
    at = numbers.randrange(1, len(data))
    more = numbers.randbytes(numbers.randint(1, 64))
    return numbers.choice([data[:at], data[at:], data + more, more + data, data[: at % 400]])


def header(data, numbers):
    if numbers.random() < 0.5:
        return rewritten(data, numbers)
    return in_place(data, 0, header_end(data), numbers)


def body(data, numbers):
    return in_place(data, header_end(data), len(data), numbers)


def memory():
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


@pytest.mark.parametrize("damage", [header, body, cut], ids=lambda damage: damage.__name__)
def test_every_change_is_refused(checkpoint, damage):
    path, numbers = checkpoint / FILE, random.Random(0)
    whole = path.read_bytes()
    caught = tried = 0
    before = None
    while tried < COUNT:
        damaged = damage(whole, numbers)
        if damaged == whole:
            continue
        path.write_bytes(damaged)
        tried += 1
        try:
            load_checkpoint(checkpoint)
        except CheckpointError as error:
            caught += FILE in str(error)
        if tried == COUNT // 5:
            before = memory()
    assert caught == tried
    grown = memory() - before
    figure(6, f"refused of {tried:,} changes of {damage.__name__}", caught, at_least=COUNT)
    figure(6, "growth", max(0.0, grown), "MB", at_most=MB)
    assert grown < 3 * MB
    path.write_bytes(whole)
    load_checkpoint(checkpoint)


@pytest.mark.parametrize("damage", [header, cut], ids=lambda damage: damage.__name__)
def test_signed_by_who_means_harm_it_raises_nothing_else(checkpoint, damage):
    """Where the manifest was made to fit, only what still makes sense is loaded."""
    path, numbers = checkpoint / FILE, random.Random(1)
    whole = path.read_bytes()
    refused = 0
    for _ in range(COUNT):
        path.write_bytes(damage(whole, numbers))
        sign(checkpoint)
        try:
            load_checkpoint(checkpoint)
        except CheckpointError:
            refused += 1
    assert refused > COUNT * 0.9, "a changed header that loads says the same in other words"
    figure(6, f"refused of {damage.__name__} with a fitting manifest", refused)
