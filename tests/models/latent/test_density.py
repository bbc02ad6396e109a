import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.latent import CHARTED, Density


@pytest.fixture(scope="module")
def gaussian():
    codes = torch.randn(3000, 2, generator=torch.Generator().manual_seed(0))
    return Density.from_codes(codes, k=10)


def test_distance_is_the_kth_nearest():
    density = Density.from_codes(torch.tensor([[0.0], [1], [3], [7]]), k=2)
    assert density.distance(torch.tensor([[0.0], [3]])).tolist() == [1, 2]
    assert density.local_distance(torch.tensor([0, 3])).tolist() == [3, 6]
    assert density.calibration.tolist() == [2, 3, 3, 6]


def test_percentile_by_hand():
    density = Density.from_codes(torch.tensor([[0.0], [1], [3], [7]]), k=2)
    far = torch.tensor([[20.0], [10.0], [0.5]])
    assert density.distance(far).tolist() == [17, 7, 0.5]
    assert density.percentile(far).tolist() == [0, 0, 100]
    assert density.percentile(torch.tensor([[9.0]])).tolist() == [25]
    assert density.charted(torch.tensor([[20.0], [9.0]])).tolist() == [False, True]


@given(angle=st.floats(0, 6.25), radii=st.lists(st.floats(3.5, 50), min_size=2, max_size=6))
def test_percentile_never_rises_on_the_way_out(gaussian, angle, radii):
    direction = torch.tensor([torch.tensor(angle).cos(), torch.tensor(angle).sin()])
    way = torch.tensor(sorted(radii)).unsqueeze(1) * direction
    percentiles = gaussian.percentile(way)
    assert (percentiles.diff() <= 0).all()


def test_percentile_is_calibrated_on_draws_it_has_not_seen(gaussian):
    fresh = torch.randn(3000, 2, generator=torch.Generator().manual_seed(1))
    percentiles = gaussian.percentile(fresh)
    for share in (5, 25, 50, 75):
        assert abs((percentiles < share).float().mean() * 100 - share) < 3
    assert gaussian.charted(fresh).float().mean() > 0.97
    assert CHARTED == 1.0


def test_the_middle_is_dense_and_far_away_is_not(gaussian):
    percentiles = gaussian.percentile(torch.tensor([[0.0, 0.0], [30.0, 30.0], [1e20, 0.0]]))
    assert percentiles[0] > 80
    assert percentiles[1:].tolist() == [0, 0]


def test_nearest_comes_nearest_first_and_never_more_than_there_are(gaussian):
    indices, distances = gaussian.nearest(gaussian.codes[:5], 4)
    assert indices.shape == distances.shape == (5, 4)
    assert indices.dtype == torch.int64
    assert indices[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert (distances.diff(dim=1) >= 0).all()
    assert Density.from_codes(torch.eye(3)).nearest(torch.zeros(1, 3), 99)[0].shape == (1, 3)
    assert gaussian.nearest(torch.zeros(2, 2), 1)[0].shape == (2, 1)
    with pytest.raises(ValueError, match="at least 1"):
        gaussian.nearest(torch.zeros(1, 2), 0)


def test_round_trip_gives_the_same_answers(gaussian):
    again = Density.from_tensors(gaussian.to_tensors())
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(2))
    assert torch.equal(again.percentile(z), gaussian.percentile(z))
    with pytest.raises(ValueError, match="calibration, neighbours"):
        Density.from_tensors({"codes": torch.eye(3)})


def test_more_neighbours_than_codes_are_as_many_as_there_are():
    assert Density.from_codes(torch.eye(3), k=10).k == 2


def test_identical_codes_do_not_break_it():
    density = Density.from_codes(torch.zeros(20, 2))
    assert density.percentile(torch.tensor([[0.0, 0.0], [0.1, 0.0]])).tolist() == [100, 0]


@pytest.mark.parametrize(
    "codes", [torch.zeros(1, 2), torch.zeros(4), torch.tensor([[0.0], [torch.nan], [1.0]])]
)
def test_refuses_codes_without_density(codes):
    with pytest.raises(ValueError, match="A density needs"):
        Density.from_codes(codes)


@pytest.mark.parametrize(
    "z",
    [
        torch.zeros(2),
        torch.zeros(1, 3),
        torch.tensor([[torch.nan, 0.0]]),
        torch.full((1, 2), torch.inf),
    ],
)
def test_refuses_questions_that_do_not_fit(gaussian, z):
    with pytest.raises(ValueError, match=r"finite codes \[B, 2\]"):
        gaussian.percentile(z)
