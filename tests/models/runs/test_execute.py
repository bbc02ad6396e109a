import csv
import json
import math
import signal
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from models.checkpoint import load_checkpoint
from models.data import DataError
from models.runs import Launch, execute
from models.training import Callback, OutOfMemory, Trainer, TrainingDiverged
from models.training.callbacks import JSONLines
from models.training.records import EpochRecord
from models.training.state import TrainingState
from tests.small import losses, small_recipe


class On(Callback):
    """Does something after a step."""

    def __init__(self, step, action):
        self.step, self.action = step, action

    def on_step(self, trainer):
        if trainer.progress.step == self.step:
            self.action(trainer)


@pytest.fixture
def unmeasured(monkeypatch):
    """Leave out the measurement, which takes longer than so small a training."""
    monkeypatch.setattr(execute, "measure", lambda *arguments: {})


@pytest.fixture
def work(registry, unmeasured):
    def execute_run(run, *callbacks):
        return execute.execute(run, registry, callbacks=callbacks)

    return execute_run


def poison(trainer):
    with torch.no_grad():
        next(trainer.model.parameters()).fill_(math.nan)


def test_a_run_leaves_all_that_was_promised(runs, work):
    run = runs.create(small_recipe(epochs=3))
    folder = work(run)
    status = run.status()
    assert (status.state, status.checkpoint, status.message) == ("finished", folder.name, "")
    assert (status.step, status.steps, status.epoch, status.epochs) == (36, 36, 3.0, 3)
    lines = [line for line in run.metrics()[0] if line["kind"] == "epoch"]
    rows = list(csv.DictReader((run.folder / "history.csv").open(newline="")))
    assert len(lines) == len(rows) == 3
    for line, row in zip(lines, rows, strict=True):
        assert repr(line["train"]["total"]) == row["train_total"]
        assert repr(line["validation"]["kl"]) == row["validation_kl"]
        assert len(line["train"]["kl_per_dimension"]) == 2
    assert "NaN" not in (run.folder / "metrics.jsonl").read_text()
    assert [path.name for path in run.samples()] == [f"epoch-000{n}.png" for n in (1, 2, 3)]
    with Image.open(run.samples()[-1]) as picture:
        assert picture.size[0] == picture.size[1] >= 8 * 28
    with Image.open(run.folder / "losses.png") as picture:
        assert picture.size[0] > 500
    with np.load(run.folder / "latent.npz") as latent:
        assert latent["codes"].dtype == np.float32
        assert latent["codes"].shape == (len(latent["labels"]), 2)
        assert latent["labels"].dtype == np.uint8
        assert set(latent["labels"]) == set(range(10))
        assert latent["step"] == 36
    for path in (run.last, run.best):
        assert TrainingState.from_bytes(path.read_bytes()).is_finite()
    assert not run.stop_file.exists()


def test_stopped_at_any_step_it_goes_on_to_the_same_digits(runs, work):
    whole = runs.create(small_recipe(), name="whole")
    work(whole)
    run = runs.create(small_recipe(), name="parts")
    for step in (1, 7, 12, 13):
        # The request comes as a file, and is heeded after the very next batch.
        assert work(run, On(step, lambda trainer: run.request_stop())) is None
        assert (run.status().state, run.status().step) == ("stopped", step)
        runs.resume(run)
    work(run)
    assert losses(run) == losses(whole)


def test_stopped_before_it_began(runs, work):
    run = runs.create(small_recipe())
    run.stop_file.touch()
    assert work(run) is None
    assert run.status().message == "Stopped before the first step; it can still be trained."
    runs.resume(run)
    assert work(run).is_dir()


def test_a_stop_while_it_is_measured_costs_no_training(runs, registry, monkeypatch):
    run = runs.create(small_recipe())
    measuring = []

    def interrupted(*arguments):
        measuring.append(run.status().phase)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(execute, "measure", interrupted)
    assert execute.execute(run, registry) is None
    assert (run.status().state, run.status().step, measuring) == ("stopped", 24, ["measuring"])
    monkeypatch.setattr(execute, "measure", lambda *arguments: {})
    runs.resume(run)
    trained = []
    execute.execute(run, registry, callbacks=[On(25, trained.append)])
    assert run.status().state == "finished"
    assert len(losses(run)) == 2
    assert not trained


def test_what_was_learned_is_kept_without_training_on(runs, work):
    run = runs.create(small_recipe(epochs=50))
    assert work(run, On(13, lambda trainer: trainer.stop())) is None
    runs.resume(run, keep=True)
    assert work(run).is_dir()
    assert (run.status().state, run.status().step) == ("finished", 13)


def test_nan_names_the_step_the_settings_and_a_good_checkpoint(runs, work):
    run = runs.create(small_recipe())

    class Save(Callback):
        def on_step(self, trainer):
            if trainer.progress.step == 5:
                run.last.parent.mkdir()
                run.last.write_bytes(trainer.state().to_bytes())

    with pytest.raises(TrainingDiverged) as raised:
        work(run, Save(), On(7, poison))
    message = str(raised.value)
    assert "became nan at step 7 of 24 (learning rate" in message
    assert "batch size 128" in message
    assert "seed 0" in message
    assert message.endswith(
        f"The last good checkpoint is runs/{run.id}/checkpoints/last.safetensors (step 5)."
    )
    assert run.status().message == message
    assert TrainingState.from_bytes(run.last.read_bytes()).is_finite()
    runs.resume(run)
    work(run)
    assert run.status().state == "finished"


def test_nan_in_a_held_out_loss_ends_it_too(runs, work, monkeypatch):
    def poison_the_average(trainer):
        with torch.no_grad():
            next(trainer.kept_model().parameters()).fill_(math.nan)

    run = runs.create(small_recipe())
    with pytest.raises(TrainingDiverged, match="held-out loss became nan at step 12 of 24"):
        work(run, On(11, poison_the_average))
    assert run.metrics()[0] == []


def burst_for(monkeypatch, *sizes):
    """Let batches of these sizes not fit; return the sizes that were tried."""
    descend, tried = Trainer._descend, []

    def burst(trainer, split, rows):
        size = trainer.config.batch_size
        tried.append(size)
        if size in sizes:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return descend(trainer, split, rows)

    monkeypatch.setattr(Trainer, "_descend", burst)
    return tried


def test_out_of_memory_halves_the_batch_once_if_asked(runs, work, monkeypatch):
    tried = burst_for(monkeypatch, 128)
    run = runs.create(small_recipe(), launch=Launch(auto_batch=True))
    work(run)
    again = runs.get(run.id)
    assert again.config.recipe.training.batch_size == 64
    assert again.config.overrides == {"batch_size": 64}
    assert not again.config.launch.auto_batch
    assert tried == [128] + 2 * 23 * [64]
    assert again.status().step == again.status().steps == 46


def test_it_is_halved_only_once(runs, work, monkeypatch):
    tried = burst_for(monkeypatch, 128, 64)
    run = runs.create(small_recipe(), launch=Launch(auto_batch=True))
    with pytest.raises(OutOfMemory, match="batches of 64 on cpu"):
        work(run)
    assert tried == [128, 64]
    assert run.status().state == "failed"
    assert "--batch-size 32" in run.status().message


def test_out_of_memory_is_only_said_if_not_asked(runs, work, monkeypatch):
    tried = burst_for(monkeypatch, 128)
    with pytest.raises(OutOfMemory, match="--auto-batch, which halves it once"):
        work(runs.create(small_recipe()))
    assert tried == [128]


def test_halved_in_the_middle_it_goes_on_from_there(runs, work, monkeypatch):
    run = runs.create(small_recipe(), launch=Launch(auto_batch=True))
    assert work(run, On(18, lambda trainer: trainer.stop())) is None
    runs.resume(run)
    tried = burst_for(monkeypatch, 128)
    work(run)
    # Half of the second epoch was done: 6 of 12 batches, so 12 of 23 small ones.
    assert tried == [128] + 11 * [64]
    assert [line["epoch"] for line in run.metrics()[0] if line["kind"] == "epoch"] == [1, 2]


def test_patience_keeps_the_best_weights_and_writes_them_once_each(runs, work):
    written = []

    class Watch(Callback):
        def on_epoch_end(self, trainer):
            written.append(run.best.stat().st_mtime_ns)

    def spoil(trainer):
        with torch.no_grad():
            for parameter in trainer.model.parameters():
                parameter.mul_(3)

    run = runs.create(small_recipe(epochs=30, patience=2, average=0.0))
    folder = work(run, Watch(), On(40, spoil))
    held_out = [float(row[3]) for row in losses(run)]
    best = held_out.index(min(held_out))
    assert len(held_out) - 1 - best == 2
    improved = sum(now < min(held_out[:n], default=math.inf) for n, now in enumerate(held_out))
    assert len(set(written)) == improved
    state = TrainingState.from_bytes(run.best.read_bytes())
    assert state.facts["progress"]["epoch"] == best + 1
    kept = load_checkpoint(folder).model.state_dict()
    for name, tensor in state.part("model").items():
        assert torch.equal(tensor, kept[name])
    assert run.status().state == "finished"


def test_one_that_had_ended_early_is_not_trained_on(runs, registry, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(execute, "measure", stop)
    # The other way round, the held-out loss is lowest at the start and rises as a model learns.
    judged = EpochRecord.judged
    monkeypatch.setattr(EpochRecord, "judged", lambda record, beta: -judged(record, beta))
    run = runs.create(small_recipe(epochs=30, patience=2))
    assert execute.execute(run, registry) is None
    before = losses(run)
    assert len(before) == 3
    monkeypatch.setattr(execute, "measure", lambda *arguments: {})
    runs.resume(run)
    execute.execute(run, registry)
    assert losses(run) == before


def test_a_callback_that_always_fails_is_reported_once(runs, work):
    class Broken(Callback):
        def on_train_start(self, trainer):
            raise RuntimeError("no screen")

        on_step = on_epoch_end = on_train_end = on_train_start

    run = runs.create(small_recipe())
    work(run, Broken())
    assert run.status().state == "finished"
    log = run.log()[0]
    assert log.count("Broken.on_train_start failed; training goes on. RuntimeError: no screen") == 1
    # Where it came from is shown once, too; threads of other tests may say theirs.
    assert log.count('raise RuntimeError("no screen")') == 1


def test_a_damaged_last_state_gives_way_to_the_best(runs, work):
    run = runs.create(small_recipe())
    assert work(run, On(20, lambda trainer: trainer.stop())) is None
    run.last.write_bytes(run.last.read_bytes()[:-1])
    runs.resume(run)
    work(run)
    assert "last.safetensors is damaged" in run.log()[0]
    assert "Going on from step 12." in run.log()[0]
    assert [line["epoch"] for line in run.metrics()[0] if line["kind"] == "epoch"] == [1, 2]


def test_a_missing_data_set_fails_with_its_sentence(runs, work):
    run = runs.create(small_recipe(dataset="nothing"))
    with pytest.raises(DataError, match="no data set 'nothing'"):
        work(run)
    assert run.status().state == "failed"
    assert run.status().message.startswith("There is no data set 'nothing'")


def test_a_surprise_is_told_with_its_kind(runs, work, monkeypatch):
    def surprise(*arguments):
        raise TypeError("what is this?")

    monkeypatch.setattr(execute, "load_data", surprise)
    run = runs.create(small_recipe())
    with pytest.raises(TypeError):
        work(run)
    assert run.status().message == "TypeError: what is this?"
    assert "Traceback" in run.log()[0]


def test_bf16_is_refused_in_the_log(runs, work, monkeypatch):
    monkeypatch.setattr("models.training.trainer.bf16_is_fast", lambda device: False)
    run = runs.create(small_recipe(epochs=1), launch=Launch(precision="bf16"))
    work(run)
    assert "bf16 is refused: it is slower than fp32" in run.log()[0]


def test_tensorboard_writes_scalars(runs, work):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = runs.create(small_recipe(), launch=Launch(tensorboard=True))
    work(run)
    read = events.EventAccumulator(str(run.folder / "tensorboard"))
    read.Reload()
    shown = [event.value for event in read.Scalars("total/train")]
    assert shown == pytest.approx([float(row[0]) for row in losses(run)])
    assert {"kl/validation", "learning_rate", "beta"} <= set(read.Tags()["scalars"])


def test_without_tensorboard_one_sentence_says_so(runs, work, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    run = runs.create(small_recipe(), launch=Launch(tensorboard=True))
    with pytest.raises(ValueError, match=r"pip install -e '\.\[tensorboard\]'"):
        work(run)
    assert run.status().state == "failed"


def test_lines_beyond_the_step_are_forgotten(tmp_path):
    path = tmp_path / "metrics.jsonl"
    said = [("step", 5, 0.5), ("epoch", 12, 1), ("step", 17, 1.5), ("step", 25, 2.1)]
    lines = [json.dumps({"kind": k, "step": s, "epoch": e}) + "\n" for k, s, e in said]
    path.write_text("".join([*lines, "damaged\n", '{"kind": "step", "ste']))

    class At:
        class progress:
            step, epoch = 17, 1

    JSONLines(path).on_train_start(At)
    assert path.read_text() == "".join(lines[:3])
    # The epoch's last step was saved before its record was written.
    At.progress.step, At.progress.epoch = 12, 0
    JSONLines(path).on_train_start(At)
    assert path.read_text() == lines[0]
