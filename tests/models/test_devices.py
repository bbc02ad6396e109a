"""Which device computes, and with how many threads."""

import os

import pytest
import torch

from models.training.devices import available_devices, choose_device, set_threads


def test_threads_are_set_and_checked():
    before = torch.get_num_threads()
    try:
        set_threads(1)
        assert torch.get_num_threads() == 1
        set_threads(0)
        assert torch.get_num_threads() == os.cpu_count()
    finally:
        torch.set_num_threads(before)
    with pytest.raises(ValueError, match="threads must be 0 or more, not -1"):
        set_threads(-1)


def test_devices_are_checked(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.mps, "is_available", lambda: False, raising=False)
    assert choose_device("auto") == choose_device("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="no cuda device on this machine; there is: cpu"):
        choose_device("cuda:1")
    with pytest.raises(ValueError, match="'tpu' is no device"):
        choose_device("tpu")


@pytest.mark.parametrize(
    ("cuda", "mps", "there"),
    [
        (False, False, ("cpu",)),
        (True, False, ("cpu", "cuda")),
        (False, True, ("cpu", "mps")),
        (True, True, ("cpu", "cuda", "mps")),
    ],
)
def test_devices_that_are_there_are_listed_after_the_cpu(monkeypatch, cuda, mps, there):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.mps, "is_available", lambda: mps, raising=False)
    assert available_devices() == there
    assert choose_device("auto").type == next(k for k in ("cuda", "mps", "cpu") if k in there)
    for kind in {"cuda", "mps"} - set(there):
        with pytest.raises(ValueError, match=f"there is: {', '.join(there)}\\."):
            choose_device(kind)


@pytest.mark.parametrize("name", ["cpu:0", "cpu:77", "cpu:200"])
def test_the_cpu_has_no_number(name):
    with pytest.raises(ValueError, match="There is one cpu device; call it cpu"):
        choose_device(name)
