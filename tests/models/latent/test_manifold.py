import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.latent import (
    blend,
    linear_grid,
    neighbourhood,
    plane,
    prior_grid,
    span,
    traversal,
)


def test_linear_grid_reads_like_a_page():
    grid = linear_grid((-1, 1), (0, 4), 3, 2)
    assert grid.tolist() == [[-1, 4], [0, 4], [1, 4], [-1, 0], [0, 0], [1, 0]]


def test_a_single_row_lies_in_the_middle():
    assert linear_grid((0, 2), (0, 4), 1, 1).tolist() == [[1, 2]]


@given(st.integers(1, 20))
def test_prior_grid_is_symmetric_and_gives_every_code_the_same_share(n):
    grid = prior_grid(n).reshape(n, n, 2)
    assert torch.allclose(grid, -grid.flip(0, 1), atol=1e-5)
    assert (grid[:-1, :, 1] > grid[1:, :, 1]).all()
    shares = torch.special.ndtr(grid[0, :, 0].double())
    assert torch.allclose(shares, (torch.arange(n).double() + 0.5) / n, atol=1e-6)


@given(
    z=st.lists(st.floats(-5, 5, width=32), min_size=3, max_size=6),
    half=st.integers(0, 4),
    step=st.floats(0.125, 2, width=32),
)
def test_the_middle_of_a_neighbourhood_is_the_code_itself(z, half, step):
    n = 2 * half + 1
    centre = torch.tensor(z)
    grid = neighbourhood(centre, n, step, axes=(2, 0)).reshape(n, n, -1)
    assert torch.equal(grid[half, half], centre)
    assert torch.equal(grid[..., 1], centre[1].expand(n, n))
    assert torch.allclose(grid[:, 1:, 2] - grid[:, :-1, 2], torch.tensor(step), atol=1e-4)
    assert torch.allclose(grid[:-1, :, 0] - grid[1:, :, 0], torch.tensor(step), atol=1e-4)


@pytest.mark.parametrize("axes", [(0, 0), (0, 3), (-1, 1)])
def test_a_neighbourhood_needs_two_axes(axes):
    with pytest.raises(ValueError, match="two different axes from 0 to 2"):
        neighbourhood(torch.zeros(3), 3, 1.0, axes)


def test_empty_grids_are_refused():
    for make in (
        lambda: linear_grid((0, 1), (0, 1), 0, 3),
        lambda: prior_grid(0),
        lambda: neighbourhood(torch.zeros(2), -1, 1.0),
    ):
        with pytest.raises(ValueError, match="at least 1"):
            make()


def test_a_traversal_moves_one_dimension_alone():
    z = torch.tensor([1.0, 2.0, 3.0])
    codes = traversal(z, 1, (-3, 3), 7)
    assert codes[:, 1].tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert (codes[:, [0, 2]] == z[[0, 2]]).all()
    assert traversal(z, 2, (3, -3), 2)[:, 2].tolist() == [3, -3]
    assert z.tolist() == [1, 2, 3], "it is not changed in place"
    for dimension in (-1, 3):
        with pytest.raises(ValueError, match="choose 0 to 2"):
            traversal(z, dimension, (0, 1), 2)
    with pytest.raises(ValueError, match="at least 1"):
        traversal(z, 0, (0, 1), 0)


def test_a_plane_is_a_grid_in_two_dimensions_of_any_space():
    z = torch.tensor([1.0, 2.0, 3.0, 4.0])
    codes = plane(z, (3, 1), (-1, 1), (-2, 2), 3, 5)
    assert torch.equal(codes[:, [3, 1]], linear_grid((-1, 1), (-2, 2), 3, 5))
    assert (codes[:, [0, 2]] == z[[0, 2]]).all()
    with pytest.raises(ValueError, match="two different axes from 0 to 3"):
        plane(z, (2, 2), (0, 1), (0, 1), 2, 2)


def test_two_directions_span_a_page():
    here, across, up = (
        torch.tensor([1.0, 1, 1]),
        torch.tensor([1.0, 0, 0]),
        torch.tensor([0, 2.0, 0]),
    )
    grid = span(here, across, up, torch.tensor([0.0, 3]), torch.tensor([-1.0, 0]))
    assert grid.tolist() == [[1, 1, 1], [4, 1, 1], [1, -1, 1], [4, -1, 1]]
    with pytest.raises(ValueError, match="is empty"):
        span(here, across, up, torch.tensor([]), torch.tensor([0.0]))


def test_a_blend_keeps_its_corners_and_meets_in_the_middle():
    corners = torch.tensor([[0.0, 0], [2, 0], [0, 4], [2, 4]])
    grid = blend(corners, 3, 3)
    assert torch.equal(grid[[0, 2, 6, 8]], corners)
    assert grid[4].tolist() == [1, 2]
    assert grid[1].tolist() == [1, 0], "columns go from left to right"


@pytest.mark.parametrize(("corners", "side"), [(torch.zeros(3, 2), 3), (torch.zeros(4, 2), 1)])
def test_a_blend_of_something_else_is_refused(corners, side):
    with pytest.raises(ValueError, match=r"four (codes|corners)"):
        blend(corners, side, side)
