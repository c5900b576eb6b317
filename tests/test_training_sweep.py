"""Training with several seeds, in threads and as one batched model."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from wvae import precision, training_sweep
from wvae.checkpoint import load_checkpoint, read_config
from wvae.cli import main
from wvae.errors import RunError, WvaeError
from wvae.evaluation import Evaluation
from wvae.presets import PRESETS
from wvae.training_job import run_training
from wvae.training_run import TrainingJob, TrainingRun, read_metrics
from wvae.training_sweep import run_sweep

TRAIN = ("train", "--data", "synthetic:12", "--writers", "4", "--epochs", "1", "--device", "cpu")


def test_each_seed_has_a_folder_and_those_that_are_there_are_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--out", str(tmp_path / "mine"))
    assert main([*TRAIN, *out, "--seeds", "2", "--seed", "5"]) == 0
    said = capsys.readouterr().out
    for seed in (5, 6):
        folder = tmp_path / f"mine-seed-{seed}"
        assert read_config(folder)["training"]["seed"] == seed
        assert [line["epoch"] for line in read_metrics(folder)] == [1]
        nats = read_config(folder)["figures"]["reconstruction"]["reconstruction"]
        assert f"seed {seed}: {nats:.2f} nats per image, written to {folder}" in said
    before = (tmp_path / "mine-seed-5/model.safetensors").stat()

    assert main([*TRAIN, *out, "--seeds", "2", "--seed", "5"]) == 2
    assert "mine-seed-5 already: choose another name, or use --resume" in capsys.readouterr().err
    assert main(["train", *out, "--seeds", "3", "--seed", "5", "--resume"]) == 0
    assert capsys.readouterr().out.count("written to") == 3
    assert (tmp_path / "mine-seed-5/model.safetensors").stat() == before
    assert read_config(tmp_path / "mine-seed-7")["training"]["seed"] == 7


def test_one_model_is_trained_on_no_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRAIN, "--out", str(tmp_path / "mine"), "--scheduler", "tcp://127.0.0.1:8786"]) == 2
    assert "say how many with --seeds" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_seed_that_fails_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRAIN, "--writers", "13", "--out", str(tmp_path / "mine"), "--seeds", "2"]) == 2
    said = capsys.readouterr().err
    assert "Of 2 seeds 2 failed, the others are kept: seed " in said
    assert "13 evaluation writers were asked for" in said
    assert not list(tmp_path.iterdir())


def test_the_seeds_that_did_not_fail_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def on_a_full_disk(run: TrainingRun, *arguments: Any, **more: Any) -> Evaluation:
        if run.training.seed == 5:
            raise WvaeError("The disk is full.")
        return run_training(run, *arguments, **more)

    out = ("--out", str(tmp_path / "mine"), "--seeds", "2", "--seed", "5")
    with monkeypatch.context() as context:
        context.setattr(training_sweep, "run_training", on_a_full_disk)
        assert main([*TRAIN, *out]) == 2
    assert "Of 2 seeds 1 failed, the others are kept: seed 5: The disk is full." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine-seed-6"]
    before = (tmp_path / "mine-seed-6/model.safetensors").stat()
    assert main([*TRAIN, *out, "--resume"]) == 0
    assert (tmp_path / "mine-seed-6/model.safetensors").stat() == before
    assert (tmp_path / "mine-seed-5/model.safetensors").exists()


def test_a_folder_without_a_finished_run_is_not_taken_for_a_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine-seed-0").mkdir()
    assert main([*TRAIN, "--out", str(tmp_path / "mine"), "--seeds", "2", "--resume"]) == 2
    assert "mine-seed-0 already: resume that run by itself, or delete it" in capsys.readouterr().err


def test_no_images_to_train_on_as_one_batched_model(tmp_path: Path) -> None:
    article = PRESETS["article"]
    run = TrainingRun("article", article.model, article.training, "synthetic:12", evaluation_writers=12)
    with pytest.raises(RunError, match="no images to train on"):
        run_sweep(TrainingJob(run, device="cpu"), tmp_path / "mine", [5, 6], as_one=True)
    assert not list(tmp_path.iterdir())


def test_seeds_that_are_trained_as_one_batched_model_are_those_that_are_trained_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "BFLOAT16", ())  # rounding is small in float32
    article = PRESETS["article"]
    training = replace(article.training, epochs=2, seed=5)
    run = TrainingRun("article", replace(article.model, hidden=20), training, "synthetic:12", evaluation_writers=4)
    job, said = TrainingJob(run, device="cpu"), list[str]()
    run_sweep(job, tmp_path / "alone", [5, 6])
    found = run_sweep(job, tmp_path / "one", [5, 6], as_one=True, report=lambda what, fraction: said.append(what))
    assert said[:2] == ["epoch 1 of all 2 seeds", "epoch 2 of all 2 seeds"]
    assert {*said[2:]} == {"seed 5", "seed 6"}
    for seed in (5, 6):
        one, alone = tmp_path / f"one-seed-{seed}", tmp_path / f"alone-seed-{seed}"
        assert {path.name for path in one.iterdir()} == {path.name for path in alone.iterdir()}
        weights = load_checkpoint(alone).state_dict()
        for name, value in load_checkpoint(one).state_dict().items():
            torch.testing.assert_close(value, weights[name], rtol=1e-3, atol=1e-4)
        for line, expected in zip(read_metrics(one), read_metrics(alone), strict=True):
            assert line.keys() == expected.keys()
            assert line["reconstruction"] == pytest.approx(expected["reconstruction"], rel=1e-3)
        assert read_config(one)["figures"]["reconstruction"]["reconstruction"] == pytest.approx(
            found[seed].reconstruction.reconstruction
        )
    assert run_sweep(job, tmp_path / "one", [5, 6], as_one=True, resume=True) == found


def test_a_seed_that_diverges_as_one_of_several_is_said(tmp_path: Path) -> None:
    article = PRESETS["article"]
    training = replace(article.training, epochs=1, learning_rate=1e30)
    run = TrainingRun("article", replace(article.model, hidden=20), training, "synthetic:12", evaluation_writers=4)
    with pytest.raises(RunError, match=r"seed 5: .* is not finite.*seed 6: .* is not finite"):
        run_sweep(TrainingJob(run, device="cpu"), tmp_path / "mine", [5, 6], as_one=True)
    assert not list(tmp_path.iterdir())
