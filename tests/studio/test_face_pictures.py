"""Photos, held-out faces, and morphs as files."""

import io
from threading import Event

import av
import numpy as np
import pytest
import torch
from PIL import Image

from models.data.faces.synthetic import draw_test_faces
from models.latent.morphs import morph
from models.latent.sampling import uniforms
from models.portrait import portray
from studio import face_routes
from studio.face_exports import Abandoned, export_morph
from studio.face_requests import ExportRequest
from studio.face_routes import FaceRoutes
from studio.live import DecodeService
from tests.studio.coroutines import run
from tests.studio.faces import SIZE, photo, pixels
from tests.studio.samplers import refusal

ROWS = 12
A, B = [0.0] * SIZE, [2.0] * SIZE


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Draw few faces."""
    monkeypatch.setattr("models.data.held_out.DRAWN", ROWS)


def test_a_photo_is_shown_beside_its_reconstruction(ask, faced):
    found = ask("faces/photo", photo()).json()
    image = pixels(found["image"])
    # The central square of 90 x 60 begins at 15, so that the edge stays in the middle.
    assert image[:, 20].max() < 30 < 170 < image[:, 44].min()
    seen = portray(faced.open("faces"), torch.from_numpy(image.copy()).permute(2, 0, 1))
    assert found["z"] == pytest.approx(seen.z.tolist(), abs=1e-4)
    assert (
        np.abs(
            pixels(found["reconstruction"]).astype(int).transpose(2, 0, 1)
            - seen.reconstruction.numpy()
        ).max()
        <= 1
    )
    assert found["mse"] == pytest.approx(seen.mse, rel=1e-3)
    assert found["ssim"] == pytest.approx(seen.ssim, abs=1e-3)
    assert found["typical"] is True


def test_a_photo_for_a_grey_model(ask):
    found = ask("grey/photo", photo()).json()
    assert pixels(found["image"], 1).shape == (64, 64, 1)
    assert found["typical"] is None


@pytest.mark.parametrize(("left", "shade"), [(0, 0), (60.5, 200)])
def test_a_photo_is_cut_out_where_one_says(ask, left, shade):
    found = ask("faces/photo", photo(), left=left, top=10, side=29.5).json()
    assert (pixels(found["image"]) == shade).all()


def test_the_square_is_counted_in_the_upright_picture(ask):
    turned = Image.Exif()
    turned[0x0112] = 6  # To be shown turned to the right: 60 wide, 90 high, its lower half light.
    data = photo(format="JPEG", exif=turned, quality=95)
    found = ask("faces/photo", data, left=0, top=46, side=44).json()
    assert pixels(found["image"]).min() > 180
    assert "60 x 90" in refusal(ask("faces/photo", data, left=31, top=0, side=44))


def animation(format):
    frames = [Image.new("RGB", (20, 20), shade) for shade in ("black", "white")]
    buffer = io.BytesIO()
    frames[0].save(buffer, format, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"no picture", "not a picture"),
        (photo(format="TIFF"), "not a picture"),
        (photo()[:-60], "damaged"),
        (photo(size=(5000, 3300)), "16 million"),
        (photo() + bytes(10_000_000), "10 MB"),
        (animation("GIF"), "animated"),
        (animation("WEBP"), "animated"),
        (animation("PNG"), "animated"),
    ],
    ids=["empty", "text", "tiff", "cut", "large", "long", "gif", "webp", "apng"],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(ask, data, words):
    assert words in refusal(ask("faces/photo", data))


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ({"left": 40, "top": 0, "side": 60}, "leaves the picture"),
        ({"left": 0, "top": 2, "side": 60}, "leaves the picture"),
        ({"left": -2, "top": 0, "side": 40}, "leaves the picture"),
        ({"left": 0, "top": 0, "side": 0}, "at least a pixel"),
        ({"left": 0, "top": 0}, "left, top and side"),
        ({"left": "x", "top": 0, "side": 9}, "left"),
        ({"left": "nan", "top": 0, "side": 9}, "left"),
        ({"left": 0, "top": 0, "side": 1e12}, "side"),
    ],
)
def test_a_square_that_cannot_be_cut_out(ask, box, words):
    assert words in refusal(ask("faces/photo", photo(), **box))


def test_a_held_out_face_is_one_that_no_training_saw(ask):
    found = ask("faces/held-out", row=3).json()
    unseen = draw_test_faces(ROWS)
    assert (found["row"], found["rows"]) == (3, ROWS)
    image = pixels(found["image"]).transpose(2, 0, 1)
    np.testing.assert_array_equal(image, unseen.images[3].numpy())
    assert set(found["attributes"].values()) <= {0, 1}
    assert found["attributes"]["Male"] == int(
        unseen.attributes[3, list(found["attributes"]).index("Male")]
    )
    assert {"z", "reconstruction", "mse", "ssim", "typical"} < set(found)


def test_a_seed_chooses_a_held_out_face(ask):
    rows = [ask("faces/held-out", seed=seed).json()["row"] for seed in range(8)]
    assert rows == [int(uniforms(seed, 1, 1)[0, 0] * ROWS) for seed in range(8)]
    assert len(set(rows)) > 2


@pytest.mark.parametrize("row", [-1, ROWS])
def test_a_row_that_is_not_there(ask, row):
    assert f"0 to {ROWS - 1}" in refusal(ask("faces/held-out", row=row))


def test_what_is_not_here_is_not_downloaded(ask, monkeypatch):
    def download(*_, **__):
        raise AssertionError

    monkeypatch.setattr("models.data.faces.olivetti.download", download)
    assert "no held-out examples of olivetti" in refusal(ask("grey/held-out"))


def test_no_folder_is_read_that_a_checkpoint_names(ask, faced):
    assert ask("foreign").json()["held_out"] is False
    for query in ({"row": 0}, {"seed": 3}):
        said = refusal(ask("foreign/held-out", **query))
        assert "no held-out examples" in said
        assert "secret" not in said
    assert "secret" not in ask("foreign").text
    assert not (faced.workspace / "datasets" / "read").exists()


def order(**changes):
    return {"codes": [A, B], "kind": "linear", "steps": 4, "fps": 10, "side": 96} | changes


@pytest.mark.parametrize("bounce", [False, True])
@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_film_for_the_web(ask, kind, bounce):
    answer = ask(f"faces/export/{kind}", order(bounce=bounce))
    with Image.open(io.BytesIO(answer.content)) as film:
        assert (film.n_frames, film.size) == (6 if bounce else 4, (96, 96))
    assert answer.headers["content-type"] == f"image/{kind}"
    assert f'filename="faces-morph-4.{kind}"' in answer.headers["content-disposition"]


def test_a_film(ask):
    answer = ask("faces/export/mp4", order(side=101))
    with av.open(io.BytesIO(answer.content)) as film:
        frames = list(film.decode(video=0))
    assert (len(frames), frames[0].width, frames[0].height) == (4, 102, 102)


def test_a_strip(ask):
    with Image.open(io.BytesIO(ask("faces/export/png", order()).content)) as strip:
        assert strip.size == (4 * 96, 96)


def test_a_long_strip_goes_on_in_another_row(ask, monkeypatch):
    monkeypatch.setattr("studio.face_exports.WIDEST", 300)
    with Image.open(io.BytesIO(ask("faces/export/png", order()).content)) as strip:
        assert strip.size == (3 * 96, 2 * 96)


def test_a_grey_film(ask):
    answer = ask("grey/export/gif", order(side=64))
    with Image.open(io.BytesIO(answer.content)) as film:
        assert (film.n_frames, film.size) == (4, (64, 64))


def test_the_codes(ask):
    answer = ask("faces/export/npz", order(kind="curve"))
    with np.load(io.BytesIO(answer.content), allow_pickle=False) as found:
        wanted = morph(torch.tensor([A, B]), 4, "curve")
        np.testing.assert_allclose(found["codes"], wanted.numpy(), atol=1e-6)
        np.testing.assert_array_equal(found["ends"], np.array([A, B], np.float32))
        assert str(found["kind"]) == "curve"
        assert str(found["licence"]) == "MIT"
        assert "held-out faces" in str(found["note"])


@pytest.mark.parametrize("kind", ["gif", "webp", "mp4", "png"])
def test_a_film_that_nobody_waits_for_is_given_up(kind):
    gone = Event()
    gone.set()
    asked = ExportRequest(codes=[A, B], steps=4)
    frames = np.zeros((4, 64, 64, 3), np.uint8)
    with pytest.raises(Abandoned):
        export_morph(kind, asked, torch.zeros(4, SIZE), frames, gone)


def test_a_page_that_goes_away_ends_what_it_asked_for(faced, monkeypatch):
    monkeypatch.setattr(face_routes, "LOOK_SECONDS", 0.01)

    class Left:
        async def is_disconnected(self):
            return True

    def make(gone):
        if not gone.wait(30):
            raise AssertionError
        raise Abandoned("gone")

    async def left():
        await FaceRoutes(faced, DecodeService())._while_wanted(Left(), make)

    with pytest.raises(Abandoned):
        run(left())
