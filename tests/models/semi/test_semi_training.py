"""What holds for trainings from few labels: what they see, when they stop, and what they keep."""

import dataclasses
import math
from types import SimpleNamespace

import pytest
import ssvaes
import torch

from models.data import Split
from models.semi.data import drawn_labels, labelled_split
from models.semi.interactive import InteractiveTrainer
from models.semi.objective import SemiObjective
from models.semi.outputs import accuracy
from models.training import Callback, Trainer, TrainingDiverged
from models.training.callbacks import BestCheckpoint, CSVHistory, EarlyStopping
from models.training.state import TrainingState

NONE = torch.full((320,), -1)


@pytest.fixture(scope="module")
def few(digits):
    return digits.train.take(slice(0, 320))


@pytest.fixture(scope="module")
def given(few):
    return drawn_labels(few.labels, 3, 0)


class At(Callback):
    """Does something at one step."""

    def __init__(self, step, act):
        self.step, self.act = step, act

    def on_step(self, trainer):
        if trainer.progress.step == self.step:
            self.act(trainer)


def stop(trainer):
    trainer.stop()


def trainer_of(*callbacks, network=ssvaes.DENSE, model=None, **changes):
    config = ssvaes.training(**changes)
    model = model or ssvaes.model(network=network)
    objective = SemiObjective(model, config, binarise="none")
    return Trainer(model, config, binarise="none", callbacks=callbacks, objective=objective)


def rounds_of(*callbacks, seed=0, network=ssvaes.DENSE, **changes):
    model = ssvaes.model(seed=seed, network=network)
    return InteractiveTrainer(model, ssvaes.training(**changes), callbacks=callbacks)


def weights(model):
    return torch.cat([t.flatten().double() for t in model.state_dict().values()])


@pytest.mark.parametrize("network", [ssvaes.DENSE, ssvaes.POOLED], ids=["dense", "pooled"])
@pytest.mark.parametrize("classifier", ["features", "latent", "mixture"])
def test_every_kind_learns_its_parts(few, given, network, classifier):
    prior = "mixture" if classifier == "mixture" else "normal"
    model = ssvaes.model(network=network, classifier_type=classifier, prior=prior)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    history = trainer_of(model=model).fit(dataclasses.replace(few, labels=given))
    assert set(history[0].train.parts) == {"contrastive", "information", "classification"}
    assert history[0].train.parts["classification"] == 0
    assert history[1].train.parts["classification"] > 0
    for name, parameter in model.named_parameters():
        if not name.startswith("chart_head"):
            assert parameter.isfinite().all(), name
            assert not torch.equal(parameter, before[name]), f"{name} is never trained"


def test_true_labels_have_no_part_in_training(digits, given):
    """Every label that was not given is another one: not a bit of what is learned differs."""
    wrong = dataclasses.replace(
        digits,
        train=dataclasses.replace(digits.train, labels=digits.train.labels.roll(1)),
        test=dataclasses.replace(digits.test, labels=digits.test.labels.roll(1)),
    )
    labels = torch.full((len(digits.train),), -1)
    labels[:320] = given
    states = []
    for dataset in (digits, wrong):
        trainer = trainer_of()
        trainer.fit(labelled_split(dataset, labels).train.take(slice(0, 320)))
        states.append(trainer.state().tensors)
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_without_labels_it_is_trained_without_them(few):
    history = trainer_of().fit(dataclasses.replace(few, labels=NONE))
    assert [record.train.parts["classification"] for record in history] == [0, 0]
    assert math.isfinite(history[-1].train.total)


@pytest.mark.parametrize("at", [2, 5, 7, 10])
def test_stopped_and_gone_on_with_it_ends_the_same(few, given, at):
    taught = dataclasses.replace(few, labels=given)
    whole = trainer_of(epochs=3)
    whole.fit(taught)
    first = trainer_of(At(at, lambda trainer: saved.append(trainer.state().to_bytes())), epochs=3)
    saved = []
    first.fit(taught)
    second = trainer_of(epochs=3)
    second.restore(TrainingState.from_bytes(saved[0]))
    second.fit(taught)
    assert torch.equal(weights(whole.model), weights(second.model))
    assert whole.history[-1].train == second.history[-1].train


def test_a_stop_while_neighbours_are_looked_for_keeps_all(few, given, monkeypatch):
    taught = dataclasses.replace(few, labels=given)
    trainer = trainer_of(epochs=3)
    build = "models.semi.targets.build_graph"

    def stopped(features, k, *, progress):
        trainer.stop()
        progress(0.5)
        pytest.fail("it went on")

    monkeypatch.setattr(build, stopped)
    trainer.fit(taught)
    assert trainer.stopped
    assert trainer.progress.epoch == 1
    monkeypatch.undo()
    resumed, whole = trainer_of(epochs=3), trainer_of(epochs=3)
    state = TrainingState.from_bytes(trainer.state().to_bytes())
    assert state.is_finite()
    resumed.restore(state)
    assert len(resumed.fit(taught)) == len(whole.fit(taught)) == 3


@pytest.mark.parametrize("labelled", [True, False])
def test_each_better_epoch_is_written_once(few, given, digits, tmp_path, monkeypatch, labelled):
    writes = []
    monkeypatch.setattr(
        "models.training.callbacks.checkpoints.write_file", lambda path, data: writes.append(path)
    )
    callbacks = BestCheckpoint(tmp_path / "best"), EarlyStopping(2)
    trainer = trainer_of(*callbacks, epochs=6, semi_label_free_epochs=2)
    labels = given if labelled else NONE
    history = trainer.fit(dataclasses.replace(few, labels=labels), digits.validation)
    first = 2 if labelled else 0
    judged = [record.judged(1.0) for record in history][first:]
    better = [loss for n, loss in enumerate(judged) if loss < min(judged[:n], default=math.inf)]
    assert len(writes) == len(better) >= 1
    assert judged.index(min(judged)) >= len(judged) - 3


def test_patience_begins_with_the_labels(few, given):
    trainer = trainer_of(epochs=6, semi_label_free_epochs=4)
    trainer.train_split = dataclasses.replace(few, labels=given)
    for epoch in range(1, 6):
        trainer.history.append(SimpleNamespace(epoch=epoch, judged=lambda beta, e=epoch: e))
        EarlyStopping(2).on_epoch_end(trainer)
        assert not trainer.interrupted
    assert trainer.judged() == [math.inf] * 4 + [5]
    for epoch in (6, 7):
        trainer.history.append(SimpleNamespace(epoch=epoch, judged=lambda beta, e=epoch: e))
    EarlyStopping(2).on_epoch_end(trainer)
    assert trainer.interrupted


def test_the_history_has_a_column_for_each_part(few, given, tmp_path):
    trainer_of(CSVHistory(tmp_path / "history.csv")).fit(dataclasses.replace(few, labels=given))
    header, *rows = (tmp_path / "history.csv").read_text().splitlines()
    assert {"train_contrastive", "train_information", "train_classification"} <= set(
        header.split(",")
    )
    assert len(rows) == 2


def test_five_labels_a_class_are_enough_for_the_small_digits(digits):
    config = ssvaes.training(
        batch_size=128, average=0.97, semi_label_free_epochs=12, semi_labelled_batch=32
    )
    model = ssvaes.model(digits.train.images, latent_dim=8, cluster_heads=4)
    given = drawn_labels(digits.train.labels, 5, 0)
    trainer = InteractiveTrainer(model, config)
    trainer.train_epochs(12, digits.train, given)
    assert accuracy(model, digits.test.images, digits.test.labels) < 0.4
    trainer.train_epochs(1, digits.train, given)
    assert accuracy(model, digits.test.images, digits.test.labels) > 0.8
    told = trainer.predict(digits.test)
    assert told.probabilities.sum(1).allclose(torch.ones(257), atol=1e-5)
    assert trainer.get_latent_space(digits.test).shape == (257, 8)


def test_rounds_go_on_where_the_last_one_ended(few, given):
    trainer = rounds_of()
    assert [r.epoch for r in trainer.train_epochs(1, few, NONE)] == [1]
    slots = trainer.state().part("optimizer")
    assert slots["0.step"] == 5
    history = trainer.train_epochs(2, few.images, given)
    assert [r.epoch for r in history] == [1, 2, 3]
    assert trainer.state().part("optimizer")["0.step"] == 15
    rates = [record.learning_rate for record in history]
    assert rates == sorted(rates)  # It rises over its first hundred steps and never falls.
    assert [r.train.parts["classification"] > 0 for r in history] == [False, True, True]


@pytest.mark.parametrize(
    ("average", "network"), [(0.0, ssvaes.DENSE), (0.9, ssvaes.DENSE), (0.9, ssvaes.POOLED)]
)
def test_rounds_survive_a_restart(few, given, average, network):
    one = rounds_of(average=average, network=network)
    one.train_epochs(2, few, given)
    saved = one.state().to_bytes()
    one.train_epochs(1, few, given)
    other = rounds_of(average=average, seed=1, network=network)
    other.restore(TrainingState.from_bytes(saved))
    other.train_epochs(1, few, given)
    assert other.history[:2] == one.history[:2]
    assert other.history[-1].train == one.history[-1].train
    assert torch.equal(weights(one.model), weights(other.model))


def test_what_was_done_to_the_model_between_rounds_stays(few, given):
    trainer = rounds_of(average=0.99)
    trainer.train_epochs(1, few, given)
    with torch.no_grad():
        trainer.model.chart_head[0].bias.fill_(7.0)
        trainer.model.charted.fill_(True)
    for now in (trainer, rounds_of(average=0.99)):
        now.restore(TrainingState.from_bytes(trainer.state().to_bytes()))
        now.train_epochs(1, few, given)
        assert now.model.chart_head[0].bias.eq(7).all()
        assert now.model.charted


def test_a_round_stops_after_the_batch_and_the_next_one_goes_on(few, given):
    trainer = rounds_of(At(7, stop))
    trainer.train_epochs(5, few, given)
    assert trainer.trainer.stopped
    assert trainer.trainer.progress.step == 7
    assert not trainer.model.training
    assert trainer.predict(few).probabilities.isfinite().all()
    assert len(trainer.train_epochs(1, few, given)) == 2
    assert trainer.trainer.progress.step == 10


def test_new_labels_are_learned_from_in_the_next_round(few, given):
    trainer = rounds_of(semi_graph_every=100)
    trainer.train_epochs(2, few, given)
    row = int((given < 0).nonzero()[0])
    more = given.clone()
    more[row] = (few.labels[row] + 1) % 10
    trainer.train_epochs(1, few, more.double())
    targets = trainer.trainer.objective.targets
    assert int(targets.shares[row].argmax()) == more[row]
    assert targets.labels[row] == more[row]


def test_a_loss_that_becomes_nan_leaves_the_model_as_it_was(few, given):
    def poison(trainer):
        with torch.no_grad():
            next(trainer.model.parameters()).fill_(math.nan)

    trainer = rounds_of(At(8, poison))
    trainer.train_epochs(1, few, given)
    before, images = weights(trainer.model), few.images
    with pytest.raises(TrainingDiverged, match="step 8"):
        trainer.train_epochs(2, images, given)
    assert torch.equal(weights(trainer.model), before)
    assert trainer.trainer.progress.step == 5
    trainer.trainer.callbacks = ()
    assert len(trainer.train_epochs(1, images, given)) == 2


def test_labels_that_do_not_fit_are_refused(few):
    with pytest.raises(ValueError, match="320 labels"):
        rounds_of().train_epochs(1, Split(images=few.images, labels=NONE), torch.zeros(3))
