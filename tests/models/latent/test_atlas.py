from dataclasses import replace

import pytest
import torch
from safetensors.torch import load, save

from models.latent import Atlas
from models.latent.sampling import fit_mixture

NAMES = ("zero", "one", "two", "absent")


def ingredients(rows=300):
    """Codes whose picture is their own row number, and classes of very different size."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.multinomial(torch.tensor([0.8, 0.15, 0.05]), rows, True, generator=generator)
    codes = torch.randn(rows, 3, generator=generator) + 4 * labels.unsqueeze(1)
    images = (torch.arange(rows) % 251).to(torch.uint8).view(rows, 1, 1, 1).repeat(1, 1, 2, 2)
    return codes, labels, images


@pytest.fixture
def atlas():
    return Atlas.build(*ingredients(), NAMES, thumbnails=30, seed=0)


def test_reordering_keeps_codes_labels_and_pictures_together(atlas):
    codes, labels, images = ingredients()
    for row in (*range(30), 200, 299):
        origin = int((codes == atlas.codes[row]).all(1).nonzero())
        assert atlas.labels[row] == labels[origin]
        if row < 30:
            assert torch.equal(atlas.thumbnails[row], images[origin])
    assert sorted(atlas.codes[:, 0].tolist()) == sorted(codes[:, 0].tolist())


@pytest.mark.parametrize("first", [6, 15, 30])
def test_thumbnails_are_balanced_and_so_is_every_beginning(atlas, first):
    counts = atlas.labels[:first].long().bincount()
    assert counts.tolist() == [first // 3] * 3


def test_a_small_class_gives_all_it_has():
    codes, _, images = ingredients(40)
    labels = torch.tensor([0] * 36 + [1] * 3 + [-1])
    built = Atlas.build(codes, labels, images, NAMES, thumbnails=20)
    assert (built.labels[:20] == 1).sum() == 3
    assert (built.labels[:20] == -1).sum() == 1
    assert len(Atlas.build(codes, labels, images, NAMES, thumbnails=999).thumbnails) == 40


def test_the_seed_decides():
    first, again, other = (
        Atlas.build(*ingredients(), NAMES, thumbnails=30, seed=seed) for seed in (1, 1, 2)
    )
    assert torch.equal(first.codes, again.codes)
    assert not torch.equal(first.codes, other.codes)


def test_summaries_belong_to_the_reordered_rows(atlas):
    assert atlas.labels[atlas.medoids[:3]].tolist() == [0, 1, 2]
    assert atlas.medoids[3] == -1
    assert atlas.means[3].isnan().all()
    ones = atlas.codes[atlas.labels == 1]
    assert torch.allclose(atlas.means[1], ones.mean(0), atol=1e-5)


def test_range_holds_every_code_with_a_margin(atlas):
    low, high = atlas.range.unbind(1)
    assert (atlas.codes > low).all()
    assert (atlas.codes < high).all()
    flat = replace(atlas, codes=torch.cat([atlas.codes[:, :2], torch.zeros(300, 1)], 1))
    assert flat.range[2].tolist() == [-1, 1]


def test_survives_a_safetensors_file(atlas):
    again = Atlas.from_tensors(load(save(atlas.to_tensors())), NAMES)
    for name, tensor in atlas.to_tensors().items():
        assert torch.equal(tensor.nan_to_num(), again.to_tensors()[name].nan_to_num())
    z = atlas.codes[:5] + 0.1
    assert torch.equal(again.density.percentile(z), atlas.density.percentile(z))
    assert again.class_names == NAMES


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("codes", torch.full((300, 3), torch.nan)),
        ("codes", torch.zeros(300, 3, dtype=torch.float64)),
        ("labels", torch.zeros(299, dtype=torch.int16)),
        ("labels", torch.full((300,), 4, dtype=torch.int16)),
        ("thumbnails", torch.zeros(301, 1, 2, 2, dtype=torch.uint8)),
        ("means", torch.zeros(3, 3)),
        ("medoids", torch.full((4,), 300)),
        ("calibration", torch.zeros(5, 5)),
        ("calibration", None),
    ],
)
def test_damage_is_named(atlas, name, damaged):
    tensors = {**atlas.to_tensors(), name: damaged}
    if damaged is None:
        del tensors[name]
    with pytest.raises(ValueError, match=f"atlas is damaged: .*{name}"):
        Atlas.from_tensors(tensors, NAMES)


def test_nearest_examples_have_thumbnails(atlas):
    indices, distances = atlas.nearest_examples(atlas.codes[100:110], 5)
    assert indices.shape == distances.shape == (10, 5)
    assert indices.max() < 30


def test_sample_near_stays_near_and_follows_its_generator(atlas):
    def draw(scale, seed=0):
        return atlas.sample_near(50, scale, torch.Generator().manual_seed(seed))

    assert torch.equal(draw(0.5), draw(0.5))
    assert not torch.equal(draw(0.5), draw(0.5, seed=1))
    assert atlas.density.nearest(draw(0.0), 1)[1].max() < 1e-6
    assert atlas.density.charted(draw(0.5)).float().mean() > 0.9


def test_unequal_parts_are_refused():
    codes, labels, images = ingredients()
    with pytest.raises(ValueError, match="299 and 300"):
        Atlas.build(codes, labels[:299], images, NAMES)
    with pytest.raises(ValueError, match="at least 2 rows, not 0, 0 and 0"):
        Atlas.build(codes[:0], labels[:0], images[:0], NAMES)


def test_the_core_leaves_the_loneliest_codes_out():
    codes, labels, images = ingredients(3000)
    codes[0] = torch.tensor([1000.0, -1000.0, 0.0])
    atlas = Atlas.build(codes, labels, images, NAMES, thumbnails=10)
    assert atlas.range[0, 1] > 1000
    assert atlas.core[0, 1] < 20
    assert atlas.core[1, 0] > -20
    inside = (atlas.codes >= atlas.core[:, 0]) & (atlas.codes <= atlas.core[:, 1])
    assert inside.float().mean() > 0.99


def variances(rows=300):
    """Narrow posteriors in two dimensions; in the third one the prior's width."""
    return torch.tensor([0.01, 0.04, 1.0]).log().expand(rows, 3)


@pytest.fixture
def sampled():
    atlas = Atlas.build(*ingredients(), NAMES, thumbnails=30, logvar=variances())
    return replace(atlas, mixture=fit_mixture(atlas.draws(), 3))


def test_variances_keep_with_their_codes():
    codes, labels, images = ingredients()
    logvar = -codes.abs()
    atlas = Atlas.build(codes, labels, images, NAMES, thumbnails=30, logvar=logvar)
    torch.testing.assert_close(atlas.logvar.float(), -atlas.codes.abs(), rtol=1e-3, atol=1e-3)


def test_draws_are_as_wide_as_the_posteriors(atlas, sampled):
    steps = sampled.draws() - sampled.codes
    torch.testing.assert_close(steps.std(0), torch.tensor([0.1, 0.2, 1.0]), rtol=0.15, atol=0)
    ones = sampled.codes[sampled.labels == 1]
    assert sampled.draws(label=1).shape == ones.shape
    assert torch.equal(atlas.draws(), atlas.codes), "without variances the codes themselves"


def test_where_the_decoder_has_been_is_wider_than_where_the_means_are():
    codes, _, images = ingredients(2000)
    codes = torch.randn(2000, 3, generator=torch.Generator().manual_seed(1))
    codes[:, 2] = 0
    labels = torch.zeros(2000, dtype=torch.int64)
    atlas = Atlas.build(codes, labels, images, NAMES, thumbnails=30, logvar=variances(2000))
    beside = 0.5 * codes[:50] + torch.tensor([0.0, 0.0, 1.5])
    assert atlas.density.charted(beside).float().mean() < 0.1
    assert atlas.visited.charted(beside).float().mean() > 0.9
    plain = replace(atlas, logvar=None)
    assert plain.visited is plain.density


def test_variances_and_mixture_survive_a_safetensors_file(sampled):
    tensors = load(save(sampled.to_tensors()))
    again = Atlas.from_tensors(tensors, NAMES)
    assert torch.equal(again.logvar, sampled.logvar)
    assert torch.equal(again.mixture.sample(9, seed=1), sampled.mixture.sample(9, seed=1))


def test_an_atlas_of_an_earlier_version_has_neither(atlas):
    assert atlas.to_tensors().keys() == {
        *("codes", "labels", "thumbnails", "means", "medoids", "calibration", "neighbours")
    }
    again = Atlas.from_tensors(load(save(atlas.to_tensors())), NAMES)
    assert again.logvar is None
    assert again.mixture is None


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("logvar", torch.zeros(300, 3)),
        ("logvar", torch.zeros(299, 3, dtype=torch.float16)),
        ("logvar", torch.full((300, 3), torch.nan, dtype=torch.float16)),
        ("logvar", torch.full((300, 3), 6e4, dtype=torch.float16)),
        ("mixture.weights", torch.zeros(3)),
        ("mixture.means", torch.zeros(3, 2)),
        ("mixture.scales", None),
    ],
)
def test_damaged_variances_and_mixtures_are_named(sampled, name, damaged):
    tensors = {**sampled.to_tensors(), name: damaged}
    if damaged is None:
        del tensors[name]
    what = "atlas" if name == "logvar" else "mixture"
    with pytest.raises(ValueError, match=f"{what} is damaged: .*(logvar|weights|scales)"):
        Atlas.from_tensors(tensors, NAMES)


def test_a_mixture_has_to_have_the_dimensions_of_the_codes(sampled):
    flat = fit_mixture(sampled.codes[:, :2], 1)
    with pytest.raises(ValueError, match="mixture should be of 3 dimensions"):
        replace(sampled, mixture=flat)
