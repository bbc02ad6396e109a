"""The benches of a running studio, on one that runs in this process."""

import json
from contextlib import contextmanager

import numpy as np
import psutil
import pytest

from models.bench import growth, live, map
from models.bench.running import Opened
from models.registry import Registry
from studio.app import Settings, create_app
from tests.browser.harness import serve


@contextmanager
def opened(app):
    with serve(app) as address:
        yield Opened(address, psutil.Process())


@pytest.fixture
def served(trained, monkeypatch):
    """The benches' studio, which has the checkpoint 'tiny'."""
    app = create_app(Settings(workspace=trained, pretrained=trained / "none"))

    @contextmanager
    def running(workspace):
        with opened(app) as studio:
            yield studio.address

    monkeypatch.setattr(map, "opened_studio", lambda workspace: opened(app))
    monkeypatch.setattr(live, "running_studio", running)
    return trained


def test_round_trips_of_several_viewers_are_timed(served):
    result = live.bench_live("tiny", [1, 2], 0.2, served, baseline=False)
    assert [one["viewers"] for one in result["rounds"]] == [1, 2]
    for one in result["rounds"]:
        assert one["ms"]["n"] >= one["viewers"]
        assert one["frames_per_second_each"] > 0
        assert "baseline" not in one
    json.dumps(result)


def test_a_map_is_the_same_in_binary_and_as_json(served):
    result = map.bench_map("tiny", 2, served)
    atlas = Registry(served, pretrained=served / "none").open("tiny").atlas
    assert result["points"] == len(atlas)
    assert result["binary"]["bytes"] == 4 + 9 * len(atlas)
    assert result["json"]["bytes"] > result["binary"]["bytes"]
    with opened(create_app(Settings(workspace=served, pretrained=served / "none"))) as studio:
        x, y, labels = map.read_points(studio.get("/checkpoints/tiny/points"))
    told = json.loads(map.as_json(atlas))
    np.testing.assert_allclose(x, told["x"], rtol=1e-6)
    np.testing.assert_allclose(y, told["y"], rtol=1e-6)
    assert labels.tolist() == told["labels"]


def test_memory_is_noted_after_every_step_of_use(tmp_path, monkeypatch):
    app = create_app(Settings(workspace=tmp_path))
    monkeypatch.setattr(growth, "opened_studio", lambda workspace: opened(app))
    monkeypatch.setattr(growth, "_baseline", lambda: 100.0)
    monkeypatch.setattr(growth._Watch, "_rest", lambda watch: None)
    names = ["navigator-uci-digits", "iris"]
    result = growth.bench_memory(moves=4, labels=3, names=names)
    assert sorted(result["models"]) == sorted(names)
    after = [step["after"] for step in result["steps"]]
    assert after == ["started", *result["models"], "ready to be used", "4 moves", "3 labels"]
    assert all(step["resident_mb"] > 10 for step in result["steps"])
    assert result["wanted"]["all_open_mb_below"] == 1500
    assert result["ratio"] > 1
    json.dumps(result)
