"""Directions learned from labels and measured on held-out pictures.

A code of six numbers lights six patches, and the judge looks at those patches, so that every
measure is known beforehand.
"""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from models.attributes import find_judge, learn_attributes
from models.bench.faces import bench_faces, pixel_auc
from models.cli.bench import _faces_table
from models.data import Dataset, Split
from models.features import AttributeNetwork
from models.latent.attributes import MAIN
from models.latent.directions import fit_directions
from models.posterior import Posterior

NAMES = ("Hat", *MAIN)
MIX = torch.eye(6)[:5].clone()
MIX[2, 3] = 0.6
"""The second row, of Smiling, is the picture's second patch; Male's patch holds some glasses too"""


class Patches(nn.Module):
    """Says a code by the brightness of six patches, 0.5 + z / 20."""

    def __init__(self):
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))
        self.config = SimpleNamespace(shape=(3, 64, 64), latent_dim=6)

    def decode(self, z_BD):
        x = torch.full((len(z_BD), 3, 64, 64), 0.5)
        for patch in range(6):
            x[:, :, 8 * patch : 8 * patch + 8] += z_BD[:, patch].view(-1, 1, 1, 1) / 20
        return x

    def encode(self, x):
        mu = 20 * (_seen(x) - 0.5)
        return Posterior(mu, torch.full_like(mu, -10.0))


class Looker(AttributeNetwork):
    """Tells the attributes by the patches; each logit's gain is another."""

    GAIN = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])

    def __init__(self):
        super().__init__((4,), 5)

    def scores(self, pictures):
        x = pictures.float() / 255 if pictures.dtype == torch.uint8 else pictures
        return self.GAIN * (20 * (_seen(x) - 0.5) @ MIX.T - 0.2)

    def features(self, pictures):
        return self.scores(pictures)


def _seen(x):
    return torch.stack([x[:, :, 8 * p : 8 * p + 8].mean((1, 2, 3)) for p in range(6)], dim=1)


def split(count, seed):
    codes = torch.randn(count, 6, generator=torch.Generator().manual_seed(seed))
    pictures = Patches().decode(codes).mul(255).round().byte()
    return Split(
        images=pictures,
        labels=torch.full((count,), -1),
        attributes=(codes @ MIX.T > 0.2).to(torch.int8),
    )


@pytest.fixture(scope="module")
def dataset():
    return Dataset(
        name="patches",
        train=split(900, 0),
        validation=split(0, 1),
        test=split(200, 2),
        class_names=(),
        attribute_names=NAMES,
        source="drawn",
        terms="none",
    )


@pytest.fixture
def judged(monkeypatch):
    """The data set has a judge."""
    card = SimpleNamespace(attributes=NAMES)
    found = (Looker(), card)
    monkeypatch.setattr("models.attributes.load_features", lambda name: found)


def test_directions_and_their_measures(dataset, judged):
    found = learn_attributes(Patches(), dataset)
    assert found.names == NAMES
    assert (found.auc > 0.99).all()
    axes = MIX / MIX.norm(dim=1, keepdim=True)
    for kind in ("normal", "means"):
        assert ((found.of(kind).normals * axes).sum(1) > 0.98).all()
    # A step is about as long as codes are wide, and so are the logits of what it is along.
    raw = found.effects_of("normal")
    torch.testing.assert_close(raw.diagonal(), torch.ones(5), atol=0.15, rtol=0)
    logits = Looker().scores(dataset.test.images)
    z = Patches().encode(dataset.test.images / 255).mu[:200]
    row = NAMES.index("Male")
    moved = Looker().scores(Patches().decode(z + found.normal.steps[row]))
    before = Looker().scores(Patches().decode(z))
    torch.testing.assert_close(raw[row], (moved - before).mean(0) / logits.std(0))


def test_conditional_steps_leave_the_main_ones_alone(dataset, judged):
    found = learn_attributes(Patches(), dataset)
    male, glasses = NAMES.index("Male"), NAMES.index("Eyeglasses")
    assert found.effects_of("normal")[male, glasses] > 0.4
    held = found.effects_of("normal", conditional=True)
    assert held[male, glasses].abs() < 0.1
    assert held[male, male] > 0.5
    step = found.normal.conditional("Male", ["Smiling", "Eyeglasses", "Young"])
    logits = Looker().scores(dataset.test.images)
    z = Patches().encode(dataset.test.images / 255).mu[:200]
    change = Looker().scores(Patches().decode(z + step)) - Looker().scores(Patches().decode(z))
    torch.testing.assert_close(held[male], change.mean(0) / logits.std(0))


def test_without_a_judge_there_are_no_effects(dataset):
    found = learn_attributes(Patches(), dataset)
    assert found.effects is None
    assert (found.auc > 0.99).all()


def test_a_judge_that_misses_an_attribute_is_none(dataset, monkeypatch):
    card = SimpleNamespace(attributes=NAMES[:4])
    monkeypatch.setattr("models.attributes.load_features", lambda name: (Looker(), card))
    assert find_judge(dataset) is None


def test_the_level_of_a_judge_is_the_log_odds_of_the_share(dataset, judged):
    judge = find_judge(dataset)
    share = (dataset.train.attributes == 1).float().mean(0)
    torch.testing.assert_close(judge.level, torch.logit(share), atol=0.02, rtol=0)


def test_nothing_is_learned_of_data_without_attributes(dataset):
    bare = Dataset(
        name="bare",
        **{
            part: Split(images=s.images, labels=s.labels)
            for part in ("train", "validation", "test")
            for s in [getattr(dataset, part)]
        },
        class_names=(),
        source="drawn",
        terms="none",
    )
    assert learn_attributes(Patches(), bare) is None


def test_nothing_is_learned_of_too_few_examples(dataset, caplog):
    few = Dataset(
        name="few",
        train=dataset.train.take(slice(12)),
        validation=dataset.validation,
        test=dataset.test,
        class_names=(),
        attribute_names=NAMES,
        source="drawn",
        terms="none",
    )
    assert learn_attributes(Patches(), few) is None
    assert "No attribute has at least 10 examples" in caplog.text


def test_means_that_coincide_are_no_direction(dataset, monkeypatch):
    fit = fit_directions

    def without_hats(codes, attributes, names, kind):
        first = 1 if kind == "means" else 0
        return fit(codes, attributes[:, first:], names[first:], kind)

    monkeypatch.setattr("models.attributes.fit_directions", without_hats)
    found = learn_attributes(Patches(), dataset)
    assert found.names == MAIN
    assert (found.auc > 0.99).all()


def test_held_out_labels_of_one_kind_have_no_auc(dataset):
    test = dataset.test.take(dataset.test.attributes[:, 0] == 1)
    one_sided = Dataset(
        name="hats",
        train=dataset.train,
        validation=dataset.validation,
        test=test,
        class_names=(),
        attribute_names=NAMES,
        source="drawn",
        terms="none",
    )
    found = learn_attributes(Patches(), one_sided)
    assert math.isnan(found.auc[0, 0])
    assert found.auc[0, 1] > 0.99


@pytest.fixture
def result(dataset, judged, monkeypatch):
    monkeypatch.setattr("models.fidelity.load_features", lambda name: None)
    checkpoint = SimpleNamespace(model=Patches(), name="patches")
    return bench_faces(checkpoint, learn_attributes(Patches(), dataset), dataset, faces=60)


def test_the_bench_moves_faces_until_the_judge_sees_it(result, dataset):
    assert list(result["attributes"]) == list(MAIN)
    for name in MAIN:
        one = result["attributes"][name]
        assert one["auc_normal"] > 0.99
        assert one["auc_pixels"] > 0.99
        lacks = (dataset.test.attributes[:, NAMES.index(name)] == 0).sum()
        assert one["moved"]["faces"] == min(60, lacks)
        shares = [one["moved"]["normal"][str(steps)]["share"] for steps in range(4)]
        assert shares == sorted(shares)
        assert shares[0] < 0.1
        assert shares[3] > 0.95
        # Fewer than half have it, which the judge's level makes up for.
        balanced = [one["moved"]["normal"][str(steps)]["share_balanced"] for steps in range(4)]
        assert all(even >= share for even, share in zip(balanced, shares, strict=True))
        assert sum(balanced) > sum(shares)
        plain = one["moved"]["in_population"]["normal"]["2"]["share"]
        assert plain <= one["moved"]["normal"]["2"]["share"]
        assert one["moved"]["step_ratio"]["normal"] >= 0.99
        seen = result["judge"][name]
        assert seen["pictures"]["share"] > 0.9
        assert seen["reconstructions"]["share"] > 0.9


def test_the_bench_holds_each_direction_from_what_it_changes_most(result):
    male = result["held_from_largest"]["normal"]["Male"]
    assert male["other"] == "Eyeglasses"
    assert male["raw"] > 0.4
    assert abs(male["conditional"]) < 0.1
    assert male["own_raw"] == pytest.approx(1, abs=0.15)
    assert 0.5 < male["own_conditional"] < male["own_raw"]
    table = result["cross_effects"]["normal"]
    assert table["raw"]["largest"]["Male"] == male["raw"]
    assert table["raw"]["largest_of_all"]["Male"] == {"Eyeglasses": male["raw"]}


def test_the_bench_says_what_is_met(result):
    rows = {row["what"]: row for row in result["criteria"]}
    assert rows["AUC Smiling"]["met"]
    assert rows["AUC Smiling"]["wanted"] == ">= 0.9"
    assert rows["cross effect between these, conditional / raw (normal)"]["met"]
    assert rows["cross effect between these, conditional / raw (normal)"]["wanted"] == "<= 0.5"
    moved = result["attributes"]["Male"]["moved"]["normal"]["2"]["share"]
    assert rows["+2 Male (normal)"] == {
        "what": "+2 Male (normal)",
        "value": moved,
        "wanted": ">= 0.85",
        "met": moved >= 0.85,
    }
    assert _faces_table("patches", result).row_count == len(rows)


def test_labels_that_say_nothing_are_not_in_the_pixels(dataset):
    numbers = torch.Generator().manual_seed(5)
    told = {
        part: Split(
            images=s.images,
            labels=s.labels,
            attributes=torch.randint(2, (len(s), 5), generator=numbers).to(torch.int8),
        )
        for part in ("train", "validation", "test")
        for s in [getattr(dataset, part)]
    }
    noise = Dataset(
        name="noise",
        **told,
        class_names=(),
        attribute_names=NAMES,
        source="drawn",
        terms="none",
    )
    assert abs(pixel_auc(noise, ["Male"])["Male"] - 0.5) < 0.15
    assert pixel_auc(dataset, ["Male"])["Male"] > 0.99
