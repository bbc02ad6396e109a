import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.latent import linear_grid, neighbourhood, prior_grid


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
