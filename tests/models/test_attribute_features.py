import dataclasses

import pytest
import torch

from models.data import Dataset, Split
from models.features import AttributeNetwork, FeatureError, load_features
from models.features.attributes import fold
from models.features.train_attributes import (
    ATTRIBUTE_TRAININGS,
    AttributeTraining,
    area_under_curve,
    train_attributes,
)
from models.training import TrainingConfig

QUICK = AttributeTraining(
    widths=(4, 8),
    activation="relu",
    shift=1,
    training=TrainingConfig(epochs=4, batch_size=16, learning_rate=1e-2),
)


def split(count, seed):
    """Pictures that are bright or dark, with the answer; a third attribute is never known."""
    numbers = torch.Generator().manual_seed(seed)
    bright = torch.rand(count, generator=numbers) < 0.5
    noise = torch.randint(100, (count, 3, 64, 64), dtype=torch.uint8, generator=numbers)
    images = noise + 100 * bright.view(-1, 1, 1, 1).to(torch.uint8)
    unknown = torch.full((count,), -1)
    columns = torch.stack([bright.long(), 1 - bright.long(), unknown], 1)
    return Split(
        images=images,
        labels=torch.full((count,), -1),
        attributes=columns.to(torch.int8),
    )


@pytest.fixture(scope="module")
def lamps():
    return Dataset(
        name="lamps",
        train=split(160, 0),
        validation=split(0, 1),
        test=split(60, 2),
        class_names=(),
        source="drawn",
        terms="none",
        attribute_names=("Bright", "Dark", "Owned"),
    )


@pytest.fixture(scope="module")
def learned(lamps):
    return train_attributes(lamps, "guide", QUICK)


def test_training_learns_what_is_known_and_leaves_out_the_rest(learned, lamps):
    card = learned.card
    assert card.dataset == "lamps-guide"
    assert card.attributes == lamps.attribute_names
    assert card.accuracy > 0.95
    assert card.auc.keys() == {"Bright", "Dark"}
    assert min(card.auc.values()) > 0.95


def test_training_is_the_same_each_time_whatever_was_drawn_before(learned, lamps):
    torch.rand(3)
    assert train_attributes(lamps, "guide", QUICK).weights == learned.weights
    assert train_attributes(lamps, "judge", QUICK).card.dataset == "lamps"


def test_features_and_maps_have_unit_variance(learned, lamps):
    network, images = learned.network, lamps.train.images
    assert float(network.features(images).var(0).mean()) == pytest.approx(1, abs=0.02)
    for m in network.impressions(images / 255):
        # A channel that never says anything is not blown up.
        assert (m.var((0, 2, 3)) < 1.05).all()
        assert float(m.var((0, 2, 3)).max()) == pytest.approx(1, abs=0.05)


def test_what_is_written_is_what_is_loaded(learned, lamps, tmp_path):
    learned.write(tmp_path)
    network, card = load_features("lamps-guide", tmp_path)
    assert isinstance(network, AttributeNetwork)
    assert card == learned.card
    x = lamps.test.images[:9]
    assert torch.equal(network.scores(x), learned.network.scores(x))
    torch.testing.assert_close(network.scores(x / 255), network(x / 255))
    torch.testing.assert_close(network.features(x), network.pooled(x / 255) * network.scale)


def test_taking_normalisation_out_changes_nothing():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = AttributeNetwork((4, 6), 5, "silu", normalised=True)
        x = torch.rand(8, 3, 64, 64)
        network(x)
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.add_(0.1 * torch.rand(tensor.shape))
    network.eval()
    torch.testing.assert_close(fold(network, "silu")(x), network(x), rtol=1e-4, atol=1e-5)


def test_other_pictures_are_refused(learned, lamps):
    with pytest.raises(FeatureError, match=r"\[B, 3, 64, 64\], not \[2, 1, 64, 64\]"):
        learned.network.features(lamps.test.images[:2, :1])
    nameless = dataclasses.replace(
        lamps,
        **{
            name: dataclasses.replace(getattr(lamps, name), attributes=None)
            for name in ("train", "validation", "test")
        },
        attribute_names=(),
    )
    with pytest.raises(FeatureError, match="lamps has 0 and the shape"):
        train_attributes(nameless)


def test_guide_and_judge_differ_in_all_but_the_pictures():
    guide, judge = ATTRIBUTE_TRAININGS["guide"], ATTRIBUTE_TRAININGS["judge"]
    assert guide.widths != judge.widths
    assert guide.activation != judge.activation
    assert guide.training.seed != judge.training.seed


@pytest.mark.parametrize(
    ("scores", "truth", "area"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0),
        ([1, 1, 1, 1], [0, 1, 0, 1], 0.5),
        ([1, 3, 2, 9], [0, 0, 1, -1], 0.5),
        ([1, 2], [1, 1], None),
    ],
)
def test_area_under_the_curve(scores, truth, area):
    assert area_under_curve(torch.tensor(scores), torch.tensor(truth)) == area
