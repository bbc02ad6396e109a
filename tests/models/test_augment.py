import torch

from models.augment import augmented, mirrored, shifted, tinted
from models.share import Share
from models.training import TrainingConfig

CONFIG = TrainingConfig(mirror=True, shift=2, tint=0.1)


def numbers(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(count=64, colours=3):
    return torch.rand(count, colours, 10, 12, generator=numbers(7))


def test_nothing_is_changed_unless_asked_for():
    x = pictures()
    assert augmented(x, TrainingConfig()) is x
    changed = augmented(x, CONFIG, numbers())
    assert changed.shape == x.shape
    assert 0 <= changed.min() <= changed.max() <= 1
    assert torch.equal(changed, augmented(x, CONFIG, numbers()))
    assert not torch.equal(changed, augmented(x, CONFIG, numbers(1)))


def test_about_half_are_mirrored_and_the_rest_left():
    x = pictures(400)
    changed = mirrored(x, numbers())
    turned = (changed == x.flip(3)).flatten(1).all(1)
    left = (changed == x).flatten(1).all(1)
    assert (turned ^ left).all()
    assert 150 < int(turned.sum()) < 250


def test_a_shift_moves_every_pixel_alike_and_repeats_the_edge():
    x = pictures()
    changed = shifted(x, 2, numbers())
    padded = torch.nn.functional.pad(x, (2, 2, 2, 2), mode="replicate")
    places = set()
    for before, after in zip(padded, changed, strict=True):
        found = [
            (down, right)
            for down in range(5)
            for right in range(5)
            if torch.equal(before[:, down : down + 10, right : right + 12], after)
        ]
        assert len(found) == 1
        places.update(found)
    assert len(places) > 15


def test_a_tint_is_linear_in_each_colour():
    x = 0.4 + 0.2 * pictures()
    changed = tinted(x, 0.05, numbers())
    for colour in range(3):
        a, b = x[0, colour].flatten(), changed[0, colour].flatten()
        correlation = torch.corrcoef(torch.stack([a, b]))[0, 1]
        torch.testing.assert_close(correlation, torch.tensor(1.0), rtol=0, atol=1e-4)
    assert (changed - x).abs().mean() > 0.005
    assert tinted(pictures(4, 1), 0.1, numbers()).shape == (4, 1, 10, 12)


def test_parts_of_a_batch_are_changed_as_the_whole_would_be():
    x = pictures(9)
    whole = augmented(x, CONFIG, numbers())
    parts = [
        augmented(x[start:stop], CONFIG, numbers(), Share(start, stop, 9, lambda total: total))
        for start, stop in ((0, 4), (4, 9))
    ]
    assert torch.equal(torch.cat(parts), whole)
