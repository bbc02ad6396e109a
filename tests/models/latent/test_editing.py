import pytest
import torch

from models.latent.directions import Directions, fit_directions
from models.latent.editing import draw_code, shares_left, steps_along
from models.latent.sampling import Mixture, normals

NAMES = ("a", "b", "twin of a")


@pytest.fixture(scope="module")
def directions():
    codes = torch.randn(400, 5, generator=torch.Generator().manual_seed(0))
    axes = torch.stack([codes[:, 0], codes[:, 1] + codes[:, 0], codes[:, 0]], dim=1)
    return fit_directions(codes, (axes > 0).to(torch.int8), NAMES, "means")


def test_a_seed_draws_the_same_code_from_the_prior():
    torch.testing.assert_close(draw_code(3, 5), normals(3, 1, 5)[0])


def test_a_seed_draws_the_same_code_from_a_mixture():
    mixture = Mixture(torch.ones(1), torch.full((1, 2), 3.0), 0.5 * torch.eye(2).unsqueeze(0))
    torch.testing.assert_close(draw_code(3, 2, mixture), 3 + 0.5 * normals(3, 1, 2)[0])


def test_plain_steps_are_the_directions_own(directions):
    steps, whole = steps_along(directions, ["a"])
    torch.testing.assert_close(steps, directions.steps)
    assert whole == ()


def test_conditional_steps_keep_others_where_they_are(directions):
    steps, whole = steps_along(directions, ["a", "b"], conditional=True)
    moved = directions.scores(directions.mean + steps)
    assert moved[0, 1].abs() < 1e-5
    assert moved[1, 0].abs() < 1e-5
    assert moved[0, 0] > 0.1
    assert whole == ("twin of a",)
    torch.testing.assert_close(steps[2], directions.steps[2])


def test_nothing_to_keep_changes_no_direction(directions):
    steps, whole = steps_along(directions, [], conditional=True)
    torch.testing.assert_close(steps, directions.steps)
    assert whole == ()


@pytest.mark.parametrize("conditional", [False, True])
def test_some_steps_are_found_without_the_others(directions, conditional, monkeypatch):
    every, _ = steps_along(directions, ["a", "b"], conditional=conditional)
    asked, find = [], Directions.conditional

    def counted(self, name, keep):
        asked.append(name)
        return find(self, name, keep)

    monkeypatch.setattr(Directions, "conditional", counted)
    names = ["twin of a", "b"]
    some, whole = steps_along(directions, ["a", "b"], conditional=conditional, names=names)
    torch.testing.assert_close(some, every[[2, 1]])
    assert whole == (("twin of a",) if conditional else ())
    assert asked == (names if conditional else [])


def test_a_conditional_step_moves_its_own_score_less(directions):
    plain, _ = steps_along(directions)
    torch.testing.assert_close(shares_left(directions, plain), torch.ones(3))
    steps, _ = steps_along(directions, ["a", "b"], conditional=True)
    left = shares_left(directions, steps)
    moved = directions.scores(directions.mean + steps)
    torch.testing.assert_close(left, moved.diagonal(), atol=1e-5, rtol=1e-4)
    assert left[0] < 0.9
    assert left[2] == pytest.approx(1)  # Nothing would be left: it is plain.


@pytest.mark.parametrize("conditional", [False, True])
def test_what_is_to_be_kept_must_be_known(directions, conditional):
    with pytest.raises(ValueError, match="no direction 'c'"):
        steps_along(directions, ["c"], conditional=conditional)
