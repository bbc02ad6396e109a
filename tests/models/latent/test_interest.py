import dataclasses

import pytest
import torch

from models.latent import CHARTED, Atlas
from models.latent.flight import points_of_interest
from tests.models.latent.worlds import NAMES, ring_atlas


@pytest.fixture(scope="module")
def atlas():
    return ring_atlas()


@pytest.fixture(scope="module")
def found(atlas):
    return points_of_interest(atlas)


def of_kind(found, kind):
    return [point for point in found if point.kind == kind]


def test_every_class_with_codes_has_its_medoid_and_its_mean(atlas, found):
    assert [p.name for p in of_kind(found, "medoid")] == [f"typical {n}" for n in NAMES[:3]]
    assert [p.name for p in of_kind(found, "mean")] == [f"mean {n}" for n in NAMES[:3]]
    for row, point in enumerate(of_kind(found, "medoid")):
        assert torch.equal(point.code, atlas.codes[atlas.medoids[row]])


def test_borders_are_where_two_classes_are_equally_near_and_no_third_is_nearer(atlas, found):
    borders = of_kind(found, "border")
    assert [p.name for p in borders] == ["between north and east", "between east and south"]
    for point, pair in zip(borders, ((0, 1), (1, 2)), strict=True):
        fifth = [
            (atlas.codes[atlas.labels == label] - point.code).norm(dim=1).sort().values[4]
            for label in range(3)
        ]
        assert abs(fifth[pair[0]] - fifth[pair[1]]) < 1e-3
        assert min(fifth) > max(fifth[label] for label in pair) - 2e-3
        assert point.density > 10


def test_a_hole_lies_inside_and_far_from_data():
    generator = torch.Generator().manual_seed(0)
    shell = torch.randn(4000, 3, generator=generator)
    shell = 3 * shell / shell.norm(dim=1, keepdim=True)
    codes = shell + 0.2 * torch.randn(4000, 3, generator=generator)
    images = torch.zeros(4000, 1, 2, 2, dtype=torch.uint8)
    hollow = Atlas.build(codes, torch.zeros(4000), images, ("shell",), thumbnails=5)
    first, *others = of_kind(points_of_interest(hollow), "hole")
    assert first.name == "hole 1"
    assert first.code.norm() < 1.5
    assert first.density < CHARTED
    assert all(other.density >= first.density for other in others)


def test_points_have_names_of_their_own_and_lie_apart(atlas, found):
    names = [point.name for point in found]
    assert len(set(names)) == len(names)
    codes = torch.stack([point.code for point in found])
    apart = torch.cdist(codes, codes) + 1e9 * torch.eye(len(codes))
    assert apart.min() > 0.01 * atlas.codes.std(0).norm()
    assert all(0 <= point.density <= 100 for point in found)


def test_a_mean_on_its_medoid_is_listed_once(atlas):
    medoids = atlas.codes[atlas.medoids[:3]]
    same = dataclasses.replace(atlas, means=torch.cat([medoids, atlas.means[3:]]))
    assert not of_kind(points_of_interest(same), "mean")


def test_the_same_atlas_gives_the_same_points(atlas, found):
    again = points_of_interest(atlas)
    assert [p.name for p in again] == [p.name for p in found]
    assert all(torch.equal(a.code, b.code) for a, b in zip(again, found, strict=True))


def test_numbers_are_limits(atlas):
    few = points_of_interest(atlas, borders=1, holes=0)
    assert len(of_kind(few, "border")) == 1
    assert not of_kind(few, "hole")


@pytest.mark.parametrize("labels", [-1, 0])
def test_without_classes_to_tell_apart_there_are_no_borders(labels):
    codes = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
    images = torch.zeros(60, 1, 2, 2, dtype=torch.uint8)
    atlas = Atlas.build(codes, torch.full((60,), labels), images, ("one",), thumbnails=5)
    assert not of_kind(points_of_interest(atlas), "border")


def test_without_labels_all_codes_are_one_class():
    codes = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
    images = torch.zeros(60, 1, 2, 2, dtype=torch.uint8)
    for names in ((), ("one", "two")):
        atlas = Atlas.build(codes, torch.full((60,), -1), images, names)
        medoid, mean = points_of_interest(atlas, holes=0)
        assert (medoid.kind, mean.kind) == ("medoid", "mean")
        far = torch.cdist(atlas.codes, atlas.codes).sum(1)
        assert torch.equal(medoid.code, atlas.codes[far.argmin()])
        torch.testing.assert_close(mean.code, codes.mean(0))


def test_a_collapsed_atlas_has_one_place():
    images = torch.zeros(30, 1, 2, 2, dtype=torch.uint8)
    atlas = Atlas.build(torch.zeros(30, 3), torch.arange(30) % 2, images, ("a", "b"))
    assert len(points_of_interest(atlas)) == 1
