"""Classes that nobody named: how they agree with labels, how they are found, and how they move."""

import math
from dataclasses import replace

import pytest
import torch
from scipy import sparse

from models.data import Split
from models.families import build
from models.joint import JointVAEConfig
from models.joint.clusters import cluster_accuracy, meanings
from models.joint.discovery import DiscoveryConfig
from models.joint.grouping import as_named, blurred_components, edge_information, groups
from models.joint.objective import DiscoveryObjective
from models.joint.reassign import class_shares, reassign
from models.joint.starts import information
from models.networks import NetworkConfig
from models.recipes import get_recipe, with_overrides
from models.training import Trainer, TrainingConfig
from models.training.latent.config import LatentConfig
from models.training.optimiser import learning_rate
from models.vae import VAEConfig

NETWORK = NetworkConfig(encoder_hidden=(8,), decoder_hidden=(8,))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_code_is_right_where_the_best_matching_says_so():
    labels = torch.tensor([0, 0, 0, 1, 1, 2, -1])
    # Class 2 stands for 0 and class 0 for 1; class 1 gets 2; the unlabelled one does not count.
    assert cluster_accuracy(torch.tensor([2, 2, 0, 0, 0, 1, 1]), labels) == pytest.approx(5 / 6)
    # More classes than labels: what is left over is wrong.
    assert cluster_accuracy(torch.tensor([0, 1, 2, 3, 3, 4, 0]), labels) == pytest.approx(4 / 6)
    assert cluster_accuracy(torch.zeros(7, dtype=torch.int64), labels) == pytest.approx(3 / 6)
    with pytest.raises(ValueError, match="No example has a label"):
        cluster_accuracy(torch.zeros(2, dtype=torch.int64), torch.full((2,), -1))


def test_a_class_means_what_most_of_its_examples_are():
    classes, labels = torch.tensor([0, 0, 0, 1, 3]), torch.tensor([4, 4, 2, -1, 7])
    assert meanings(classes, labels, 5) == [4, -1, -1, 7, -1]


def blobs(count=40):
    centres = torch.tensor([[4.0, 0, 0], [0, 4, 0], [0, 0, 4]]).repeat_interleave(count, 0)
    return centres + 0.3 * torch.randn(centres.shape, generator=seeded())


def test_clusters_are_found_by_neighbours():
    kinds = torch.arange(3).repeat_interleave(40)
    images = torch.zeros(120, 1, 8, 8, dtype=torch.uint8)
    config = DiscoveryConfig(neighbours=50, pixel_weight=0.0)
    found = groups(blobs(), images, 3, config)
    assert cluster_accuracy(found, kinds) == 1
    assert torch.equal(as_named(found, kinds, 3), kinds)


def test_pictures_alone_tell_clusters_too():
    images = torch.zeros(60, 1, 8, 8, dtype=torch.uint8)
    images[:30, :, :4] = 200
    images += torch.randint(0, 40, images.shape, generator=seeded()).byte()
    assert blurred_components(images).shape == (60, 50)
    noise = torch.randn(60, 4, generator=seeded())
    found = groups(noise, images, 2, DiscoveryConfig(neighbours=5, pixel_weight=50.0))
    assert cluster_accuracy(found, (torch.arange(60) < 30).long()) == 1


def test_the_information_of_edges_by_hand():
    apart = sparse.csr_matrix(torch.block_diag(*[torch.ones(2, 2)] * 2).numpy())
    halves = torch.tensor([0, 0, 1, 1])
    assert edge_information(apart, halves, 2) == pytest.approx(math.log(2), abs=1e-6)
    assert edge_information(apart, torch.tensor([0, 1, 0, 1]), 2) == pytest.approx(0, abs=1e-6)


def small(**more):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build(JointVAEConfig.of(2, (4,), shape=(1, 8, 8), network=NETWORK, **more))


IMAGES = torch.randint(0, 256, (40, 1, 8, 8), generator=seeded()).byte()


@pytest.mark.parametrize("decoder", ["network", "templates"])
@torch.no_grad()
def test_a_seldom_class_becomes_a_copy_of_the_common_one(decoder):
    model, twin = small(decoder=decoder).eval(), small(decoder=decoder).eval()
    shares = torch.tensor([0.5, 0.24, 0.25, 0.01])
    assert reassign([model, twin], shares, seeded()) == [(0, 3, 0)]
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, twin.state_dict()[name]), "both are changed alike"
    codes = torch.cat([torch.zeros(4, 2), torch.eye(4)], dim=1)
    pictures, before = model.decode(codes), small(decoder=decoder).eval().decode(codes)
    torch.testing.assert_close(pictures[1:3], before[1:3])
    middle = pictures[[0, 3]].mean(0) if decoder == "network" else None
    if middle is not None:
        torch.testing.assert_close(middle, before[0])
    assert reassign([model], torch.full((4,), 0.25), seeded()) == []
    assert class_shares(model, IMAGES)[0].sum(1).allclose(torch.ones(40))


def test_the_information_of_classes_by_hand():
    assert information(torch.eye(4)) == pytest.approx(math.log(4), abs=1e-6)
    assert information(torch.full((6, 3), 1 / 3)) == pytest.approx(0, abs=1e-6)
    half = torch.tensor([[0.75, 0.25], [0.25, 0.75]])
    by_hand = math.log(2) + 0.75 * math.log(0.75) + 0.25 * math.log(0.25)
    assert information(half) == pytest.approx(by_hand, abs=1e-6)


CONFIG = TrainingConfig(
    epochs=5,
    batch_size=16,
    average=0.9,
    latent=LatentConfig(kind="capacity", reassign_until=0.8, starts=2, start_epochs=2),
)
DISCOVERY = DiscoveryConfig(view_epochs=2, class_epochs=1, neighbours=4, pixel_neighbours=4)
SPLIT = Split(images=IMAGES, labels=torch.full((40,), -1))


class StopsAt:
    def __init__(self, step):
        self.step = step

    def on_step(self, trainer):
        if trainer.progress.step == self.step:
            self.state = trainer.state().copied()
            trainer.stop()

    def __getattr__(self, name):
        return lambda *_: None


@pytest.mark.parametrize("step", [5, 11])
@pytest.mark.parametrize("discovers", [False, True])
def test_a_training_that_finds_classes_goes_on_exactly_where_it_stood(discovers, step):
    config = with_discovery() if discovers else CONFIG

    def trainer(callbacks=()):
        model = small(feature_channels=(4, 6)) if discovers else small()
        objective = None
        if discovers:
            objective = DiscoveryObjective(model, config, binarise="none")
        return Trainer(model, config, binarise="none", callbacks=callbacks, objective=objective)

    whole, stops, second = trainer(), StopsAt(step), trainer()
    history = whole.fit(SPLIT, SPLIT)
    trainer((stops,)).fit(SPLIT, SPLIT)
    second.restore(type(stops.state).from_bytes(stops.state.to_bytes()))
    assert second.fit(SPLIT, SPLIT)[-1].train == history[-1].train
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, second.model.state_dict()[name]), name
    assert math.isfinite(history[-1].validation.total)


def test_of_several_starts_the_one_whose_classes_tell_most_goes_on():
    found = {}

    class Watches(StopsAt):
        def on_step(self, trainer):
            at = trainer.progress
            if at.batch == 3:
                shares = class_shares(trainer.kept_model(), IMAGES)[0]
                found[at.epoch] = information(shares), trainer.kept_model().state_dict().copy()
                found[at.epoch][1]["base"] = trainer.kept_model().encoder[1].weight.clone()
            if at.step == 13:
                found["last"] = trainer.model.encoder[1].weight.clone()

    config = replace(CONFIG, learning_rate=1e-9, average=0.0)
    Trainer(small(), config, binarise="none", callbacks=[Watches(0)]).fit(SPLIT)
    best = max((1, 3), key=lambda epoch: found[epoch][0])
    torch.testing.assert_close(found["last"], found[best][1]["base"], atol=1e-6, rtol=0)
    assert not torch.allclose(found[1][1]["base"], found[3][1]["base"])


def with_discovery():
    return TrainingConfig(
        epochs=5,
        batch_size=16,
        average=0.9,
        latent=LatentConfig(kind="capacity"),
        discovery=DISCOVERY,
    )


def test_classes_stay_as_they_are_once_they_are_learned():
    model = small(feature_channels=(4, 6))
    told = []

    class Watches(StopsAt):
        def on_step(self, trainer):
            told.append(model.features.code.weight.clone())

    config = with_discovery()
    objective = DiscoveryObjective(model, config, binarise="none")
    Trainer(model, config, binarise="none", callbacks=[Watches(0)], objective=objective).fit(SPLIT)
    first = 3 * 3
    assert not torch.equal(told[0], told[first - 1])
    assert all(torch.equal(weight, told[first]) for weight in told[first:])
    assert torch.equal(model.features.code.weight, told[-1]), "the averaged ones are the same"


def test_the_rate_rises_anew_where_something_else_is_minimised():
    rates = [learning_rate(with_discovery(), step, 500) for step in range(500)]
    highest = with_discovery().learning_rate
    for start in (0, 200, 300):
        assert max(rates[start : start + 20]) == pytest.approx(highest, rel=0.01)
    assert max(rates[199], rates[299], rates[499]) < 0.01 * highest
    assert learning_rate(CONFIG, 499, 500) < 0.01 * highest


def test_discovery_and_features_go_together():
    with pytest.raises(ValueError, match="discovery needs a model with feature_channels"):
        DiscoveryObjective(small(), with_discovery(), binarise="none")
    with pytest.raises(ValueError, match="epochs must be more than the 6"):
        with_overrides(get_recipe("joint-mnist-best"), epochs=6)
    with pytest.raises(ValueError, match="shift has no part in a training that finds classes"):
        with_overrides(get_recipe("joint-mnist-best"), shift=2)
    with pytest.raises(ValueError, match="feature_channels needs a discrete part"):
        JointVAEConfig.of(2, (), feature_channels=(4,))
    with pytest.raises(ValueError, match="decoder=templates needs"):
        JointVAEConfig.of(2, (), decoder="templates")
    assert VAEConfig().derived == {}
