import pytest
import torch

from models.networks import NetworkConfig, make_decoder, make_encoder

POOLED = NetworkConfig(
    kind="pooled", channels=(4, 6, 8), encoder_hidden=(), decoder_hidden=(16, 32)
)


def test_a_pooled_encoder_quarters_the_sides_and_its_decoder_is_dense():
    for side, quarter in ((28, 7), (32, 8), (9, 3)):
        encoder = make_encoder(POOLED, (1, side, side), 10)
        x = torch.rand(2, 1, side, side)
        assert encoder[:-2](x).shape == (2, 8, quarter, quarter)
        assert encoder(x).shape == (2, 10)
        decoder = make_decoder(POOLED, 5, (1, side, side))
        assert decoder(torch.rand(2, 5)).shape == x.shape
        assert not [m for m in decoder.modules() if isinstance(m, torch.nn.Conv2d)]


def test_what_would_take_long_to_build_is_refused_before():
    convolutional = {"kind": "convolutional", "channels": (8, 8)}
    assert NetworkConfig(**convolutional, blocks=64)
    with pytest.raises(ValueError, match=r"blocks must lie in 0\.\.64, not 20000"):
        NetworkConfig(**convolutional, blocks=20_000)
    with pytest.raises(ValueError, match="encoder_hidden may have 64 widths, not 1,000"):
        NetworkConfig(encoder_hidden=(8,) * 1000)


def test_what_does_not_go_with_pooling_is_refused():
    with pytest.raises(ValueError, match="needs `channels`"):
        NetworkConfig(kind="pooled", encoder_hidden=())
    with pytest.raises(ValueError, match="leave encoder_hidden empty"):
        NetworkConfig(kind="pooled", channels=(4, 8))
    with pytest.raises(ValueError, match="needs pictures"):
        make_encoder(POOLED, (7,), 2)
