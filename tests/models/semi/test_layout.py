"""Maps of features."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from models.semi.layout import aligned, fit_chart, project_2d, regress


def blobs(count=60, classes=3, columns=6):
    truth = torch.arange(count) % classes
    noise = torch.randn(count, columns, generator=torch.Generator().manual_seed(0))
    return torch.eye(columns)[truth] * 4 + 0.3 * noise, truth


def charted():
    torch.manual_seed(0)
    head = nn.Sequential(nn.Linear(6, 16), nn.SiLU(), nn.Linear(16, 2))
    return SimpleNamespace(chart_head=head, charted=torch.tensor(False))


def apart(xy, truth):
    """Whether the nearest other is of the same class, for how many."""
    far = torch.cdist(xy, xy).fill_diagonal_(torch.inf)
    return (truth[far.argmin(1)] == truth).float().mean()


def test_groups_lie_apart_and_it_repeats():
    codes, truth = blobs()
    xy = project_2d(codes, seed=1)
    assert apart(xy, truth) == 1
    assert torch.allclose(xy.mean(0), torch.zeros(2), atol=1e-4)
    assert xy.square().mean() == pytest.approx(1, abs=1e-3)
    assert torch.equal(xy, project_2d(codes, seed=1))


def test_the_rest_lies_among_its_nearest():
    codes, truth = blobs(count=150)
    xy = project_2d(codes, most=60)
    assert xy.shape == (150, 2)
    assert apart(xy, truth) > 0.95


def test_two_columns_are_the_map_and_few_examples_have_one():
    two = torch.randn(5, 2)
    assert torch.equal(project_2d(two), two)
    for count in (1, 2, 3, 4):
        assert project_2d(torch.randn(count, 5)).isfinite().all()
    assert project_2d(torch.randn(3, 1)).shape == (3, 2)
    assert project_2d(torch.ones(40, 5)).isfinite().all()


def test_a_new_map_lies_as_the_old_one_did():
    codes, _ = blobs()
    before = project_2d(codes, seed=1) * 3 + torch.tensor([5.0, -2.0])
    after = project_2d(codes + 0.05, seed=2, previous_xy=before)
    assert (after - before).norm(dim=1).mean() < 0.25 * (before - before.mean(0)).norm(dim=1).mean()


def test_alignment_undoes_turn_mirror_scale_and_shift():
    xy = torch.randn(20, 2)
    turn = torch.tensor([[0.6, 0.8], [0.8, -0.6]])
    assert torch.allclose(aligned(xy @ turn * 7 + 3, xy), xy, atol=1e-4)


def test_the_models_map_is_fitted_and_then_follows():
    features, truth = blobs()
    model = charted()
    with pytest.raises(ValueError, match="made first"):
        fit_chart(model, features, tsne=False)
    assert not model.charted
    xy = fit_chart(model, features)
    assert model.charted
    assert apart(xy, truth) == 1
    turned = features.roll(1, 1)
    again = fit_chart(model, turned, xy, tsne=False)
    assert (again - xy).norm(dim=1).mean() < 0.3
    assert torch.allclose(model.chart_head(turned), again, atol=1e-5)
    with pytest.raises(ValueError, match="no numbers"):
        fit_chart(model, features, xy * torch.nan)


def test_one_position_an_example():
    with pytest.raises(ValueError, match="3 positions for 4 examples"):
        regress(nn.Linear(2, 2), torch.zeros(4, 2), torch.zeros(3, 2))
