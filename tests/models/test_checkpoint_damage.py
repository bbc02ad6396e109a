"""Every way in which a checkpoint can be broken ends in one clear CheckpointError."""

import hashlib
import json
import os
import random

import pytest
import safetensors.torch
import torch

from models.checkpoint import CheckpointError, load_checkpoint, read_config, verify
from models.packed import unpack
from tests.reliability.effort import times

MUTATIONS = times(200, 2000)
PARTS = ("config.json", "model.safetensors", "atlas.safetensors", "README.md")
FILES = (*PARTS, "manifest.json")


def refusal(folder):
    """Load a checkpoint that must be refused; return the sentence, checked for its form."""
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(folder)
    message = str(caught.value)
    assert message.startswith(f"Checkpoint '{folder.name}' "), message
    assert message.endswith("."), message
    assert "\n" not in message
    assert len(message) < 500
    assert str(folder) not in message
    return message


def sign(folder):
    """Make the manifest fit the files again, as someone who means harm would."""
    manifest = {
        path.name: {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size": path.stat().st_size,
        }
        for path in sorted(folder.iterdir())
        if path.name != "manifest.json"
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def change_json(folder, change):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))
    sign(folder)


def change_tensors(folder, file, change):
    state = unpack(safetensors.torch.load_file(folder / file))
    change(state)
    safetensors.torch.save_file(state, folder / file)
    sign(folder)


def flipped(data, position, bit):
    changed = bytearray(data)
    changed[position] ^= 1 << bit
    return bytes(changed)


def test_the_untouched_checkpoint_loads(checkpoint):
    loaded = load_checkpoint(checkpoint)
    assert set(verify(checkpoint)) == set(FILES)
    assert loaded.config == read_config(checkpoint)
    assert loaded.atlas.codes.shape[1] == loaded.config.model.latent_dim
    assert loaded.digest == hashlib.sha256((checkpoint / "manifest.json").read_bytes()).hexdigest()
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("file", PARTS)
def test_a_flipped_bit_is_found(checkpoint, file, where):
    path = checkpoint / file
    data = path.read_bytes()
    path.write_bytes(flipped(data, int(where * (len(data) - 1)), 3))
    message = refusal(checkpoint)
    assert "is damaged" in message
    assert file in message


def test_a_flipped_bit_anywhere_in_the_manifest_is_found(checkpoint):
    path = checkpoint / "manifest.json"
    data = path.read_bytes()
    for position in range(0, len(data), 5):
        path.write_bytes(flipped(data, position, position % 8))
        refusal(checkpoint)


@pytest.mark.parametrize("file", FILES)
def test_half_a_file_is_found(checkpoint, file):
    path = checkpoint / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert file in refusal(checkpoint)


@pytest.mark.parametrize("file", FILES)
def test_an_empty_file_is_found(checkpoint, file):
    (checkpoint / file).write_bytes(b"")
    assert file in refusal(checkpoint)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(checkpoint, file):
    (checkpoint / file).unlink()
    assert f"{file} is missing" in refusal(checkpoint)


@pytest.mark.parametrize("file", FILES)
def test_a_linked_file_is_refused(checkpoint, tmp_path, file):
    (checkpoint / file).rename(tmp_path / "outside")
    (checkpoint / file).symlink_to(tmp_path / "outside")
    assert f"{file} is a link" in refusal(checkpoint)


@pytest.mark.parametrize("file", FILES)
def test_a_folder_in_place_of_a_file_is_refused(checkpoint, file):
    (checkpoint / file).unlink()
    (checkpoint / file).mkdir()
    assert f"{file} is missing" in refusal(checkpoint)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_refused_and_not_waited_for(checkpoint):
    (checkpoint / "model.safetensors").unlink()
    os.mkfifo(checkpoint / "model.safetensors")
    refusal(checkpoint)


def test_a_file_over_the_limit_is_not_read(checkpoint):
    with (checkpoint / "model.safetensors").open("r+b") as file:
        file.truncate((1 << 30) + 1)
    assert "over 1 GiB" in refusal(checkpoint)


def test_no_folder_at_all(tmp_path):
    assert "manifest.json is missing" in refusal(tmp_path / "nothing")


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"garbage",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"3",
        b'"text"',
        b"{}",
        b'{"config.json": null}',
        b'{"config.json": []}',
        b'{"config.json": {"sha256": "0"}}',
        b'{"config.json": {"sha256": "0", "size": "many"}}',
        b'{"config.json": {"sha256": "0", "size": 1e999}}',
        b'{"config.json": {"sha256": "0", "size": NaN}}',
        b'{"config.json": {"sha256": "0", "size": ' + b"9" * 5000 + b"}}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda manifest: manifest[:24].decode(errors="replace"),
)
def test_a_manifest_that_is_none_is_refused(checkpoint, manifest):
    (checkpoint / "manifest.json").write_bytes(manifest)
    assert "manifest.json" in refusal(checkpoint)


@pytest.mark.parametrize(
    "name", ["../x", "../mine/config.json", "/etc/passwd", "a/b", "", "\0", "x" * 5000, "model.pt"]
)
def test_a_manifest_may_list_only_the_known_files(checkpoint, name):
    path = checkpoint / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest[name] = manifest["config.json"]
    path.write_text(json.dumps(manifest))
    assert "lists the unknown file" in refusal(checkpoint)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "README.md"])
def test_a_manifest_must_list_the_required_files(checkpoint, file):
    path = checkpoint / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest[file]
    path.write_text(json.dumps(manifest))
    assert f"lacks {file}" in refusal(checkpoint)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(checkpoint, value):
    def poison(state):
        state["encoder.1.weight"][0, 0] = value

    change_tensors(checkpoint, "model.safetensors", poison)
    message = refusal(checkpoint)
    assert "encoder.1.weight" in message
    assert "NaN" in message


def test_a_wrong_shape_is_named_with_both(checkpoint):
    def cut(state):
        state["encoder.1.weight"] = state["encoder.1.weight"][:, :-1].contiguous()

    change_tensors(checkpoint, "model.safetensors", cut)
    message = refusal(checkpoint)
    assert "encoder.1.weight" in message
    assert "(64, 783), expected (64, 784)" in message


def test_a_wrong_type_of_number_is_named(checkpoint):
    def round_off(state):
        state["encoder.1.weight"] = state["encoder.1.weight"].to(torch.int64)

    change_tensors(checkpoint, "model.safetensors", round_off)
    assert "encoder.1.weight is torch.int64" in refusal(checkpoint)


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.float8_e5m2, torch.complex64])
@pytest.mark.parametrize("key", ["encoder.1.weight", "offset"])
def test_a_type_that_no_weights_are_kept_in_is_named(checkpoint, key, kind):
    def squeeze(state):
        state[key] = state[key].to(kind)

    change_tensors(checkpoint, "model.safetensors", squeeze)
    assert f"is refused: {key} is {kind}; save its weights as" in refusal(checkpoint)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_any_usual_precision_are_taken(checkpoint, kind):
    def keep_in(state):
        for key in [key for key in state if state[key].is_floating_point()]:
            state[key] = state[key].to(kind)

    change_tensors(checkpoint, "model.safetensors", keep_in)
    assert load_checkpoint(checkpoint).model.offset.dtype == torch.float32


def test_a_missing_and_an_extra_weight_are_named(checkpoint):
    change_tensors(checkpoint, "model.safetensors", lambda state: state.pop("offset"))
    assert "offset is missing" in refusal(checkpoint)

    def add(state):
        state["offset"] = torch.zeros(1, 28, 28)
        state["backdoor"] = torch.zeros(1)

    change_tensors(checkpoint, "model.safetensors", add)
    assert "backdoor is unknown" in refusal(checkpoint)


@pytest.mark.parametrize("file", ["model.safetensors", "atlas.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not tensors", b"\xff" * 64, b"\x00" * 64])
def test_garbage_in_place_of_tensors_is_refused(checkpoint, file, content):
    (checkpoint / file).write_bytes(content)
    sign(checkpoint)
    assert f"unreadable {file}" in refusal(checkpoint)


def test_an_atlas_of_another_dimension_is_refused(checkpoint):
    def widen(state):
        for name in ("codes", "means", "logvar"):
            state[name] = torch.cat([state[name], state[name]], 1)

    change_tensors(checkpoint, "atlas.safetensors", widen)
    assert "an atlas of 4 dimensions for a model of 2" in refusal(checkpoint)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("codes", None),
        ("codes", torch.tensor(1.0)),
        ("codes", torch.full((1500, 2), float("nan"))),
        ("labels", torch.zeros(3, dtype=torch.int16)),
        ("medoids", torch.full((10,), 10**9)),
        ("medoids", torch.zeros(10, dtype=torch.complex64)),
        ("thumbnails", torch.zeros(10**5, 1, 1, 1, dtype=torch.uint8)),
        ("calibration", torch.full((5,), float("nan"))),
        ("neighbours", torch.zeros(0, dtype=torch.int64)),
        ("neighbours", torch.tensor([0])),
        ("neighbours", torch.tensor([10**9])),
        ("neighbours", torch.tensor([101])),
        ("neighbours", torch.tensor([float("inf")])),
    ],
)
def test_a_broken_atlas_is_refused(checkpoint, name, tensor):
    def replace(state):
        del state[name]
        if tensor is not None:
            state[name] = tensor

    change_tensors(checkpoint, "atlas.safetensors", replace)
    assert "atlas" in refusal(checkpoint)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda c: c.update(format=2), "format 2"),
        (lambda c: c.update(surprise=1), "surprise"),
        (lambda c: c.pop("recipe"), "recipe"),
        (lambda c: c["model"].update(latent_dim=0), "latent_dim"),
        (lambda c: c["model"].update(latent_dim=3), "has the shape"),
        (lambda c: c["model"].update(shape=[1, 28, 30]), "has the shape"),
        (lambda c: c["model"].update(likelihood="gaussian"), "likelihood.log_scale is missing"),
        (
            lambda c: c["model"]["network"].update(kind="convolutional", channels=[8, 8, 8]),
            "multiples of 8",
        ),
        (lambda c: c["model"]["network"].update(encoder_hidden=[65_536] * 64), "has the shape"),
        (
            lambda c: c["model"]["network"].update(encoder_hidden=[10**12] * 2),
            "must lie in 1..65536",
        ),
        (lambda c: c["model"]["network"].update(encoder_hidden=[10**30]), "unreadable"),
        (lambda c: c.update(class_names=["only", "two"]), "atlas"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(checkpoint, change, cause):
    change_json(checkpoint, change)
    assert cause in refusal(checkpoint)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_configuration_that_is_none_is_refused(checkpoint, content):
    (checkpoint / "config.json").write_bytes(content)
    sign(checkpoint)
    assert "unreadable config.json" in refusal(checkpoint)
    with pytest.raises(CheckpointError, match=r"unreadable config\.json"):
        read_config(checkpoint)


HALF_A_LETTER = [
    lambda c: c.update(recipe="\ud800"),
    lambda c: c["metrics"].update(epochs="\ud800"),
    lambda c: c["metrics"].update({"\ud800": 1}),
    lambda c: c["metrics"].update(conditions=["\udfff"]),
]


@pytest.mark.parametrize("change", HALF_A_LETTER)
def test_half_a_letter_in_a_configuration_is_refused(checkpoint, change):
    change_json(checkpoint, change)
    assert refusal(checkpoint).endswith("unreadable config.json: a text in it is no Unicode.")
    with pytest.raises(CheckpointError, match="no Unicode"):
        read_config(checkpoint)


def test_weights_that_are_not_finite_are_not_even_saved(checkpoint, tmp_path):
    from models.checkpoint import save_checkpoint

    loaded = load_checkpoint(checkpoint)
    loaded.model.offset[0, 0, 0] = float("nan")
    with pytest.raises(CheckpointError, match="offset holds NaN"):
        save_checkpoint(tmp_path / "new", loaded.config, loaded.model)
    assert not (tmp_path / "new").exists()


def mutated(data, numbers):
    """One random change of some bytes: what disks, networks and people do to files."""
    at, length = numbers.randrange(len(data)), numbers.randint(1, 64)
    return numbers.choice(
        [
            flipped(data, at, numbers.randrange(8)),
            data[:at],
            data[at:],
            data[:at] + data[at + length :],
            data[:at] + numbers.randbytes(length) + data[at:],
            data[:at] + numbers.randbytes(length) + data[at + length :],
            data[:at] + bytes(length) + data[at + length :],
            data + data,
            b"",
        ]
    )


def test_random_damage_is_always_refused(checkpoint):
    numbers = random.Random(0)
    whole = {file: (checkpoint / file).read_bytes() for file in FILES}
    for _ in range(MUTATIONS):
        file = numbers.choice(FILES)
        damaged = mutated(whole[file], numbers)
        if damaged != whole[file]:
            (checkpoint / file).write_bytes(damaged)
            refusal(checkpoint)
            (checkpoint / file).write_bytes(whole[file])
    load_checkpoint(checkpoint)


@pytest.mark.parametrize("file", PARTS)
def test_random_damage_with_a_fitting_manifest_raises_nothing_else(checkpoint, file):
    """Here some changes load, such as one in the card; none may end in another error."""
    numbers = random.Random(1)
    path = checkpoint / file
    whole = path.read_bytes()
    # Most of a tensor file is numbers; what can go wrong lies at its beginning.
    head = min(len(whole), 2000)
    for _ in range(MUTATIONS // 4):
        path.write_bytes(mutated(whole[:head], numbers) + whole[head:])
        sign(checkpoint)
        try:
            load_checkpoint(checkpoint)
        except CheckpointError as error:
            assert checkpoint.name in str(error)  # noqa: PT017
