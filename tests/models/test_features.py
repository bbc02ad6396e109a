import dataclasses
import hashlib
import json

import pytest
import torch

from models.data import Dataset, Split
from models.features import FeatureError, FeatureNetwork, load_features
from models.features.network import FOLDER
from models.features.train import FEATURE_TRAINING, train_features
from models.frechet import Moments, frechet_distance
from models.preprocessing import to_unit

QUICK = dataclasses.replace(FEATURE_TRAINING, epochs=3)


@pytest.fixture(scope="module")
def learned(digits):
    return train_features(digits, QUICK)


@pytest.fixture
def written(learned, tmp_path):
    learned.write(tmp_path)
    return tmp_path


def test_the_shipped_network_is_whole_and_good():
    network, card = load_features("mnist")
    assert card.dataset == "mnist"
    assert card.accuracy > 0.985
    assert 0 < card.floor < 1
    assert (FOLDER / "mnist.safetensors").stat().st_size < 400_000
    assert not network.training
    assert load_features("mnist")[0] is network


def test_the_shipped_network_knows_digits_from_noise(digits):
    """Small scanned digits are no MNIST, but nearer to each other than to noise."""
    network, _ = load_features("mnist")
    first, second = digits.test.images[::2], digits.test.images[1::2]
    noise = torch.randint(256, first.shape, dtype=torch.uint8, generator=torch.Generator())
    one, two, three = (Moments.of(network.features(x)) for x in (first, second, noise))
    assert frechet_distance(one, two) < 0.2 * frechet_distance(one, three)
    right = network(to_unit(digits.test.images)).argmax(1) == digits.test.labels
    assert right.float().mean() > 0.5


def test_there_is_none_for_other_data():
    assert load_features("digits") is None
    assert load_features("../secrets") is None


def test_a_name_leads_to_no_other_folder(written):
    below = written / "below"
    below.mkdir()
    name = next(written.glob("*.json")).stem
    assert load_features(name, written) is not None
    for other in (f"../{name}", f"../../{written.name}/{name}", str(written / name)):
        assert load_features(other, below) is None
    assert load_features(f"below/../{name}", written) is None


def test_bytes_and_fractions_are_the_same_pictures(digits):
    network, _ = load_features("mnist")
    images = digits.test.images[:7]
    torch.testing.assert_close(network.features(images), network.features(to_unit(images)))
    assert network.features(images[:0]).shape == (0, 64)
    with pytest.raises(FeatureError, match=r"\[B, 1, 28, 28\], not \[7, 3, 28, 28\]"):
        network.features(images.repeat(1, 3, 1, 1))


def test_training_is_the_same_each_time_whatever_was_drawn_before(learned, digits):
    torch.rand(3)
    torch.set_num_threads(2)
    again = train_features(digits, QUICK)
    assert torch.get_num_threads() == 2
    assert again.card.sha256 == learned.card.sha256
    assert again.weights == learned.weights
    other = train_features(digits, dataclasses.replace(QUICK, seed=1))
    assert other.card.sha256 != learned.card.sha256


def test_training_learns_and_its_features_have_unit_variance(learned, digits):
    assert learned.card.accuracy > 0.85
    assert learned.card.floor < 20
    variance = learned.network.features(digits.train.images).var(0).mean()
    assert float(variance) == pytest.approx(1, abs=0.01)


def test_what_is_written_is_what_is_loaded(learned, written, digits):
    network, card = load_features("digits", written)
    assert card == learned.card
    x = digits.test.images[:20]
    assert torch.equal(network.features(x), learned.network.features(x))
    assert load_features("mnist", written) is None


def test_a_flipped_bit_is_refused(written):
    path = written / "digits.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(FeatureError, match="not the file that was saved"):
        load_features("digits", written)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "digits.safetensors").unlink(),
        lambda folder: (folder / "digits.json").write_text("{"),
        lambda folder: (folder / "digits.json").write_text("{}"),
    ],
)
def test_missing_and_unreadable_files_are_told(written, damage):
    damage(written)
    with pytest.raises(FeatureError, match=r"cannot be read: .*train it anew"):
        load_features("digits", written)


def test_weights_of_another_network_are_told(written):
    import safetensors.torch

    state = FeatureNetwork().state_dict() | {"head.bias": torch.zeros(4)}
    data = safetensors.torch.save(state)
    card = json.loads((written / "digits.json").read_text())
    card["sha256"] = hashlib.sha256(data).hexdigest()
    (written / "digits.safetensors").write_bytes(data)
    (written / "digits.json").write_text(json.dumps(card))
    with pytest.raises(FeatureError, match="cannot be read"):
        load_features("digits", written)


def test_only_pictures_of_28_x_28_are_learned_from(digits):
    small = Split(images=digits.train.images[:, :, ::2, ::2], labels=digits.train.labels)
    shrunk = dataclasses.replace(digits, train=small)
    assert isinstance(shrunk, Dataset)
    with pytest.raises(FeatureError, match="1 x 28 x 28"):
        train_features(shrunk)
