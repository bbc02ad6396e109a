"""Constant image speed where it is hard: corners, hairpins, jumps, rests, and few pictures."""

import numpy as np
import pytest
import torch

from models.latent import image_steps
from models.latent.flight import FlightPath, straight, to_constant_image_speed, tour
from models.latent.flight.film import film, travelled
from tests.models.latent.worlds import decode

A, B, C = torch.tensor([[0.0, 0, 0], [2, 1, 0], [2, -1, 1]])


def unevenness(path, decode=decode, frames=240):
    steps = image_steps(decode(path.at(torch.linspace(0, 1, frames, dtype=torch.float64))))
    return float(steps.max() / steps.mean())


class Counted:
    def __init__(self):
        self.pictures = 0

    def __call__(self, z):
        self.pictures += len(z)
        return decode(z)


def arc(shares):
    """A quarter of a circle in the plane of two pixels, passed unevenly: its length is pi / 2."""
    angle = np.pi / 2 * np.asarray(shares) ** 2
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def test_the_length_of_a_curve_is_more_than_that_of_its_chords():
    shares = np.linspace(0, 1, 9)
    at, lengths = travelled(shares, arc(shares))
    chords = np.linalg.norm(np.diff(arc(shares), axis=0), axis=1).sum()
    assert abs(lengths[-1] - np.pi / 2) < 0.3 * abs(chords - np.pi / 2)
    assert np.abs(lengths - np.pi / 2 * at**2).max() < 0.01
    assert (np.diff(lengths) >= 0).all()


def test_pictures_are_taken_where_they_change_unevenly():
    def bump(shares):
        return np.tanh(200 * (np.asarray(shares) - 0.3))[:, None].astype(np.float32)

    shares, pictures = film(bump, 300)
    assert np.array_equal(pictures, bump(shares))
    assert (np.diff(shares) > 0).all()
    near = (shares > 0.25) & (shares < 0.35)
    assert near.mean() > 2 * 0.1
    assert len(shares) < 200


@pytest.mark.parametrize("most", [97, 120, 384])
def test_no_more_pictures_are_decoded_than_allowed(most):
    counted = Counted()
    path = tour(torch.stack([A, B, C, -A - B, 3 * C]))
    even = to_constant_image_speed(path, counted, most)
    assert counted.pictures <= most
    assert unevenness(even) < unevenness(path)


def test_a_smooth_change_is_measured_with_few_pictures():
    counted = Counted()
    even = to_constant_image_speed(straight(A, 0.5 * B), counted)
    assert counted.pictures < 150
    assert unevenness(even) <= 1.05


@pytest.mark.parametrize(
    "path",
    [
        FlightPath.even("corner", torch.stack([A, B, C])),
        FlightPath.even("triangle", torch.stack([A, B, C, A]), closed=True),
        FlightPath.even("repeated", torch.stack([A, A, B, B, B, C])),
        FlightPath.even("there and back", torch.stack([A, B, A]), closed=True),
        FlightPath.even("hairpin", torch.stack([A, B, 0.999 * B, C])),
    ],
    ids=lambda path: path.kind,
)
def test_corners_and_hairpins_stay_in_the_line_and_even(path):
    even = to_constant_image_speed(path, decode)
    # A frame may fall on both sides of a corner, which makes a step shorter, never longer.
    assert unevenness(even) <= 1.1
    assert torch.equal(even.points[[0, -1]], path.points[[0, -1]])
    assert even.length == pytest.approx(path.length, rel=1e-5)
    assert even.closed == path.closed


def test_a_jump_of_the_picture_is_survived():
    def jump(z):
        return (z[:, :1] > 1).float() * 0.9 + 0.01 * z[:, 1:2]

    even = to_constant_image_speed(straight(A, B), jump)
    assert even.points.isfinite().all()
    # Nearly all of the change is the jump, so nearly all of the time is spent around it.
    middle = even.at(torch.tensor([0.25, 0.75]))[:, 0]
    assert (middle - 1).abs().max() < 0.05


def test_a_rest_is_hurried_over():
    def rest(z):
        return (z[:, :1] - 1).clamp(min=0)

    even = to_constant_image_speed(straight(A, B), rest)
    assert even.at(torch.tensor([0.02]))[0, 0] > 0.95
    assert unevenness(even, rest) <= 1.1


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float64, torch.bfloat16])
def test_pictures_of_other_types_are_taken(dtype):
    scale = 255 if dtype is torch.uint8 else 1
    even = to_constant_image_speed(straight(A, B), lambda z: (scale * decode(z)).to(dtype))
    assert unevenness(even) <= 1.2
