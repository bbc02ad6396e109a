"""A saved training that was damaged in any way is refused, never half loaded."""

import random

import pytest
import safetensors.torch
import torch

from models.training.state import StateError, TrainingState

TENSORS = {
    "model.a": torch.arange(6.0).view(2, 3),
    "model.b": torch.arange(6.0).view(2, 3) + 10,
    "optimizer.0.step": torch.tensor(3.0),
    "generator.noise": torch.Generator().manual_seed(0).get_state(),
    "empty": torch.zeros(0, 4),
    "half": torch.ones(3, dtype=torch.bfloat16),
}
FACTS = {"progress": {"step": 3, "beta": 0.1}, "history": [], "name": "ä"}


def saved():
    return TrainingState(TENSORS, FACTS).to_bytes()


def same(state):
    return (
        state.facts == FACTS
        and state.tensors.keys() == TENSORS.keys()
        and all(
            t.dtype == TENSORS[k].dtype and torch.equal(t, TENSORS[k])
            for k, t in state.tensors.items()
        )
    )


def test_a_state_is_read_back():
    state = TrainingState.from_bytes(saved())
    assert same(state)
    assert state.part("model").keys() == {"a", "b"}
    assert state.is_finite()
    assert not TrainingState({"model.a": torch.tensor([1, torch.nan])}, {}).is_finite()


def mutated(data, kind, chance):
    """A copy of a file with some bytes of one part changed, or cut off."""
    header = 8 + int.from_bytes(data[:8], "little")
    if kind == "truncated":
        return data[: chance.randrange(len(data))]
    if kind == "longer":
        return data + chance.randbytes(chance.randint(1, 50))
    start, end = {"length": (0, 8), "header": (8, header), "body": (header, len(data))}[kind]
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        place = chance.randrange(start, end)
        changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("kind", ["length", "header", "body", "truncated", "longer"])
def test_no_mutation_loads_as_something_else(kind):
    data, chance = saved(), random.Random(kind)
    refused = 0
    for _ in range(300):
        changed = mutated(data, kind, chance)
        if changed == data:
            continue
        try:
            # Some blanks of the header may change and mean the same.
            assert same(TrainingState.from_bytes(changed))
        except StateError:
            refused += 1
    assert refused > 280


@pytest.mark.parametrize("junk", [b"", b"\0" * 8, b"PK\x03\x04", b"\xff" * 100, b"{" * 10_000])
def test_what_is_no_state_is_refused(junk):
    with pytest.raises(StateError):
        TrainingState.from_bytes(junk)


def test_weights_without_a_checksum_are_no_state():
    with pytest.raises(StateError, match="no saved training"):
        TrainingState.from_bytes(safetensors.torch.save({"a": torch.ones(2)}))


def test_swapped_tensors_are_noticed():
    data = saved()
    swapped = data.replace(b"model.a", b"model.x").replace(b"model.b", b"model.a")
    with pytest.raises(StateError, match="checksum differs"):
        TrainingState.from_bytes(swapped.replace(b"model.x", b"model.b"))
