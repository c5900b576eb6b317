import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import wvae
from wvae.checkpoint import load_checkpoint, read_config, read_tensors, save_checkpoint, write_tensors
from wvae.errors import CheckpointError, WvaeError
from wvae.model import ModelConfig, build_model

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "saved", build_model(ModelConfig(2, 3, hidden=20)), {"figures": {"digit_accuracy": 0.5}})
    return tmp_path / "saved"


def test_round_trip(tmp_path: Path) -> None:
    model = build_model(ModelConfig(2, 3, hidden=20, classifier="none"))
    save_checkpoint(tmp_path, model, {"figures": {"digit_accuracy": 0.5}})
    loaded = load_checkpoint(tmp_path)
    assert loaded.config == model.config
    assert not loaded.training
    assert all(torch.equal(value, loaded.state_dict()[name]) for name, value in model.state_dict().items())
    config = read_config(tmp_path)
    assert config["figures"] == {"digit_accuracy": 0.5}
    assert config["package_version"] == wvae.__version__
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.json", "model.safetensors"]


def test_the_weight_file_alone_is_enough(saved: Path) -> None:
    config = read_config(saved)
    (saved / "config.json").unlink()
    assert read_config(saved) == read_config(saved / "model.safetensors") == config
    moved = (saved / "model.safetensors").rename(saved.parent / "other.safetensors")
    assert load_checkpoint(moved).config == ModelConfig(2, 3, hidden=20)


def change(saved: Path, **sections: object) -> None:
    """Write other sections into the config, in the header as well."""
    tensors, config = read_tensors(saved / "model.safetensors", dict[str, Any])
    write_tensors(saved / "model.safetensors", tensors, config | sections)
    (saved / "config.json").write_text(json.dumps(config | sections))


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"latent_a": 2, "latent_b": 3}, "do not fit its config"),
        ({"latent_a": 2, "latent_b": 3, "hidden": 20, "depth": 3}, "model has a field that is not known here, 'depth'"),
        (
            {"latent_a": 2, "latent_b": 3, "hidden": 20, "encoder": "resnet"},
            r"encoder must be one of mlp.*, not .resnet",
        ),
        (
            {"latent_a": 0, "latent_b": 3, "hidden": 20, "classifier": True},
            "latent_a must be a whole number from 1",
        ),
        ({"latent_a": 9, "latent_b": 3, "hidden": 20, "classifier": True}, "do not fit its config"),
        (None, "Expected object"),
    ],
)
def test_configs_that_make_no_sense(saved: Path, model: object, says: str) -> None:
    change(saved, model=model)
    with pytest.raises(CheckpointError, match=says):
        load_checkpoint(saved)


@pytest.mark.parametrize(
    "figures",
    [
        {"digit_accuracy": "x" * 100_000},
        {"digit_accuracy": 1e9},
        {"named_axes": {"x" * 100_000: 0.5}},
        {"leakage": {"digit_from_b": {}, "writer_from_b": {"mlp": 0.5}, "digit_chance": 0.1, "writer_chance": 0.01}},
        {"leakage": {"digit_from_b": {"mlp": 0.5}, "writer_from_b": {"mlp": 1}, "digit_chance": 0, "writer_chance": 0}},
        {"leakage": {"digit_from_b": {"mlp": 0.5}}},
        {"leakage": [0.1]},
        {"digit_accuracy": "high"},
        {"digit_accuracy": [0.9]},
        {"named_axes": {"slant": None, "width": 0.5}},
        {"named_axes": [0.9]},
        {"reconstruction": {"elbo": -100}},
        {"reconstruction": {"reconstruction": None}},
        {"reconstruction": {"reconstruction": 10**400}},
        ["digit_accuracy"],
    ],
)
def test_a_config_of_foreign_shape_is_said(saved: Path, figures: object) -> None:
    change(saved, figures=figures)
    with pytest.raises(CheckpointError, match=r"cannot be read \(.*figures"):
        load_checkpoint(saved)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_config(saved)


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ("data", {"source": "x" * 20_000_000}),
        ("data", {"source": 3}),
        ("data", {"split": {"evaluation_writers": -1, "seed": 0}}),
        ("data", {"split": {"evaluation_writers": 10**400, "seed": 0}}),
        ("data", {"split": {"seed": 0}}),
        ("data", {"protocol": "none"}),
        ("data", "qmnist"),
        ("preset", ["wvae"]),
        ("imported", {"file": {}}),
        ("record", {"finished": 2026}),
    ],
)
def test_a_record_of_foreign_shape_is_said_in_a_short_sentence(saved: Path, section: str, value: object) -> None:
    change(saved, **{section: value})
    for read in (load_checkpoint, read_config):
        with pytest.raises(CheckpointError, match="cannot be read") as refused:
            read(saved)
        assert len(str(refused.value)) < 1000


def test_json_that_is_too_deep_or_holds_huge_numbers_is_said(saved: Path) -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000, '{"format_version": 1' + "0" * 5000 + "}", '"\\ud800"', "NaN"):
        (saved / "config.json").write_text(text)
        with pytest.raises(CheckpointError, match="cannot be read"):
            read_config(saved)


def test_a_missing_field_takes_its_default(saved: Path) -> None:
    change(saved, model={"latent_a": 2, "latent_b": 3, "hidden": 20})
    assert load_checkpoint(saved).config == ModelConfig(2, 3, hidden=20)


def test_a_checkpoint_of_format_version_1_loads() -> None:
    folder = FIXTURES / "checkpoint-format-1"
    expected = np.load(folder / "outputs.npz")
    model = load_checkpoint(folder)
    assert model.config == ModelConfig(2, 3, hidden=4)
    latents = wvae.encode(model, expected["images"])
    assert np.allclose(latents.mean_a, expected["mean_a"], atol=1e-5)
    assert np.allclose(latents.log_variance_b, expected["log_variance_b"], atol=1e-5)
    assert np.allclose(wvae.decode(model, latents.mean_a, latents.mean_b), expected["decoded"], atol=1e-5)
    assert np.allclose(wvae.digit_probabilities(model, latents.mean_a), expected["probabilities"], atol=1e-5)


def test_one_map_for_all_digits_as_earlier_versions_had_it_is_that_of_each(tmp_path: Path) -> None:
    model = build_model(ModelConfig(2, 3, 16, writer_dimensions=5)).eval()
    whole = torch.randn(10, 5, 3)
    model.writer_projection.matrix.copy_(whole)
    save_checkpoint(tmp_path, model, {})
    assert torch.equal(load_checkpoint(tmp_path).writer_projection.matrix, whole)
    model.writer_projection.matrix = one = torch.randn(3, 3)
    save_checkpoint(tmp_path, model, {})
    read = load_checkpoint(tmp_path).writer_projection.matrix
    assert torch.equal(read[:, :3], one.expand(10, 3, 3))
    assert not read[:, 3:].any()


def test_another_format_version(saved: Path) -> None:
    change(saved, format_version=99)
    with pytest.raises(CheckpointError, match="version 99; this package reads the versions 1, 2"):
        load_checkpoint(saved)


def test_damaged_weights(saved: Path) -> None:
    whole = (saved / "model.safetensors").read_bytes()
    for damaged in (b"", whole[:5], whole[: len(whole) // 2], whole[:-4], b"\xff" * 1000):
        (saved / "model.safetensors").write_bytes(damaged)
        with pytest.raises(CheckpointError, match=r"model\.safetensors is truncated or corrupt"):
            load_checkpoint(saved)


def test_damaged_config(saved: Path) -> None:
    text = (saved / "config.json").read_text()
    (saved / "config.json").write_text(text[:40])
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        load_checkpoint(saved)
    (saved / "config.json").write_text(text.replace('"hidden": 20', '"hidden": 30'))
    with pytest.raises(CheckpointError, match="describe different models"):
        load_checkpoint(saved)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        load_checkpoint(tmp_path / "absent")
    with pytest.raises(CheckpointError, match="training has not finished"):
        load_checkpoint(tmp_path)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return open, (str(tmp_path / "sprung"), "w")  # type: ignore[return-value]

    for name in ("model.pt", "model.safetensors"):
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        with pytest.raises(CheckpointError):
            load_checkpoint(tmp_path / name)
    assert not (tmp_path / "sprung").exists()
    with pytest.raises(CheckpointError, match="such as pickles, can run code"):
        load_checkpoint(tmp_path / "model.pt")


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    model = build_model(ModelConfig())
    torch.nn.init.constant_(model.decoder.pixels.bias, torch.nan)
    save_checkpoint(tmp_path, model, {})
    with pytest.raises(CheckpointError, match="are not all numbers"):
        load_checkpoint(tmp_path)


def test_a_foreign_safetensors_file(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(3)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="not a checkpoint of wvae"):
        load_checkpoint(tmp_path)


def test_a_full_disk_leaves_the_old_checkpoint(small_disk: Path) -> None:
    model = build_model(ModelConfig(hidden=20))
    save_checkpoint(small_disk, model, {})
    with pytest.raises(WvaeError, match="No space left on device"):
        save_checkpoint(small_disk, build_model(ModelConfig(hidden=500)), {})
    assert load_checkpoint(small_disk).config == model.config
    assert sorted(file.name for file in small_disk.iterdir()) == ["config.json", "model.safetensors"]
