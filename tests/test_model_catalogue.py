"""Models: listed, added, renamed."""

import io
import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from wvae.checkpoint import load_checkpoint, save_checkpoint
from wvae.errors import CheckpointError, ConfigError
from wvae.model import ModelConfig, build_model
from wvae.model_catalogue import (
    ARTICLE,
    LARGEST_UPLOAD,
    add_model,
    best_first,
    list_models,
    model_kind,
    rename_model,
)

SHIPPED = Path(__file__).parent.parent / "checkpoints/synthetic-10d"


@pytest.fixture(scope="module")
def weights() -> bytes:
    return (SHIPPED / "model.safetensors").read_bytes()


def with_config(weights: bytes, **changes: object) -> bytes:
    """The same weights with another config in the header; None takes a section away."""
    size = int.from_bytes(weights[:8], "little")
    config = json.loads(json.loads(weights[8 : 8 + size])["__metadata__"]["config"])
    config |= changes
    config = {name: value for name, value in config.items() if value is not None}
    return save(load_file(SHIPPED / "model.safetensors"), {"config": json.dumps(config)})


def test_a_model_is_listed_with_its_figures() -> None:
    (entry,) = [entry for entry in list_models(SHIPPED.parent) if entry.name == "synthetic-10d"]
    figures = json.loads((SHIPPED / "config.json").read_text())["figures"]
    assert (entry.latent_a, entry.latent_b, entry.trained_on) == (10, 10, "synthetic")
    assert entry.nats == figures["reconstruction"]["reconstruction"]
    assert entry.digit_from_a == figures["digit_accuracy"]
    probes = figures["leakage"]["digit_from_b"]
    assert entry.digit_from_b == max(probes[kind] for kind in ("logistic", "mlp", "nearest_neighbours"))
    assert entry.megabytes == pytest.approx(3.27, abs=0.01)
    assert entry.problem is None


def test_the_best_model_for_the_digits_at_hand_is_offered_first(tmp_path: Path) -> None:
    models = {
        "article": ("article", "qmnist:train", 10),
        "imported": (None, None, 1),
        "plane": ("wvae", "qmnist:train", 1),
        "style": ("wvae", "qmnist:train", 10),
        "synthetic": ("wvae", "synthetic:80", 10),
        "writer": ("wvae-writer", "qmnist:train", 24),
    }
    for name, (preset, source, latent_b) in models.items():
        how = {"preset": preset, "data": {"source": source}} if preset else {"imported": {"file": "model1.npz"}}
        save_checkpoint(tmp_path / name, build_model(ModelConfig(1, latent_b, 5)), how)
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn/config.json").write_text("{")
    folders = sorted(tmp_path.iterdir())
    order = ["style", "plane", "writer", "article", "imported", "torn", "synthetic"]
    assert [folder.name for folder in best_first(folders, synthetic=False)] == order
    assert [folder.name for folder in best_first(folders, synthetic=True)][:2] == ["synthetic", "style"]


def test_the_kind_of_a_model() -> None:
    article = [{"preset": "article"}, {"preset": "article-covariance"}, {"imported": {"file": "model1.npz"}}]
    assert [model_kind(config) for config in article] == [ARTICLE] * 3
    assert [model_kind(config) for config in ({"preset": "wvae"}, {})] == ["wvae", None]


def test_a_broken_model_is_listed_among_good_ones(tmp_path: Path, weights: bytes) -> None:
    shutil.copytree(SHIPPED, tmp_path / "runs/good")
    shutil.copytree(SHIPPED, tmp_path / "runs/torn")
    (tmp_path / "runs/torn/model.safetensors").write_bytes(weights[:1000])
    shutil.copytree(SHIPPED, tmp_path / "runs/unsaid")
    (tmp_path / "runs/unsaid/config.json").write_text('{"format_version": 1, "figures": 3}')
    (tmp_path / "runs/unfinished").mkdir()
    good, torn, unsaid = list_models(tmp_path / "absent", tmp_path / "runs")
    assert good.problem is None
    assert torn.problem
    assert "truncated or corrupt" in torn.problem
    assert torn.nats is None
    assert unsaid.problem
    assert "cannot be read" in unsaid.problem


@pytest.mark.parametrize("figures", [None, {}, {"leakage": None, "reconstruction": None}])
def test_a_model_without_figures(figures: object, tmp_path: Path, weights: bytes) -> None:
    add_model("a.safetensors", with_config(weights, figures=figures, data=None), tmp_path / "a")
    (entry,) = list_models(tmp_path)
    assert entry.problem is None
    assert (entry.nats, entry.digit_from_b, entry.trained_on) == (None, None, None)


def test_an_uploaded_model_is_the_same_model(tmp_path: Path, weights: bytes) -> None:
    add_model("theirs.safetensors", weights, tmp_path / "runs/mine")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["mine"]
    expected, found = load_checkpoint(SHIPPED).state_dict(), load_checkpoint(tmp_path / "runs/mine").state_dict()
    assert all(torch.equal(value, found[name]) for name, value in expected.items())


def test_an_article_model_is_imported(shared: Path, tmp_path: Path) -> None:
    add_model("model1.npz", (shared / "original/model1.npz").read_bytes(), tmp_path / "article")
    (entry,) = list_models(tmp_path)
    assert (entry.latent_a, entry.latent_b, entry.trained_on, entry.problem) == (1, 1, "model1.npz", None)
    assert [path.name for path in tmp_path.iterdir()] == ["article"]


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("le1/W.npy", bytes(LARGEST_UPLOAD * 1_000_000 + 1))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.safetensors", b"", "a.safetensors is empty"),
        ("a.safetensors", bytes(LARGEST_UPLOAD * 1_000_000 + 1), "larger than 100 MB"),
        ("a.safetensors", pickle.dumps({"weights": [1, 2]}), "truncated or corrupt"),
        ("a.pkl", pickle.dumps({"weights": [1, 2]}), "pickles, can run code"),
        ("a.pt", b"PK\x03\x04", "pickles, can run code"),
        ("a.safetensors", save({"x": torch.zeros(1)}), "no config in its header"),
        ("a.safetensors", save({"x": torch.zeros(1)}, {"config": "{}"}), "missing required field format_version"),
        ("a.npz", b"nonsense", "is no .npz"),
        ("a.npz", bomb(), "unpacks to more than 100 MB"),
        ("../../a.safetensors", b"nonsense", "truncated or corrupt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_model_is_refused(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=says) as refused:
        add_model(name, content, tmp_path / "runs/mine")
    assert str(tmp_path) not in str(refused.value)
    assert not list(tmp_path.rglob("*.*"))
    assert not (tmp_path / "runs/mine").exists()


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (None, "missing required field model"),
        ({"latent_a": 10, "latent_b": 10, "hidden": 500, "classifier": True, "colour": 1}, "not known here, 'colour'"),
        ({"latent_a": 10, "latent_b": 10, "hidden": 400, "classifier": True}, "do not fit its config"),
        (
            {"latent_a": 10, "latent_b": 10, "hidden": 10**12, "classifier": True},
            "hidden must be a whole number up to",
        ),
    ],
)
def test_a_config_that_does_not_fit_is_refused(model: object, says: str, weights: bytes, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=says):
        add_model("a.safetensors", with_config(weights, model=model), tmp_path / "mine")
    assert not list(tmp_path.iterdir())


def test_a_model_is_renamed(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "runs/old")
    shutil.copytree(SHIPPED, tmp_path / "runs/other")
    for name, says in (("other", "choose another name"), ("../x", "A name has"), ("synthetic-10d", "choose another")):
        with pytest.raises(ConfigError, match=says):
            rename_model(tmp_path / "runs/old", name, SHIPPED.parent)
    assert rename_model(tmp_path / "runs/old", "new") == tmp_path / "runs/new"
    assert [entry.name for entry in list_models(tmp_path / "runs")] == ["new", "other"]


def test_weights_are_read_again_only_when_a_file_was_written(tmp_path: Path, weights: bytes) -> None:
    shutil.copytree(SHIPPED, tmp_path / "runs/mine")
    file = tmp_path / "runs/mine/model.safetensors"
    (before,) = list_models(tmp_path / "runs")
    assert before.problem is None
    written = file.stat()
    file.write_bytes(weights[:1000])
    os.utime(file, ns=(written.st_atime_ns, written.st_mtime_ns))  # as if it had not been written
    assert list_models(tmp_path / "runs") == [before]
    os.utime(file)
    (after,) = list_models(tmp_path / "runs")
    assert after.problem
    file.write_bytes(weights)
    config = json.loads((tmp_path / "runs/mine/config.json").read_text()) | {"figures": {"digit_accuracy": 0.5}}
    (tmp_path / "runs/mine/config.json").write_text(json.dumps(config))
    (again,) = list_models(tmp_path / "runs")
    assert (again.problem, again.digit_from_a) == (None, 0.5)
