import pytest
import torch

from models.preprocessing import as_seen, binarised, prepare, to_unit

LEVELS = torch.arange(256, dtype=torch.uint8)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_grey_values_become_unit_floats():
    unit = prepare(LEVELS, "none")
    assert unit.dtype == torch.float32
    torch.testing.assert_close(unit, torch.arange(256) / 255)
    assert torch.equal(unit, to_unit(LEVELS))


def test_threshold_cuts_in_the_middle():
    cut = prepare(LEVELS, "threshold")
    assert cut.dtype == torch.float32
    assert torch.equal(cut, (torch.arange(256) > 127).float())


def test_each_picture_can_be_cut_between_its_darkest_and_lightest_pixel():
    dim = torch.tensor([[10, 20, 30, 50], [200, 210, 255, 220], [7, 7, 7, 7]], dtype=torch.uint8)
    cut = prepare(dim, "min-max")
    assert cut.tolist() == [[0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert torch.equal(cut, binarised(to_unit(dim), "min-max"))
    assert torch.equal(as_seen(dim, "min-max"), cut)
    assert torch.equal(prepare(LEVELS[None], "min-max"), prepare(LEVELS[None], "threshold"))


def test_pictures_of_floats_are_prepared_as_their_bytes_are():
    x = to_unit(LEVELS[None])
    assert torch.equal(binarised(x, "threshold"), prepare(LEVELS[None], "threshold"))
    assert torch.equal(binarised(x, "none"), x)
    assert torch.equal(as_seen(LEVELS[None], "dynamic"), x)
    drawn = binarised(x.expand(4000, -1), "dynamic", seeded())
    assert drawn.unique().tolist() == [0, 1]
    torch.testing.assert_close(drawn.mean(0), x[0], rtol=0, atol=0.04)


def test_dynamic_binarisation_draws_bernoulli_of_the_grey_value():
    draws = 10_000
    images = LEVELS.unsqueeze(0).expand(draws, -1).contiguous()
    binary = prepare(images, "dynamic", seeded())
    assert binary.dtype == torch.float32
    assert set(binary.unique().tolist()) == {0.0, 1.0}
    share, p = binary.mean(0), torch.arange(256) / 255
    assert share[0] == 0, "black is never drawn white"
    assert share[255] == 1, "white is always drawn white"
    # Five standard errors, so that 256 levels pass together.
    assert ((share - p).abs() <= 5 * (p * (1 - p) / draws).sqrt()).all()


def test_pixels_are_drawn_independently():
    binary = prepare(torch.full((40_000, 2), 128, dtype=torch.uint8), "dynamic", seeded())
    assert torch.corrcoef(binary.T)[0, 1].abs() < 0.025


@pytest.mark.parametrize("mode", ["none", "threshold", "dynamic"])
def test_the_images_stay_as_they_are(mode):
    images = LEVELS.clone()
    prepare(images, mode, seeded())
    assert torch.equal(images, LEVELS)


def test_one_seed_gives_one_draw():
    images = LEVELS.repeat(20)
    first = prepare(images, "dynamic", seeded())
    assert torch.equal(first, prepare(images, "dynamic", seeded()))
    assert not torch.equal(first, prepare(images, "dynamic", seeded(1)))
    generator = seeded()
    assert torch.equal(first, prepare(images, "dynamic", generator))
    assert not torch.equal(first, prepare(images, "dynamic", generator)), "drawn anew each time"
