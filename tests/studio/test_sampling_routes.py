"""What the sampler asks over HTTP: noise, descriptions, whereabouts, sweeps."""

import numpy as np
import pytest
import torch

from models.fitting import encoded
from models.latent.manifold import plane, traversal
from models.latent.sampling import normals, whereabouts
from models.registry import Registry
from tests.studio.samplers import floats, refusal

Z = "0.1,-0.4"
PLACE = torch.tensor([0.1, -0.4])


def test_noise_is_that_of_the_seed(get):
    answer = get("-/normals", seed=2**53 - 1, columns=5)
    assert torch.equal(floats(answer), normals(2**53 - 1, 64, 5))
    assert "max-age=86400" in answer.headers["cache-control"]


@pytest.mark.parametrize("seed", [-1, 2**53, "x", "1.5"])
@pytest.mark.parametrize("path", ["-/normals", "tiny/draws", "tiny/examples"])
def test_a_seed_that_no_page_can_count_is_refused(get, path, seed):
    assert "seed" in refusal(get(path, seed=seed, columns=2))


@pytest.mark.parametrize("columns", [0, 4097])
def test_noise_has_a_sensible_number_of_columns(get, columns):
    assert "columns" in refusal(get("-/normals", seed=0, columns=columns))


def test_the_description_says_what_is_sampled(get, sampled):
    about = get("tiny").json()
    checkpoint = sampled.open("tiny")
    found = encoded(checkpoint).aggregate()
    assert about["name"] == "tiny"
    assert about["digest"] == checkpoint.digest
    assert (about["shape"], about["latent_dim"], about["fit"]) == ([1, 28, 28], 2, "digit")
    assert about["activity"] == {"kind": "kl", "values": found.kl.tolist()}
    first, second = about["order"]
    assert about["activity"]["values"][first] >= about["activity"]["values"][second]
    assert about["aggregate"] == {"mean": found.mean.tolist(), "std": found.std.tolist()}
    assert about["classes"] == [True] * 10
    assert about["examples"] == len(checkpoint.atlas.thumbnails)
    assert about["parameters"] == sum(p.numel() for p in checkpoint.model.parameters())
    assert about["beta"] == checkpoint.config.training.beta
    assert about["components"] is None
    assert about["device"] == "cpu"
    assert about["devices"][0] == "cpu"


def test_the_description_draws_the_radius_of_the_prior(get):
    radius = get("tiny").json()["radius"]
    at, density = np.array(radius["curve"]).T
    assert len(at) == 65
    assert at[0] == 0
    assert at[-1] == pytest.approx(radius["mean"] + 4.5 * radius["std"])
    assert np.trapezoid(density, at) == pytest.approx(1, abs=1e-3)
    assert np.trapezoid(density * at, at) == pytest.approx(radius["mean"], abs=1e-2)


def test_the_description_has_the_figures_of_the_card(get):
    about = get("mixed").json()
    assert about["frechet"] == {"prior": 2.5, "gaussian": None, "mixture": 0.5}
    assert about["components"] == 3
    assert about["epochs"] == 3
    assert about["conditions"] == "Here."
    rows = {row["key"]: row["value"] for row in about["metrics"]}
    assert rows == {"kl": 4, "frechet": 2.5, "frechet_mixture": 0.5}
    assert all(row["label"] for row in about["metrics"])


def test_how_imported_weights_were_trained_is_not_told(get):
    about = get("foreign").json()
    assert about["beta"] is about["epochs"] is None


@pytest.mark.parametrize("name", ["bare", "blind"])
def test_without_examples_there_is_still_a_description(get, name):
    about = get(name).json()
    assert about["order"] == [0, 1]
    assert about["activity"] is about["aggregate"] is None
    assert about["classes"] == [False] * 10
    assert about["examples"] == 0


def test_the_description_knows_a_class_without_examples(get):
    assert get("gap").json()["classes"] == [label != 3 for label in range(10)]


def test_an_old_atlas_is_described_by_its_pictures(get):
    assert get("old").json()["activity"]["kind"] == "kl"
    assert get("old/fit").json()["examples"] == 60


def test_whereabouts_are_told_among_what_the_decoder_has_seen(get, sampled):
    atlas = sampled.open("tiny").atlas
    at = whereabouts(PLACE.unsqueeze(0), atlas.visited)
    near = get("tiny/whereabouts", z=Z).json()
    assert near["log_density"] == pytest.approx(at.log_density.item())
    assert near["radius"] == pytest.approx(at.radius.item())
    assert near["quantile"] == pytest.approx(at.quantile.item())
    assert near["distance"] == pytest.approx(at.distance.item())
    assert near["distance"] != pytest.approx(atlas.density.distance(PLACE.unsqueeze(0)).item())
    assert near["percentile"] == pytest.approx(at.percentile.item())
    around = atlas.surroundings(PLACE.unsqueeze(0))
    assert near["nearest"] == atlas.class_names[int(around.classes[0])]
    assert near["share"] == pytest.approx(around.shares.item())
    assert near["charted"] is True
    assert get("tiny/whereabouts", z="90,-90").json()["charted"] is False


def test_whereabouts_without_examples_are_those_of_the_prior(get):
    at = get("bare/whereabouts", z="3,4").json()
    assert at["radius"] == pytest.approx(5)
    assert at["log_density"] == pytest.approx(-12.5 - np.log(2 * np.pi))
    assert [at[k] for k in ("distance", "percentile", "charted", "nearest")] == [None] * 4
    assert at["share"] == 0


def test_whereabouts_far_out_are_still_numbers(get):
    at = get("tiny/whereabouts", z="1e6,-1e6").json()
    assert (at["quantile"], at["percentile"]) == (1, 0)


SWEEPS = {"traversal": {"dimension": 1}, "plane": {"x": 1, "y": 0}}


@pytest.mark.parametrize("part", ["whereabouts", *SWEEPS])
@pytest.mark.parametrize("z", ["", "1", "1,2,3", "nan,0", "inf,0", "1e7,0", "a,b"])
def test_what_is_no_code_is_refused(get, part, z):
    query = SWEEPS.get(part, {}) | {"low": -1, "high": 1}
    assert "z must be 2 numbers" in refusal(get(f"tiny/{part}", z=z, **query))


def decoded(sampled, codes):
    images = sampled.open("tiny").model.decode(codes).mul(255).add(0.5).to(torch.uint8)
    return images.permute(0, 2, 3, 1).numpy().astype(int)


def test_a_traversal_sweeps_one_dimension_upwards(get, sampled):
    answer = get("tiny/traversal", z=Z, dimension=1, low=-2, high=1.5, count=5)
    frames = np.frombuffer(answer.content, np.uint8).reshape(5, 28, 28, 1)
    expected = decoded(sampled, traversal(PLACE, 1, (-2, 1.5), 5))
    # Batches of other sizes may round the last bit differently.
    assert np.abs(frames - expected).max() <= 1


def test_a_plane_lies_with_its_largest_y_on_top(get, sampled):
    answer = get("tiny/plane", z=Z, x=1, y=0, low=-2, high=1.5, n=4)
    tiles = np.frombuffer(answer.content, np.uint8).reshape(16, 28, 28, 1)
    ends = (-2, 1.5)
    expected = decoded(sampled, plane(PLACE, (1, 0), ends, ends, 4, 4))
    assert np.abs(tiles - expected).max() <= 1
    assert np.abs(expected[0] - expected[-1]).max() > 1


@pytest.mark.parametrize(
    ("part", "changes", "words"),
    [
        ("traversal", {"dimension": 2}, "no dimension 2; choose 0 to 1"),
        ("traversal", {"dimension": -1}, "no dimension -1"),
        ("traversal", {"count": 1}, "count"),
        ("traversal", {"count": 65}, "count"),
        ("plane", {"x": 0, "y": 0}, "two different"),
        ("plane", {"x": 0, "y": 2}, "from 0 to 1"),
        ("plane", {"n": 1}, "n: "),
        ("plane", {"n": 25}, "n: "),
        *((part, {"low": 1, "high": 1}, "low must be below high") for part in SWEEPS),
        *((part, {"low": 2, "high": -2}, "low must be below high") for part in SWEEPS),
        *((part, {"low": "nan"}, "low") for part in SWEEPS),
        *((part, {"high": 1e9}, "high") for part in SWEEPS),
        *((part, {"device": "tpu"}, "'tpu' is no device") for part in SWEEPS),
    ],
)
def test_sweeps_that_cannot_be_drawn_say_why(get, part, changes, words):
    query = {"z": Z, "low": -1, "high": 1} | SWEEPS[part] | changes
    assert words in refusal(get(f"tiny/{part}", **query))


def test_a_device_that_is_not_there_is_refused(get, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.mps, "is_available", lambda: False)
    assert get("tiny").json()["devices"] == ["cpu"]
    query = {"z": Z, "low": -1, "high": 1, "dimension": 0, "device": "cuda"}
    assert "no cuda device" in refusal(get("tiny/traversal", **query))


@pytest.mark.parametrize("part", ["traversal", "plane"])
def test_sweeps_are_drawn_on_the_device_that_was_chosen(get, monkeypatch, part):
    opened, open_checkpoint = [], Registry.open

    def noted(registry, name, device=None):
        opened.append(device)
        return open_checkpoint(registry, name, device)

    monkeypatch.setattr(Registry, "open", noted)
    query = {"z": Z, "low": -1, "high": 1} | SWEEPS[part]
    for device in ({}, {"device": "cpu"}):
        assert get(f"tiny/{part}", **query, **device).status_code == 200
    assert opened == [None, "cpu"]


PARTS = ["", "/fit", "/examples", "/mixture", "/fit-example?row=0", f"/whereabouts?z={Z}"]


@pytest.mark.parametrize("part", PARTS)
def test_what_decodes_no_pictures_cannot_be_sampled_here(sampler, part):
    assert "not pictures" in refusal(sampler.get(f"/sampling/table{part}"))


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fetc", "a%00b", "TINY"])
def test_unknown_and_hostile_names_lead_nowhere(sampler, name):
    for part in PARTS:
        assert sampler.get(f"/sampling/{name}{part}").status_code == 404
