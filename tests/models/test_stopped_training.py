"""A training that is broken off keeps what it learned, and goes on as if it had not been."""

import pytest
import torch

from models.training import Callback
from models.training.callbacks import LastCheckpoint
from models.training.state import TrainingState
from tests.models.trainers import CONFIG, CONVOLUTIONAL, At, interrupt, losses, make, trainer_of


@pytest.fixture(scope="module")
def few(digits):
    return digits.train.take(torch.arange(500))


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_ctrl_c_keeps_what_was_learned(few, average):
    watcher = At(6, interrupt)
    trainer = trainer_of(watcher, average=average)
    fresh = make().state_dict()
    history = trainer.fit(few)
    assert trainer.stopped
    assert [record.epoch for record in history] == [1]
    assert watcher.hooks[-2:] == ["step", "end"]
    assert trainer.progress.step == 6
    state = trainer.model.state_dict()
    assert not torch.equal(state["encoder.1.weight"], fresh["encoder.1.weight"])
    assert all(tensor.isfinite().all() for tensor in state.values())
    assert not trainer.model.training


def test_ctrl_c_before_the_first_step_is_no_crash(few):
    class Early(Callback):
        def on_step(self, trainer):
            raise KeyboardInterrupt

    trainer = trainer_of(Early())
    assert trainer.fit(few) == []
    assert trainer.stopped


def test_stop_ends_after_the_step(few):
    watcher = At(6, lambda trainer: trainer.stop())
    trainer = trainer_of(watcher)
    history = trainer.fit(few)
    assert [(record.epoch, record.step) for record in history] == [(1, 4)]
    assert watcher.hooks[-2:] == ["step", "end"]
    assert trainer.progress.step == 6
    assert trainer.stopped


class Keep(Callback):
    """Saves the training as bytes when it ends."""

    def on_train_end(self, trainer):
        self.saved = trainer.state().to_bytes()


@pytest.mark.parametrize("at", [1, 3, 4, 5, 11, 12])
@pytest.mark.parametrize("network", [{"dropout": 0.2}, {"normalisation": "batch"}, CONVOLUTIONAL])
def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(few, digits, at, network):
    whole = trainer_of(network=network)
    whole.fit(few, digits.validation)
    keep = Keep()
    stopped = trainer_of(At(at, lambda trainer: trainer.stop()), keep, network=network)
    stopped.fit(few, digits.validation)
    assert stopped.progress.step == at
    resumed = trainer_of(network=network, average=CONFIG.average)
    resumed.restore(TrainingState.from_bytes(keep.saved))
    history = resumed.fit(few, digits.validation)
    assert losses(history) == losses(whole.history)
    assert [r.validation for r in history] == [r.validation for r in whole.history]
    assert [r.train.kl_per_dimension for r in history] == [
        r.train.kl_per_dimension for r in whole.history
    ]
    for ours, theirs in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_training_that_was_stopped_many_times(few):
    whole = losses(trainer_of().fit(few))
    saved = None
    for at in range(1, 13):
        keep = Keep()
        trainer = trainer_of(At(at, lambda trainer: trainer.stop()), keep)
        if saved:
            trainer.restore(TrainingState.from_bytes(saved))
        history = trainer.fit(few)
        saved = keep.saved
    assert losses(history) == whole


def test_a_training_torn_within_a_step_is_no_place_to_go_on_from(few, tmp_path, monkeypatch):
    path = tmp_path / "last"
    trainer = trainer_of(LastCheckpoint(path, every=0))
    step = trainer.weights.optimizer.step

    def torn():
        step()
        if trainer.progress.step == 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(trainer.weights.optimizer, "step", torn)
    trainer.fit(few)
    assert trainer.torn
    assert TrainingState.from_bytes(path.read_bytes()).facts["progress"]["step"] == 6
    resumed = trainer_of()
    resumed.restore(TrainingState.from_bytes(path.read_bytes()))
    assert losses(resumed.fit(few)) == losses(trainer_of().fit(few))


def test_an_epoch_broken_off_in_its_measurement_is_measured_later(few, digits, monkeypatch):
    keep = Keep()
    trainer = trainer_of(keep)
    monkeypatch.setattr(trainer, "_validate", interrupt)
    assert trainer.fit(few, digits.validation) == []
    assert not trainer.torn
    resumed = trainer_of()
    resumed.restore(TrainingState.from_bytes(keep.saved))
    whole = trainer_of()
    assert losses(resumed.fit(few, digits.validation)) == losses(whole.fit(few, digits.validation))
