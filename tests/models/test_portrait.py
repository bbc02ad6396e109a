import dataclasses

import pytest
import torch

from models.checkpoint import load_checkpoint
from models.portrait import portray
from models.preprocessing import to_unit
from models.ssim import ssim


@pytest.fixture
def tiny(tiny_checkpoint):
    return load_checkpoint(tiny_checkpoint)


@pytest.fixture
def image():
    return torch.randint(0, 256, (1, 28, 28), generator=torch.Generator().manual_seed(0)).byte()


def test_a_picture_is_encoded_and_decoded(tiny, image):
    found = portray(tiny, image)
    x = to_unit(image.unsqueeze(0))
    with torch.inference_mode():
        mu = tiny.model.encode(x).mu
        y = tiny.model.decode(mu)
    torch.testing.assert_close(found.z, mu[0])
    assert found.reconstruction.dtype == torch.uint8
    assert (to_unit(found.reconstruction) - y[0]).abs().max() < 0.003
    assert found.mse == pytest.approx((x - y).square().mean().item())
    assert found.ssim == pytest.approx(ssim(x, y).item())
    assert found.image is image


USUAL = [
    *((None, None), (-1e9, False), (1e9, True), (10**400, True)),
    *((told, None) for told in ("120", [120.0], {}, float("nan"), float("inf"))),
]


@pytest.mark.parametrize(("usual", "typical"), USUAL, ids=lambda told: repr(told)[:9])
def test_whether_it_is_typical(tiny, image, usual, typical):
    metrics = {} if usual is None else {"reconstruction_95": usual}
    config = dataclasses.replace(tiny.config, metrics=metrics)
    assert portray(dataclasses.replace(tiny, config=config), image).typical is typical


def test_a_picture_of_another_shape(tiny, image):
    for wrong in (image[:, :20], image.float()):
        with pytest.raises(ValueError, match="encodes uint8 pictures"):
            portray(tiny, wrong)
