import json

import pytest
import torch
from rich.console import Console

from models.bench.flight import bench_flight
from models.cli.bench import _flight_table
from models.latent import Atlas
from tests.models.latent.worlds import decode, ring_atlas


def test_every_kind_is_measured_and_roads_are_denser_than_lines():
    result = bench_flight(decode, ring_atlas(), paths=2, pairs=20)
    assert set(result["kinds"]) == {
        *("straight", "warp", "follow", "orbit", "spiral", "tour", "walk")
    }
    for one in result["kinds"].values():
        assert one["worst_step_after"] <= 1.1
        assert one["length"] > 0
        assert 97 <= one["retime_pictures"] <= 384
    assert result["roads_against_lines"]["denser_share"] >= 0.9
    json.dumps(result)
    console = Console(record=True, width=120)
    console.print(_flight_table("made", result))
    assert "walk" in console.export_text()


def test_flat_or_unlabelled_models_are_refused():
    codes = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    images = torch.zeros(50, 1, 2, 2, dtype=torch.uint8)
    labels = torch.arange(50) % 2
    with pytest.raises(ValueError, match="at least 3 latent dimensions"):
        bench_flight(decode, Atlas.build(codes, labels, images, ("a", "b")), paths=1, pairs=1)
    alone = Atlas.build(codes.repeat(1, 2), labels * 0, images, ("a", "b"))
    with pytest.raises(ValueError, match="no two"):
        bench_flight(decode, alone, paths=1, pairs=1)
