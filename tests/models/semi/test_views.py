import torch

from models.semi.views import view


def pictures(digits, count=40):
    return digits.train.images[:count].float() / 255


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_view_is_another_picture_of_the_same_shape(digits):
    x = pictures(digits)
    seen = view(x, seeded())
    assert seen.shape == x.shape
    assert seen.min() >= 0
    assert seen.max() <= 1
    assert (seen - x).abs().flatten(1).mean(1).min() > 0.01


def test_one_seed_gives_one_view_and_leaves_the_picture_as_it_is(digits):
    x = pictures(digits)
    kept = x.clone()
    assert torch.equal(view(x, seeded()), view(x, seeded()))
    assert not torch.equal(view(x, seeded()), view(x, seeded(1)))
    assert torch.equal(x, kept)


def test_a_strength_of_0_changes_nothing_and_a_small_one_little(digits):
    x = pictures(digits)
    assert torch.equal(view(x, seeded(), 0.0), x)
    little = (view(x, seeded(), 0.1) - x).abs().mean()
    assert little < 0.5 * (view(x, seeded(), 1.0) - x).abs().mean()


def test_strokes_of_other_pictures_are_thickened_in_the_second_view():
    """A wide stroke, so that turning and moving it hardly change how much of it is dark."""
    x = torch.zeros(400, 1, 28, 28)
    x[:, :, 8:20, 11:17] = 1.0
    ink = [view(x, seeded(), 0.3, turn).flatten(1).sum(1).view(4, 100).mean(1) for turn in (0, 1)]
    assert ink[0].argmax() == 0
    assert ink[0].argmin() == 1
    assert ink[1].argmax() == 2
    assert ink[1].argmin() == 3
