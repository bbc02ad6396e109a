import pytest
import torch

from models.ssim import coarse_ssim, ssim


@pytest.fixture
def pictures():
    return torch.rand(4, 3, 24, 20, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("measure", [ssim, coarse_ssim])
def test_a_picture_is_wholly_like_itself_and_less_like_another(measure, pictures):
    torch.testing.assert_close(measure(pictures, pictures), torch.ones(4))
    other = measure(pictures, pictures.roll(1, 0))
    assert other.shape == (4,)
    assert (other.abs() < 0.3).all()
    torch.testing.assert_close(other, measure(pictures.roll(1, 0), pictures))


@pytest.mark.parametrize("measure", [ssim, coarse_ssim])
def test_flat_pictures_have_the_value_worked_out_by_hand(measure):
    """With no spread only the means count: (2 * 0.2 * 0.6 + c) / (0.04 + 0.36 + c)."""
    x, y = (torch.full((1, 1, 16, 16), grey, dtype=torch.float64) for grey in (0.2, 0.6))
    assert float(measure(x, y)) == pytest.approx((0.24 + 1e-4) / (0.4 + 1e-4), abs=1e-4)


def test_one_window_has_the_value_worked_out_by_hand():
    """A checkerboard against its negative: means 1/2, variances 1/4, covariance -1/4."""
    rows = torch.arange(8)
    board = ((rows[:, None] + rows) % 2).float()[None, None]
    c = 0.03**2
    assert float(coarse_ssim(board, 1 - board)) == pytest.approx((c - 0.5) / (c + 0.5), abs=1e-5)


def test_it_agrees_with_scikit_image(pictures):
    metrics = pytest.importorskip("skimage.metrics")
    x, y = pictures[0].double(), (0.7 * pictures[0] + 0.3 * pictures[1]).double()
    _, whole = metrics.structural_similarity(
        x.numpy(),
        y.numpy(),
        channel_axis=0,
        data_range=1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    inside = whole[:, 5:-5, 5:-5].mean()
    assert float(ssim(x[None], y[None])) == pytest.approx(inside, abs=1e-6)


@pytest.mark.parametrize("measure", [ssim, coarse_ssim])
def test_the_gradient_leads_to_the_other_picture(measure, pictures):
    moved = (pictures * 0.5 + 0.25).requires_grad_()
    measure(moved, pictures).sum().backward()
    better = moved.detach() + 0.01 * moved.grad.sign()
    assert (measure(better, pictures) > measure(moved, pictures)).all()


def test_what_cannot_be_compared_is_told(pictures):
    with pytest.raises(ValueError, match="of one shape"):
        ssim(pictures, pictures[:, :1])
    with pytest.raises(ValueError, match="at least 11 pixels"):
        ssim(pictures[..., :9], pictures[..., :9])
