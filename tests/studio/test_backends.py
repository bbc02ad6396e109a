"""What decodes: torch, or onnxruntime where it is installed and says the same."""

import logging

import numpy as np
import pytest
import torch

from models import onnx_decoder
from models.onnx_decoder import OnnxDecoder, OnnxUnavailable
from models.registry import Registry
from studio import backends
from studio.backends import OnnxBackend, chosen
from studio.live import eager

SHIPPED = ("navigator-mnist", "odyssey-mnist", "faces-celeba", "sampler-mnist-beta1", "ssvae-mnist")


@pytest.fixture(scope="module")
def tiny(trained):
    return Registry(trained, pretrained=trained / "none").open("tiny")


def test_torch_is_what_there_is_without_onnxruntime(monkeypatch):
    monkeypatch.setattr(backends, "installed", lambda name: None)
    assert chosen("auto", eager) is eager
    assert chosen("torch", eager) is eager
    with pytest.raises(ValueError, match="pip install onnxruntime onnx"):
        chosen("onnx", eager)
    with pytest.raises(ValueError, match="choose auto, torch, onnx"):
        chosen("tensorrt", eager)


def test_it_is_taken_where_it_is_installed(monkeypatch):
    monkeypatch.setattr(backends, "installed", lambda name: "1.0")
    assert isinstance(chosen("auto", eager), OnnxBackend)
    assert chosen("torch", eager) is eager


def test_a_decoder_that_it_cannot_run_is_torchs_and_the_log_says_so(tiny, monkeypatch, caplog):
    def refuse(model):
        raise OnnxUnavailable("It differs.")

    monkeypatch.setattr(backends, "OnnxDecoder", refuse)
    backend = OnnxBackend(eager)
    z = np.zeros((2, 2), np.float32)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            np.testing.assert_array_equal(backend(tiny, z), eager(tiny, z))
    assert [record.getMessage() for record in caplog.records] == [
        "'tiny' is decoded by torch: It differs."
    ]


def test_few_decoders_are_kept(tiny, monkeypatch):
    monkeypatch.setattr(backends, "OnnxDecoder", lambda model: lambda z: z)
    monkeypatch.setattr(backends, "MOST_KEPT", 1)
    backend = OnnxBackend(eager)
    z = np.ones((1, 2), np.float32)
    assert (backend(tiny, z) == z).all()
    assert len(backend._decoders) == 1


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_decoders_say_the_same_as_in_torch(name, tmp_path):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    checkpoint = Registry(tmp_path).open(name)
    decoder = OnnxDecoder(checkpoint.model)
    assert decoder.difference <= onnx_decoder.TOLERANCE
    size = checkpoint.config.model.latent_dim
    z = torch.randn(5, size, generator=torch.Generator().manual_seed(1)).numpy()
    np.testing.assert_allclose(decoder(z), eager(checkpoint, z), atol=1e-5)


def test_a_difference_is_refused(tiny, monkeypatch):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    monkeypatch.setattr(onnx_decoder, "TOLERANCE", -1.0)
    with pytest.raises(OnnxUnavailable, match="differ from torch's"):
        OnnxDecoder(tiny.model)


def test_what_cannot_be_traced_for_every_number_of_pictures_is_refused(tmp_path):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    model = Registry(tmp_path).open("joint-mnist").model
    with pytest.raises(OnnxUnavailable, match="cannot run this decoder"):
        OnnxDecoder(model)
