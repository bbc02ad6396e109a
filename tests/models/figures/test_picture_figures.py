"""Figures of pictures: what is where on them, and what is refused."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from models.checkpoint import Checkpoint, CheckpointConfig
from models.cli import app
from models.figures import (
    Strip,
    all_traversals,
    classes_by_continuous,
    moving,
    plane,
    reconstructions,
    samples,
    sheet,
)
from models.figures.checkpoint import Range, draw
from models.figures.examples import Examples, class_words
from models.joint import JointVAE, JointVAEConfig
from models.latent.information import Information
from models.latent.parts import Parts
from models.latent.traversals import every_row, places
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.training.config import TrainingConfig

PARTS = Parts(2, (3,))
RED = torch.tensor([255, 0, 0], dtype=torch.uint8).view(1, 3, 1, 1)


def pictures(count, channels=1, side=8):
    generator = torch.Generator().manual_seed(count)
    shape = (count, channels, side, side)
    return torch.randint(0, 256, shape, generator=generator).to(torch.uint8)


def red_columns(image):
    """Where on the middle line of a figure's only row there is red, from left to right."""
    red = (np.asarray(image) == (255, 0, 0)).all(2)
    line = red[red.any(1).nonzero()[0].mean().round().astype(int)]
    return line.astype(int)


def test_pictures_stand_apart_in_a_row_and_in_pairs():
    red = RED.expand(4, 3, 8, 8)
    alone = red_columns(sheet([Strip(pictures=red)], title="four"))
    assert (np.diff(alone) == 1).sum() == 4
    inks = red_columns(reconstructions(red[:2], red[:2], title="pairs"))
    starts, ends = np.flatnonzero(np.diff(inks) == 1), np.flatnonzero(np.diff(inks) == -1)
    gaps = starts[1:] - ends[:-1]
    assert len(starts) == 4
    assert gaps[1] > 2 * gaps[0] == 2 * gaps[2]


def test_words_never_leave_the_figure():
    long = "a very long word about " * 20
    strips = [Strip(pictures=pictures(3), name=long, detail=long, above=(long,) * 3, here=1.5)]
    image = sheet(strips, title=long, sentence=long, note=long)
    edge = np.concatenate([np.asarray(image)[:, -12:].reshape(-1, 3)])
    assert (edge == edge[0]).all()


def test_rows_have_their_mark_where_the_centre_is():
    told = Information((0.5, 2.0), (1.0,))
    rows = every_row(torch.tensor([0.0, 3.0, 0, 1, 0]), PARTS, told, -3, 3, 7)
    shown = [pictures(len(row.codes)) for row in rows]
    image = all_traversals(rows, shown, title="all", class_names=[("seven", "two", "")])
    accent = (np.asarray(image).astype(int) - (0x5C, 0xC8, 0xFF) == 0).all(2)
    assert accent[-120:].any()
    assert all_traversals(rows[1:], shown[1:], title="all").height < image.height


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: samples(pictures(0), title="none"),
        lambda: samples(pictures(5000), title="too many"),
        lambda: samples(torch.zeros(2, 2, 8, 8, dtype=torch.uint8), title="two channels"),
        lambda: reconstructions(pictures(2), pictures(3), title="not as many"),
        lambda: plane(pictures(8), places(-1, 1, 3), ("z1", "z2"), title="eight of nine"),
        lambda: classes_by_continuous(pictures(5), places(-1, 1, 3), "ab", "z1", title="five"),
        lambda: moving(pictures(1)),
        lambda: moving(pictures(5), fps=0),
    ],
)
def test_what_makes_no_figure_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\.$"):
        wrong()


@pytest.mark.parametrize("channels", [1, 3])
def test_a_film_goes_there_and_back(channels):
    film = Image.open(io.BytesIO(moving(pictures(5, channels), fps=10)))
    assert (film.format, film.n_frames, film.info["duration"]) == ("GIF", 8, 100)
    assert film.size == (280, 280)


@pytest.fixture(scope="module")
def joint():
    """An untrained JointVAE as a checkpoint."""
    torch.manual_seed(0)
    network = NetworkConfig(encoder_hidden=(16,), decoder_hidden=(16,))
    config = JointVAEConfig.of(3, (4, 2), shape=(1, 8, 8), network=network)
    about = CheckpointConfig(
        recipe="joint",
        model=config,
        data=DataConfig(dataset="digits", binarise="none"),
        training=TrainingConfig(),
        class_names=("cat", "dog"),
        metrics={"code_classes": [[1, -1, 0, 9], "damaged"], "kl_per_dimension": [0.1, 0.3, 0.2]},
    )
    return Checkpoint("joint", about, JointVAE(config).eval(), None, "", "")


def test_every_figure_of_a_model_with_classes(joint):
    examples = Examples(pictures(6), ("cat",) * 6, "Pictures")
    found = dict(draw(joint, examples, Range(steps=3), around=2))
    assert list(found) == [
        "reconstructions.png",
        "samples.png",
        "samples-c1.png",
        "samples-c2.png",
        "traversals.png",
        "traversal.png",
        "traversal-z2.gif",
        "plane-z2-z3.png",
        *(f"c{part}-z{dim}.png" for part in (1, 2) for dim in (2, 3, 1)),
    ]
    again = dict(draw(joint, examples, Range(steps=3), around=2))
    same = [
        a == again[file] if isinstance(a, bytes) else a.tobytes() == again[file].tobytes()
        for file, a in found.items()
    ]
    assert all(same)


def test_a_class_is_called_what_it_mostly_is(joint):
    first, second = class_words(joint)
    assert first.names == ("dog", "c1 = 1", "cat", "c1 = 3")
    assert first.rows == ("mostly dog", "c1 = 1", "mostly cat", "c1 = 3")
    assert second.names == ("c2 = 0", "c2 = 1")


def test_what_is_not_there_cannot_be_drawn(joint):
    examples = Examples(pictures(6), (), "Pictures")
    with pytest.raises(ValueError, match="no example 7 of 6"):
        list(draw(joint, examples, Range(), around=6))
    with pytest.raises(ValueError, match="dimensions 1 to 3"):
        list(draw(joint, examples, Range(), dimensions=(0, 3)))
    with pytest.raises(ValueError, match="traversal"):
        Range(low=3, high=-3)


def test_the_command_writes_files_and_tells_them(checkpoint, tmp_path):
    asked = ["figures", "tiny", "--workspace", str(tmp_path), "--output", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*asked, "--quantiles", "--steps", "5", "--json"])
    assert result.exit_code == 0, result.output
    files = json.loads(result.stdout)["files"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(files)
    for file in files:
        with Image.open(tmp_path / "out" / file) as image:
            image.load()
    for wrong in (["--plane", "1"], ["--plane", "a,b"], ["--plane", "1,9"], ["--steps", "99"]):
        refused = CliRunner().invoke(app, [*asked, *wrong])
        assert isinstance(refused.exception, ValueError), wrong
