"""The parts of the speed benches that need no studio, each in its tiniest form."""

import base64
import io
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from models.bench import decoding, plain, redraw, startup, training
from models.bench.live import _measure, _redraw
from models.bench.machine import installed, machine, ratio, spread
from models.bench.peak import matmul_peak
from models.bench.plain_encode import main as encode_plainly
from models.cli.bench_options import finish, show
from models.data import Split
from models.data import load as load_dataset
from models.recipes import get_recipe, with_overrides
from models.registry import Registry


@pytest.fixture(scope="module")
def tiny(trained):
    return Registry(trained, pretrained=trained / "none").open("tiny").model


@pytest.fixture(scope="module")
def few():
    """64 of the small digits to learn from, 32 to judge by."""
    whole = load_dataset("digits", workspace=None, validation=0)

    return replace(whole, train=whole.train.take(slice(0, 64)), test=whole.test.take(slice(0, 32)))


def test_every_result_says_what_it_was_measured_on(tmp_path, capsys):
    finish({"what": 1}, tmp_path / "kept.json")
    told = json.loads(capsys.readouterr().out)
    assert json.loads((tmp_path / "kept.json").read_text()) == told
    assert told["what"] == 1
    where = told["machine"]
    assert where["cores"] >= 1
    assert where["threads"] == torch.get_num_threads()
    assert {"python", "numpy", "gradio"} <= where["versions"].keys()
    assert machine(load=1.234)["load"] == 1.23
    assert installed("no-such-package-of-ours") is None


def test_spreads_are_medians_with_their_95th_percentile():
    assert spread([3, 1, 2]) == {"median": 2.0, "p95": 2.9, "n": 3}
    assert ratio(3, 2) == 1.5
    assert ratio(3, 0) is None
    with pytest.raises(ValueError, match="Nothing was measured"):
        spread([])


def test_tables_go_to_standard_error(capsys):
    show("one [title]", ["way", "ms"], [["a [b]", 1234], ["c", 0.5]], caption="said")
    printed = capsys.readouterr()
    assert printed.out == ""
    for text in ("one [title]", "a [b]", "1,234", "0.5", "said"):
        assert text in printed.err


def test_decoding_is_measured_in_every_way(tiny):
    result = decoding.bench_decode(tiny, sizes=(1, 3), seconds=0.01)
    assert list(result["sizes"]) == ["1", "3"]
    for one in result["sizes"].values():
        assert one["studio"]["n"] >= decoding.ROUNDS
        assert one["ratio"] > 0
    assert result["threads"]["studio"] == 1
    if result["onnxruntime"] is None:
        assert "installed" in result["onnxruntime_skipped"]
    else:
        assert result["onnxruntime_largest_difference"] <= 1e-5


def test_training_is_measured_against_the_same_network(few):
    told = []
    recipe = with_overrides(get_recipe("navigator-digits"), batch_size=32)
    result = training.bench_train(
        recipe, few, baseline_epochs=1, epochs=2, report=told.append, baselines=("same", "tutorial")
    )
    assert result["baselines"].keys() == {"same", "tutorial"}
    for one in result["baselines"].values():
        assert one["cpu_seconds"] > 0
        assert np.isfinite(one["elbo"])
        assert (one["ratio"] is None) == (one["ours_cpu_seconds"] is None)
    assert result["ours"]["steps"] <= 4
    assert 0 < result["peak"]["share"] < 1
    assert result["peak"]["step_gflop"] > 0
    assert any("tutorial way, epoch 1 of 1" in line for line in told)
    json.dumps(result)


def test_rows_of_a_table_are_trained_the_tutorial_way_too():
    recipe, dataset = training.load_for("iris", None)
    result = training.bench_train(
        recipe, dataset, baseline_epochs=1, epochs=2, report=lambda line: None
    )
    assert result["baselines"].keys() == {"same"}
    assert "Bernoulli" in result["skipped"]["pythae"]


def test_what_no_tutorial_trains_has_its_own_pace_measured(few):
    told = []
    recipe = with_overrides(get_recipe("joint-digits"), batch_size=32)
    result = training.bench_train(recipe, few, baseline_epochs=1, epochs=1, report=told.append)
    assert result["baselines"] == {}
    assert result["skipped"].keys() == {"same", "pythae"}
    assert result["ours"]["steps"] == 2
    assert len(result["ours"]["curve"]) == 1
    assert "its own pace is measured" in told[0]


def test_one_recipe_of_each_family_is_there():
    families = {get_recipe(name).model.family for name in training.FAMILIES}
    assert families == {"vae", "ssvae", "joint", "table"}


def test_unknown_and_absent_baselines_are_told(monkeypatch):
    recipe = get_recipe("navigator-mnist")
    with pytest.raises(ValueError, match="choose same, tutorial, pythae"):
        plain.refusal("nothing", recipe)
    monkeypatch.setattr(plain, "installed", lambda name: None)
    assert "pip install pythae" in plain.refusal("pythae", recipe)
    assert plain.refusal("tutorial", recipe) is None
    assert "28 x 28" in plain.refusal("tutorial", get_recipe("odyssey-mnist"))


def test_pythae_is_trained_and_judged_where_it_is_installed(few):
    pytest.importorskip("pythae")
    recipe = get_recipe("navigator-digits")
    one = plain.train_baseline("pythae", recipe, few, 1, print)
    assert np.isfinite(one["elbo"])


def test_the_peak_is_that_of_a_product_of_matrices():
    assert matmul_peak(64, seconds=0.01) > 1e6


def test_pictures_are_encoded_one_by_one(trained, tmp_path, capsys):
    np.save(tmp_path / "images.npy", np.zeros((3, 1, 28, 28), np.uint8))
    encode_plainly("tiny", str(tmp_path / "images.npy"), str(trained), "1")
    told = json.loads(capsys.readouterr().out)
    assert told["examples"] == 3
    assert told["seconds"] > 0
    assert told["peak_memory_bytes"] > 1e6


def test_a_redraw_sends_the_picture_as_text(tiny):
    z = [0.5, -0.5]
    text = redraw.data_url(tiny, z)
    head, _, packed = text.partition(",")
    assert head == "data:image/png;base64"
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(packed))))
    with torch.inference_mode():
        exact = tiny.decode(torch.tensor([z]))[0, 0].mul(255).add(0.5).to(torch.uint8)
    assert (shown == exact.numpy()).all()


def test_redraws_are_timed_over_http(tiny):
    with redraw._server(tiny) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.server_address[1]
        try:
            one = _measure(lambda seconds, times: _redraw(port, 2, seconds, times), 2, 0.05)
        finally:
            server.shutdown()
            thread.join()
    assert one["ms"]["n"] >= 2
    assert one["frames_per_second_each"] > 0


def test_start_ups_take_turns_and_the_first_of_each_does_not_count(monkeypatch):
    monkeypatch.setattr(startup, "_imports", iter([(9, 9), (2.0, 1.0), (4.0, 3.0)]).__next__)
    pages = iter([(9, 9), (3.0, 2.0), (4.2, 4.0)])
    monkeypatch.setattr(startup, "_first_page", lambda workspace: next(pages))
    told = []
    result = startup.bench_startup(2, report=told.append)
    assert result["baseline"]["seconds"]["median"] == 3.0
    assert result["studio"]["seconds"]["median"] == 3.6
    assert result["ratio"] == 1.2
    assert result["cpu_ratio"] == 1.5
    assert result["wanted"]["met"] is True
    assert told[0].startswith("not counted")
    json.dumps(result)


def test_splits_of_rows_are_not_turned_into_pictures():
    rows = Split(images=torch.rand(5, 4), labels=torch.zeros(5, dtype=torch.long))
    (batch,) = plain.tutorial_loader(rows, "none")
    assert batch.shape == (5, 4)
    assert set(map(tuple, batch.tolist())) == set(map(tuple, rows.images.tolist()))


def test_a_recipe_of_every_family_has_a_schedule_of_four_epochs():
    for name in training.FAMILIES:
        assert training.shortened(get_recipe(name), 4).training.epochs == 4
    with pytest.raises(ValueError, match="epochs must be more than the"):
        training.shortened(get_recipe("joint-mnist-best"), 4)
