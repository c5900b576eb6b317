from pathlib import Path

import numpy as np
import pytest
import torch

import wvae
from wvae.checkpoint import load_checkpoint, save_checkpoint
from wvae.digits import DigitSet
from wvae.errors import CheckpointError
from wvae.latents import to_floats
from wvae.likelihood import reconstruction_nats
from wvae.original_models import read_original_model


@pytest.mark.parametrize("number", [1, 3])
def test_imported_models_agree_with_the_article(number: int, shared: Path, qmnist: DigitSet, tmp_path: Path) -> None:
    save_checkpoint(tmp_path, read_original_model(shared / f"original/model{number}.npz"), {})
    model = load_checkpoint(tmp_path)
    images = qmnist.images[:64]
    latents = wvae.encode(model, images)
    with torch.inference_mode():
        logits = model.decode(torch.from_numpy(latents.mean_a), torch.from_numpy(latents.mean_b))
        found = latents._asdict() | {
            "image_logits": logits.numpy(),
            "reconstruction_nats": reconstruction_nats(logits, to_floats(images, torch.device("cpu"))).numpy(),
        }
        if number == 1:
            found["digit_logits"] = model.classify(torch.from_numpy(latents.mean_a)).numpy()
    with np.load(shared / f"original/golden{number}.npz") as golden:
        assert set(golden) == set(found)
        for name in golden:
            # Sums of 784 float32 terms, up to 333 nats, agree to 1e-4 relative to 1 + the value.
            assert np.allclose(found[name], golden[name], rtol=1e-4 if name == "reconstruction_nats" else 0, atol=1e-4)
    assert (model.classifier is None) == (number == 3)


def test_files_that_are_no_original_model(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no file"):
        read_original_model(tmp_path / "absent.npz")
    file = tmp_path / "model.npz"
    file.write_bytes(b"not a zip at all")
    with pytest.raises(CheckpointError, match=r"is no \.npz"):
        read_original_model(file)
    np.savez(file, **{"le1/W": np.array([{}])})
    with pytest.raises(CheckpointError, match=r"no \.npz file of numbers") as refused:
        read_original_model(file)
    assert "pickle" not in str(refused.value)  # as numpy puts it: how to open it all the same
    np.savez(file, something=np.zeros(3))
    with pytest.raises(CheckpointError, match="not one of the article's models"):
        read_original_model(file)


def test_a_truncated_original_model(shared: Path, tmp_path: Path) -> None:
    whole = (shared / "original/model1.npz").read_bytes()
    for length in (100, len(whole) // 2, len(whole) - 10):
        (tmp_path / "model.npz").write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match="truncated or corrupt"):
            read_original_model(tmp_path / "model.npz")


def test_an_original_model_of_other_shapes(shared: Path, tmp_path: Path) -> None:
    with np.load(shared / "original/model1.npz") as arrays:
        np.savez(tmp_path / "model.npz", **(dict(arrays) | {"ld2/W": np.zeros((100, 500), np.float32)}))
    with pytest.raises(CheckpointError, match="shapes"):
        read_original_model(tmp_path / "model.npz")


@pytest.mark.parametrize(("name", "value"), [("ld2/b", np.nan), ("le1/W", 1e30)])
def test_weights_that_are_no_numbers_or_beyond_all_measure(
    name: str, value: float, shared: Path, tmp_path: Path
) -> None:
    with np.load(shared / "original/model1.npz") as arrays:
        changed = dict(arrays)
    changed[name] = np.full_like(changed[name], value)
    np.savez(tmp_path / "model.npz", **changed)
    with pytest.raises(CheckpointError, match="are not all numbers up to"):
        read_original_model(tmp_path / "model.npz")
