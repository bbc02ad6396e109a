import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from models.frechet import Moments, frechet_distance
from models.latent.sampling import normals


def gaussian(mean, covariance):
    return Moments(torch.tensor(mean).double(), torch.tensor(covariance).double())


def drawn(seed, count=400, size=6):
    mix = normals(seed + 100, size, size)
    return normals(seed, count, size) @ mix + normals(seed + 200, 1, size)


def test_one_dimension_by_hand():
    """(m1 - m2)^2 + (s1 - s2)^2."""
    assert frechet_distance(gaussian([1.0], [[4.0]]), gaussian([4.0], [[9.0]])) == pytest.approx(10)


def test_commuting_covariances_by_hand():
    a, b = (
        gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 16.0]]),
        gaussian([0.0, 3.0], [[4.0, 0.0], [0.0, 1.0]]),
    )
    assert frechet_distance(a, b) == pytest.approx(9 + 1 + 9)


def test_the_general_case_agrees_with_scipy():
    a, b = Moments.of(drawn(0)), Moments.of(drawn(1))
    cross = sqrtm(a.covariance.numpy() @ b.covariance.numpy()).real
    truth = (a.mean - b.mean).square().sum().item() + np.trace(
        a.covariance.numpy() + b.covariance.numpy() - 2 * cross
    )
    assert frechet_distance(a, b) == pytest.approx(truth, rel=1e-6)


def test_identical_sets_are_at_no_distance_and_both_directions_agree():
    a, b = Moments.of(drawn(0)), Moments.of(drawn(1))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-9)
    assert frechet_distance(a, b) > 1


def test_more_examples_of_one_source_come_closer():
    truth = Moments.of(drawn(0, count=20_000))
    few, many = (
        frechet_distance(Moments.of(drawn(0, count=20_000)[:n]), truth) for n in (50, 5000)
    )
    assert many < few / 10


def test_features_that_never_vary_do_no_harm():
    """Singular covariances, where the general matrix root fails or turns complex."""
    flat = drawn(0) * torch.tensor([1.0, 1.0, 0.0, 0.0, 0.0, 1.0])
    a, b = Moments.of(flat), Moments.of(flat[:, [1, 0, 2, 3, 4, 5]])
    assert 0 < frechet_distance(a, b) < 1e3
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    few = Moments.of(drawn(3, count=3))
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-6)


def test_turning_all_features_changes_nothing():
    turn, _ = torch.linalg.qr(normals(9, 6, 6))
    a, b = drawn(0), drawn(1)
    assert frechet_distance(Moments.of(a @ turn), Moments.of(b @ turn)) == pytest.approx(
        frechet_distance(Moments.of(a), Moments.of(b)), rel=1e-4
    )


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="at least 2 examples"):
        Moments.of(torch.zeros(1, 4))
    with pytest.raises(ValueError, match="finite features"):
        Moments.of(torch.full((3, 2), torch.nan))
    with pytest.raises(ValueError, match="a covariance"):
        gaussian([0.0], [[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match="same features, not 1 and 2"):
        frechet_distance(gaussian([0.0], [[1.0]]), Moments.of(normals(0, 9, 2)))
