import pytest
import torch

from models.latent.interpolation import lerp, slerp
from models.latent.morphs import morph

KINDS = ("linear", "spherical", "curve")


@pytest.fixture
def faces():
    return torch.randn(5, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", KINDS)
def test_a_morph_is_at_every_face_at_equal_shares(faces, kind):
    found = morph(faces, 4 * 6 + 1, kind)
    assert found.shape == (25, 8)
    torch.testing.assert_close(found[::6], faces, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_morph_returns_to_the_first(faces, kind):
    found = morph(faces, 5 * 6 + 1, kind, closed=True)
    wanted = torch.cat([faces, faces[:1]])
    torch.testing.assert_close(found[::6], wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("kind", "way"), [("linear", lerp), ("spherical", slerp)])
def test_between_two_faces_it_is_the_plain_way(faces, kind, way):
    found = morph(faces[:3], 9, kind)
    shares = torch.linspace(0, 1, 5)
    torch.testing.assert_close(found[:5], way(faces[0], faces[1], shares))
    torch.testing.assert_close(found[4:], way(faces[1], faces[2], shares))


def test_a_curve_turns_no_corner(faces):
    def sharpest(kind):
        steps = morph(faces, 401, kind).diff(dim=0)
        return torch.cosine_similarity(steps[1:], steps[:-1]).min()

    assert sharpest("linear") < 0.7 < 0.9 < sharpest("curve")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("closed", [False, True])
def test_the_same_face_again_and_again_is_a_morph_too(kind, closed):
    found = morph(torch.ones(3, 4), 7, kind, closed=closed)
    torch.testing.assert_close(found, torch.ones(7, 4))


@pytest.mark.parametrize("kind", KINDS)
def test_a_face_may_come_twice_in_a_row(faces, kind):
    found = morph(faces[[0, 0, 1, 2, 2]], 33, kind)
    assert found.isfinite().all()
    torch.testing.assert_close(found[[0, -1]], faces[[0, 2]])


@pytest.mark.parametrize(
    ("codes", "options", "words"),
    [
        (torch.zeros(1, 4), {}, "two finite codes"),
        (torch.zeros(4), {}, "two finite codes"),
        (torch.tensor([[0.0], [float("nan")]]), {}, "two finite codes"),
        (torch.zeros(2, 4), {"closed": True}, "three faces"),
        (torch.zeros(2, 4), {"steps": 1}, "at least 2"),
        (torch.zeros(2, 4), {"kind": "bent"}, "linear, spherical or curve"),
    ],
)
def test_what_makes_no_morph(codes, options, words):
    with pytest.raises(ValueError, match=words):
        morph(codes, **{"steps": 5} | options)
