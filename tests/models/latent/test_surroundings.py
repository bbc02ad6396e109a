import pytest
import torch

from models.latent import Atlas
from models.latent.surroundings import prevailing
from tests.models.latent.worlds import NAMES, ring_atlas


def test_the_most_frequent_class_prevails_and_the_nearer_of_two_equal_ones():
    labels = torch.tensor(
        [[0, 1, 1, 2, 1], [2, 2, 0, 0, 1], [-1, -1, -1, 1, -1], [-1] * 5], dtype=torch.int16
    )
    classes, shares = prevailing(labels, 3)
    assert classes.tolist() == [1, 2, 1, -1]
    assert shares.tolist() == pytest.approx([0.6, 0.4, 0.2, 0])


def test_no_vote_is_outweighed_by_nearness():
    labels = torch.tensor([[0] * 49 + [1] * 50])
    assert prevailing(labels, 2)[0].tolist() == [1]


def test_density_class_and_share_come_from_one_search():
    atlas = ring_atlas()
    at = torch.cat([atlas.means[:3], torch.full((1, 3), 50.0)])
    around = atlas.surroundings(at)
    assert torch.equal(around.percentiles, atlas.density.percentile(at))
    assert around.classes[:3].tolist() == [0, 1, 2]
    assert (around.shares[:3] > 0.5).all()
    assert around.percentiles[3] == 0
    assert around.shares.dtype == around.percentiles.dtype == torch.float32
    rows, _ = atlas.density.nearest(at, atlas.neighbours)
    for place, (label, share) in enumerate(zip(around.classes, around.shares, strict=True)):
        assert (atlas.labels[rows[place]] == label).float().mean() == pytest.approx(share)


def test_an_atlas_without_labels_has_no_class():
    generator = torch.Generator().manual_seed(0)
    codes, images = torch.randn(30, 16, generator=generator), torch.zeros(30, 1, 2, 2)
    for names in ((), NAMES):
        atlas = Atlas.build(codes, torch.full((30,), -1), images.byte(), names)
        around = atlas.surroundings(codes[:4])
        assert around.classes.tolist() == [-1] * 4
        assert around.shares.tolist() == [0] * 4
        assert (around.percentiles > 0).all()
