import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.latent.flight import Frame


def codes(dimensions, rows=400, seed=0):
    generator = torch.Generator().manual_seed(seed)
    scale = torch.linspace(2, 0.5, dimensions)
    return torch.randn(rows, dimensions, generator=generator) * scale + 1


def points(seed, rows=20):
    return 3 * torch.randn(rows, 3, generator=torch.Generator().manual_seed(seed))


frames = st.one_of(
    st.builds(lambda d: Frame.principal(codes(d)), st.integers(3, 12)),
    st.builds(lambda d: Frame.along(codes(d), (d - 1, 0, 1)), st.integers(3, 12)),
)


@given(frames, st.integers(0, 99))
def test_points_survive_the_way_to_latent_space_and_back(frame, seed):
    x = points(seed)
    torch.testing.assert_close(frame.from_latent(frame.to_latent(x)), x, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(frame.to_latent(x)[3], frame.to_latent(x[3]))


@given(frames, st.integers(0, 99))
def test_a_frame_keeps_distances(frame, seed):
    x = points(seed)
    torch.testing.assert_close(
        torch.cdist(frame.to_latent(x), frame.to_latent(x)), torch.cdist(x, x), atol=1e-2, rtol=1e-3
    )


@given(frames, st.integers(0, 99))
def test_a_frame_moved_through_a_code_holds_it_and_keeps_every_coordinate(frame, seed):
    generator = torch.Generator().manual_seed(seed)
    z = 2 * torch.randn(len(frame.origin), generator=generator)
    moved = frame.through(z)
    torch.testing.assert_close(moved.to_latent(moved.from_latent(z)), z, atol=1e-4, rtol=1e-4)
    others = torch.randn(9, len(z), generator=generator)
    torch.testing.assert_close(
        moved.from_latent(others), frame.from_latent(others), atol=1e-4, rtol=1e-4
    )


def test_a_model_of_three_dimensions_is_flown_in_itself():
    frame = Frame.along(codes(3))
    assert torch.equal(frame.to_latent(points(1)), points(1))
    assert torch.equal(frame.from_latent(points(1)), points(1))
    assert frame.names == ("z1", "z2", "z3")


def test_the_other_dimensions_stay_at_their_mean():
    some = codes(6)
    z = Frame.along(some, (4, 1, 2)).to_latent(points(0))
    torch.testing.assert_close(z[:, [4, 1, 2]], points(0))
    torch.testing.assert_close(z[:, [0, 3, 5]], some.mean(0)[[0, 3, 5]].expand(20, 3))


def test_principal_axes_are_those_of_the_greatest_spread():
    some = codes(8)
    frame = Frame.principal(some)
    assert torch.allclose(frame.axes.abs().argmax(1), torch.arange(3))
    assert (frame.axes.gather(1, frame.axes.abs().argmax(1, keepdim=True)) > 0).all()
    spread = frame.from_latent(some).var(0)
    assert (spread.diff() < 0).all()
    assert frame.from_latent(some).mean(0).abs().max() < 1e-4
    assert frame.names[0].startswith("PC 1 (")


def test_collapsed_codes_still_have_a_frame():
    frame = Frame.principal(torch.zeros(10, 4))
    assert frame.axes.isfinite().all()


@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("make", [Frame.along, Frame.principal])
def test_flat_models_are_refused_in_a_sentence(make, dimensions):
    with pytest.raises(ValueError, match="Flying takes at least 3 latent dimensions"):
        make(codes(dimensions))


def test_bad_frames_are_refused():
    with pytest.raises(ValueError, match="three different ones from 0 to 4"):
        Frame.along(codes(5), (0, 0, 1))
    with pytest.raises(ValueError, match="three different ones from 0 to 4"):
        Frame.along(codes(5), (0, 1, 5))
    with pytest.raises(ValueError, match="code of 5 numbers"):
        Frame.along(codes(5)).through(torch.zeros(4))
    with pytest.raises(ValueError, match="code of 5 numbers"):
        Frame.principal(codes(5)).through(torch.full((5,), torch.nan))
    with pytest.raises(ValueError, match="perpendicular"):
        Frame(origin=torch.zeros(3), axes=2 * torch.eye(3), names=("a", "b", "c"))
    with pytest.raises(ValueError, match=r"axes \[3, D\]"):
        Frame(origin=torch.zeros(4), axes=torch.eye(3), names=("a", "b", "c"))
