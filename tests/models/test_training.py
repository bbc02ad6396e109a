import csv
import logging
import math

import pytest
import torch

from models.training import Callback, CSVHistory, OutOfMemory, TrainingDiverged
from models.training.callbacks import EarlyStopping
from tests.models.trainers import CONVOLUTIONAL, At, losses, trainer_of


@pytest.fixture(scope="module")
def few(digits):
    return digits.train.take(torch.arange(500))


def test_the_loss_falls_and_the_parts_add_up(few, digits):
    trainer = trainer_of(epochs=6)
    history = trainer.fit(few, digits.validation)
    assert history is trainer.history
    assert [record.epoch for record in history] == [1, 2, 3, 4, 5, 6]
    assert [record.step for record in history] == [4, 8, 12, 16, 20, 24]
    assert history[-1].train.total < history[0].train.total - 50
    assert history[-1].validation.total < history[0].validation.total - 50
    for record in history:
        for parts in (record.train, record.validation):
            assert parts.total == pytest.approx(parts.reconstruction + parts.kl, rel=1e-5)
            assert sum(parts.kl_per_dimension) == pytest.approx(parts.kl, rel=1e-5)
        assert record.examples_per_second > 0
        assert record.beta == 1
    assert not trainer.stopped
    assert not trainer.model.training
    assert trainer.seconds > 0


def test_one_seed_gives_one_loss_string(few, digits):
    def run(seed):
        return losses(trainer_of(seed=seed, network={"dropout": 0.2}).fit(few, digits.validation))

    first = run(0)
    assert run(0) == first
    assert run(1) != first


def test_the_global_state_plays_no_part(few):
    before = torch.random.get_rng_state()
    first = losses(trainer_of(network={"dropout": 0.2}).fit(few))
    assert torch.equal(torch.random.get_rng_state(), before)
    with torch.random.fork_rng():
        torch.manual_seed(123)
        assert losses(trainer_of(network={"dropout": 0.2}).fit(few)) == first


def test_watching_changes_nothing(few, digits, tmp_path):
    plain = losses(trainer_of().fit(few))
    callbacks = [At(), CSVHistory(tmp_path / "run.csv")]
    assert losses(trainer_of(*callbacks).fit(few, digits.validation)) == plain


def test_hooks_run_in_order(few):
    watcher = At()
    trainer_of(watcher, epochs=2).fit(few)
    epoch = ["step"] * 4 + ["epoch"]
    assert watcher.hooks == ["start", *epoch, *epoch, "end"]


def test_epochs_are_judged_at_the_full_beta(few):
    trainer = trainer_of(
        EarlyStopping(2), epochs=12, beta=20.0, beta_warmup_epochs=10.0, learning_rate=1e-3
    )
    history = trainer.fit(few)
    assert [r.train.total for r in history] != sorted(
        (r.train.total for r in history), reverse=True
    )
    judged = [record.judged(20.0) for record in history]
    assert judged[0] == pytest.approx(history[0].train.reconstruction + 20 * history[0].train.kl)


def test_early_stopping_ends_when_patience_does(few, digits):
    trainer = trainer_of(EarlyStopping(2), epochs=50, learning_rate=0.5, clip_norm=1.0)
    history = trainer.fit(few, digits.validation)
    held_out = [record.validation.total for record in history]
    assert len(history) < 50
    assert len(history) - 1 - held_out.index(min(held_out)) == 2
    assert not trainer.stopped


def test_a_failing_callback_is_logged_and_stops_nothing(few, caplog):
    class Broken(Callback):
        def on_train_start(self, trainer):
            raise RuntimeError("no screen")

        on_step = on_epoch_end = on_train_end = on_train_start

    watcher = At()
    with caplog.at_level(logging.INFO):
        history = trainer_of(Broken(), watcher).fit(few)
    assert len(history) == 3
    assert watcher.hooks[0] == "start"
    assert watcher.hooks[-1] == "end"
    # Said once, not at every step.
    said, how = caplog.records
    assert said.message == (
        "Broken.on_train_start failed; training goes on. RuntimeError: no screen"
    )
    assert how.exc_info


def test_a_loss_that_is_nan_ends_it_and_names_the_step(few):
    def poison(trainer):
        with torch.no_grad():
            next(trainer.model.parameters()).fill_(math.nan)

    watcher = At(6, poison)
    trainer = trainer_of(watcher)
    with pytest.raises(TrainingDiverged, match=r"became nan at step 6 of 12 .*lower learning rate"):
        trainer.fit(few)
    assert watcher.hooks[-1] == "end", "a progress bar must come down"
    assert trainer.progress.step == 6
    assert len(trainer.history) == 1


def test_the_averaged_weights_are_kept(few):
    decay, steps = 0.8, []

    class Record(Callback):
        def on_step(self, trainer):
            steps.append(trainer.model.decoder[-2].weight.detach().clone())

    trainer = trainer_of(Record(), average=decay)
    trainer.fit(few)
    kept = trainer.model.decoder[-2].weight
    expected = steps[0]
    for count, weight in enumerate(steps[1:], 1):
        forgotten = min(decay, (1 + count) / (10 + count))
        expected = forgotten * expected + (1 - forgotten) * weight
    torch.testing.assert_close(kept, expected)
    assert not torch.equal(kept, steps[-1])
    assert torch.equal(trainer.kept_model().decoder[-2].weight, kept)


def test_without_averaging_the_last_weights_are_kept(few):
    steps = []

    class Record(Callback):
        def on_step(self, trainer):
            steps.append(trainer.model.decoder[-2].weight.detach().clone())

    trainer = trainer_of(Record(), average=0.0)
    trainer.fit(few)
    assert torch.equal(trainer.model.decoder[-2].weight, steps[-1])
    assert trainer.kept_model() is trainer.model


def test_batch_statistics_are_kept_with_the_weights(few):
    trainer = trainer_of(network={"normalisation": "batch"})
    trainer.fit(few)
    statistics = [b for name, b in trainer.model.named_buffers() if "running" in name]
    assert statistics
    for average, now in zip(trainer.kept_model().buffers(), trainer.model.buffers(), strict=True):
        assert torch.equal(average, now)
    assert all(tensor.isfinite().all() for tensor in statistics)


def test_validation_measures_the_weights_that_are_kept(few, digits):
    trainer = trainer_of()
    last = trainer.fit(few, digits.validation)[-1].validation
    again = trainer._validate(digits.validation)
    assert again.total == pytest.approx(last.total, rel=1e-6)


def test_without_validation_there_is_none(few):
    assert all(record.validation is None for record in trainer_of().fit(few))


def test_beta_rises_and_the_history_says_so(few):
    history = trainer_of(epochs=4, beta=2.0, beta_warmup_epochs=2.0).fit(few)
    # The record holds the last step's beta: 3/4, 7/4, then past the second epoch.
    assert [record.beta for record in history] == pytest.approx([0.75, 1.75, 2, 2])
    first = history[0].train
    assert first.total < first.reconstruction + first.kl


def test_the_rate_rises_then_falls(few):
    rates = []

    class Record(Callback):
        def on_step(self, trainer):
            rates.append(trainer.progress.learning_rate)

    trainer_of(Record(), epochs=10, warmup=0.2, learning_rate=1e-2).fit(few)
    top = rates.index(max(rates))
    assert top == 8
    assert rates[:9] == sorted(rates[:9])
    assert rates[8:] == sorted(rates[8:], reverse=True)
    assert max(rates) == pytest.approx(1e-2)
    assert rates[-1] < 1e-4


@pytest.mark.parametrize("validated", [False, True])
def test_the_csv_history_says_what_the_records_say(few, digits, tmp_path, validated):
    path = tmp_path / "run.csv"
    history = trainer_of(CSVHistory(path)).fit(few, digits.validation if validated else None)
    rows = list(csv.DictReader(path.open(newline="")))
    assert len(rows) == len(history) == 3
    for row, record in zip(rows, history, strict=True):
        assert int(row["epoch"]) == record.epoch
        assert int(row["step"]) == record.step
        assert float(row["beta"]) == record.beta
        assert float(row["learning_rate"]) == record.learning_rate
        for part in ("total", "reconstruction", "kl"):
            assert float(row[f"train_{part}"]) == getattr(record.train, part)
            shown = row[f"validation_{part}"]
            assert shown == (repr(getattr(record.validation, part)) if validated else "")
    assert list(tmp_path.iterdir()) == [path]


def test_a_convolutional_network_trains(few):
    history = trainer_of(network=CONVOLUTIONAL, learning_rate=1e-2).fit(few)
    assert history[-1].train.total < history[0].train.total


def test_one_batch_larger_than_the_data(few):
    assert [r.step for r in trainer_of(batch_size=10_000).fit(few)] == [1, 2, 3]


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="'fp8' is no precision; choose fp32 or bf16"):
        trainer_of(precision="fp8")


def test_slow_bf16_is_refused_with_a_warning(few, monkeypatch, caplog):
    monkeypatch.setattr("models.training.trainer.bf16_is_fast", lambda device: False)
    plain = losses(trainer_of().fit(few))
    assert losses(trainer_of(precision="bf16").fit(few)) == plain
    assert "bf16 is refused: it is slower than fp32" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_out_of_memory_names_the_batch(few, monkeypatch, error):
    trainer = trainer_of()

    def burst(*arguments, **options):
        raise error

    monkeypatch.setattr(trainer.objective, "loss", burst)
    with pytest.raises(OutOfMemory, match=r"batches of 128 on cpu; try --batch-size 64"):
        trainer.fit(few)


def test_another_runtime_error_is_none_of_memory(few, monkeypatch):
    trainer = trainer_of()

    def burst(*arguments, **options):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(trainer.objective, "loss", burst)
    with pytest.raises(RuntimeError, match="shapes differ"):
        trainer.fit(few)
