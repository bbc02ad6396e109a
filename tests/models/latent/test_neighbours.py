"""The search in many dimensions against a look at every distance."""

import pytest
import torch

from models.latent import Density
from models.latent.neighbours import Neighbours


def wanted(codes, z, k):
    distances = (z.double().unsqueeze(1) - codes.double().unsqueeze(0)).norm(dim=2)
    return distances.sort(dim=1).values[:, :k].float()


@pytest.mark.parametrize("dimensions", [1, 3, 8, 9, 16, 128])
@pytest.mark.parametrize("rows", [2, 11, 700])
def test_the_nearest_are_found_in_any_number_of_dimensions(dimensions, rows):
    generator = torch.Generator().manual_seed(dimensions)
    codes = torch.randn(rows, dimensions, generator=generator)
    near = Neighbours(codes)
    places = torch.cat([codes[:2], torch.randn(5, dimensions, generator=generator) * 3])
    for k in {1, min(10, rows), rows}:
        found, distances = near.nearest(places, k)
        assert found.shape == (7, k)
        torch.testing.assert_close(distances, wanted(codes, places, k), atol=1e-5, rtol=1e-5)
        chosen = (codes[found] - places.unsqueeze(1)).norm(dim=2)
        torch.testing.assert_close(chosen, distances, atol=1e-5, rtol=1e-5)
    assert near.nearest(codes, 1)[1].max() == 0
    assert near.nearest(places[:0], 1)[0].shape == (0, 1)


@pytest.mark.parametrize("shift", [0.0, 1e4])
def test_rounding_does_not_decide_who_is_near(shift):
    generator = torch.Generator().manual_seed(0)
    codes = 1e-2 * torch.randn(500, 32, generator=generator) + shift
    places = codes[:20] + 1e-3 * torch.randn(20, 32, generator=generator)
    distances = Neighbours(codes).nearest(places, 10)[1]
    torch.testing.assert_close(distances, wanted(codes, places, 10))


@pytest.mark.parametrize("far", [1e6, 1e20, 3e38])
def test_places_very_far_out_have_a_nearest_code_too(far):
    codes = torch.eye(20)
    place = torch.zeros(1, 20)
    place[0, 3] = far
    rows, distances = Neighbours(codes).nearest(place, 2)
    assert rows[0, 0] == 3
    assert distances[0, 0] == pytest.approx(far, rel=1e-5)


def test_equal_codes_and_many_at_once(monkeypatch):
    monkeypatch.setattr("models.latent.neighbours._AT_ONCE", 1000)
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(300, 12, generator=generator)
    distances = Neighbours(codes).nearest(codes, 5)[1]
    torch.testing.assert_close(distances, wanted(codes, codes, 5), atol=1e-5, rtol=1e-5)
    assert not Neighbours(torch.zeros(40, 12)).nearest(torch.zeros(2, 12), 9)[1].any()


def test_a_density_of_many_dimensions_is_that_of_its_distances():
    generator = torch.Generator().manual_seed(0)
    density = Density.from_codes(torch.randn(400, 20, generator=generator))
    inside, outside = torch.zeros(1, 20), torch.full((1, 20), 9.0)
    assert density.percentile(inside) > 90
    assert density.percentile(outside) == 0
