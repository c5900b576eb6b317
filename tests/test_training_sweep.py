"""Training with several seeds from the command line, in threads."""

from pathlib import Path

import pytest

from wvae.checkpoint import read_config
from wvae.cli import main
from wvae.training_run import read_metrics

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
    assert "mine-seed-5 already: choose another name, or go on with --resume" in capsys.readouterr().err
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
