"""Training in two processes that torchrun starts, against training in one."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.forked import REFUSED, in_child, wait
from tests.waiting import wait_until
from wvae.checkpoint import load_checkpoint, read_config
from wvae.cli import main
from wvae.digits import DigitSet
from wvae.jobs import read_status, stop, write_job
from wvae.journal import LOG
from wvae.model import ModelConfig, build_model
from wvae.objective import LossWeights, cross_covariance
from wvae.presets import PRESETS
from wvae.processes import Share, from_first, is_first, joined, mean_over_processes, own_share, process_count
from wvae.training import epochs_done, fit
from wvae.training_config import TrainingConfig
from wvae.training_job import KIND, run_training
from wvae.training_run import STATE_FOLDER, TrainingJob, TrainingRun, read_metrics

HERE = Path(__file__).parent.parent
ARTICLE = TrainingRun(
    "article-covariance",
    ModelConfig(2, 3, hidden=16),
    # 480 images: the last batch is one image, of which the second process has none
    TrainingConfig(30, 479, weights=LossWeights(classification=40, covariance=40)),
    "synthetic:12",
    evaluation_writers=4,
)
WRITER = PRESETS["wvae-writer"]
STAGES = TrainingRun(
    "wvae-writer",
    replace(WRITER.model, latent_a=2, latent_b=6, hidden=32, flow_hidden=6, writer_dimensions=4),
    replace(
        WRITER.training,
        content_epochs=1,
        epochs=2,
        batch_size=101,
        flow_epochs=2,
        flow_batch_size=70,
        flow_jitter=0.3,
    ),
    "synthetic:12",
    evaluation_writers=4,
)


def by_torchrun(run: TrainingRun, folder: Path) -> subprocess.Popen[str]:
    """Train in two processes, in float32, or go on."""
    write_job(folder, KIND, TrainingJob(run, device="cpu"))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return subprocess.Popen(
        [*torchrun, HERE / "tests/float32.py", "train", "--resume", "--out", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": str(HERE)},
    )


def in_two(work: Callable[[], object]) -> list[int]:
    """Start two children of this process as torchrun would, which is quicker; their numbers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def child(rank: int) -> None:
        for name, value in {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "MASTER_PORT": port}.items():
            os.environ[name] = str(value)
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "TORCHELASTIC_RUN_ID": "test"}
        work()

    return [in_child(partial(child, rank)) for rank in range(2)]


def train_in_two(run: TrainingRun, folder: Path) -> list[int]:
    """Train, or go on, in two children."""
    write_job(folder, KIND, TrainingJob(run, device="cpu"))
    return in_two(lambda: sys.exit(main(["train", "--resume", "--out", str(folder)])))


@pytest.fixture
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wvae.precision.BFLOAT16", ())


def check_against_one(run: TrainingRun, folder: Path, alone: Path, rounding: float) -> None:
    """The same loss curve and figures as of one process, and the same files."""
    run_training(run, alone, device="cpu")
    curves = [
        [{name: value for name, value in line.items() if name != "seconds"} for line in read_metrics(where)]
        for where in (folder, alone)
    ]
    assert len(curves[0]) == len(curves[1])
    for here, there in zip(*curves, strict=True):
        assert here == {
            name: value if isinstance(value, str) else pytest.approx(value, rel=rounding, abs=1e-9)
            for name, value in there.items()
        }
    files = [{path.relative_to(where) for path in where.rglob("*")} for where in (folder, alone)]
    assert files[0] == files[1]
    here, there = (read_config(where)["figures"]["reconstruction"] for where in (folder, alone))
    assert here == pytest.approx(there, rel=rounding)
    weights = load_checkpoint(alone).state_dict()
    for name, value in load_checkpoint(folder).state_dict().items():
        assert torch.allclose(value, weights[name], rtol=0.01, atol=1e-3), name


@pytest.mark.usefixtures("float32")
def test_all_stages_have_the_loss_curve_of_one_process(tmp_path: Path) -> None:
    training = by_torchrun(STAGES, tmp_path / "two")
    said, _ = training.communicate(timeout=120)
    assert training.returncode == 0, said
    assert said.count("written to") == 1
    check_against_one(STAGES, tmp_path / "two", tmp_path / "one", 1e-5)


def test_the_first_is_stopped_and_the_other_ends_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first, other = train_in_two(replace(ARTICLE, training=replace(ARTICLE.training, epochs=10_000)), folder)
    wait_until(folder, lambda status: status.number("epoch") > 2)
    os.kill(other, signal.SIGTERM)  # torchrun sends it to all
    stop(folder)
    assert (wait(first), wait(other)) == (130, 2)
    status = read_status(folder)
    assert status.state == "stopped"
    assert "is kept; when it is resumed, it goes on from there" in status.message


@pytest.mark.usefixtures("float32")
def test_when_one_is_killed_the_other_says_so_and_they_are_resumed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "two"
    first, other = train_in_two(ARTICLE, folder)
    wait_until(folder, lambda status: status.number("epoch") > 2)
    os.kill(other, signal.SIGKILL)
    assert (wait(first), wait(other)) == (2, -signal.SIGKILL)
    status = read_status(folder)
    assert status.state == "failed"
    assert status.message.startswith("Another of the processes that train together has ended (")
    assert f"wvae: {status.message}" in capfd.readouterr().err
    assert 1 < epochs_done(folder / STATE_FOLDER) < 30
    assert [wait(each) for each in train_in_two(ARTICLE, folder)] == [0, 0]
    check_against_one(ARTICLE, folder, tmp_path / "one", 1e-4)

    kept = (folder / "model.safetensors").stat()
    assert [wait(each) for each in train_in_two(ARTICLE, folder)] == [0, 0]  # there is nothing to take part in
    assert (folder / "model.safetensors").stat() == kept


@pytest.mark.usefixtures("float32")
def test_each_epoch_is_written_once(tmp_path: Path) -> None:
    run = replace(ARTICLE, training=replace(ARTICLE.training, epochs=3))
    assert [wait(each) for each in train_in_two(run, tmp_path / "run")] == [0, 0]
    lines = (tmp_path / "run/metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3]
    assert (tmp_path / "run" / LOG).read_text().count("finished") == 1


def test_processes_with_other_settings_are_refused(synthetic: DigitSet, capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        fit(build_model(ModelConfig()), TrainingConfig(1, seed=int(is_first())), synthetic[:100])

    assert REFUSED in [wait(each) for each in in_two(joined()(work))]
    assert "The first process has other digits or settings: start all with the same ones." in capfd.readouterr().err


def test_a_sum_over_processes_has_the_gradient_of_all() -> None:
    """Each makes another use of the sum; its gradient is that of what all of them make."""

    def work() -> None:
        share = own_share(2)
        own = torch.full((3,), 2.0 + share.first, requires_grad=True)
        total = share.total(own)
        assert total.tolist() == [5, 5, 5]
        ((1 + share.first) * total**2).sum().backward()
        assert own.grad is not None
        assert own.grad.tolist() == [30, 30, 30]

    assert [wait(each) for each in in_two(joined()(work))] == [0, 0]


def test_shares_make_up_the_batch() -> None:
    values, a, b = torch.randn(11, 3), torch.randn(11, 2), torch.randn(11, 3)
    shares = [Share(11, rank, 4) for rank in range(4)]
    assert [share.own_rows for share in shares] == [len(values[share.own]) for share in shares] == [3, 3, 3, 2]
    parts = torch.stack([share.mean(values[share.own]) for share in shares])
    assert torch.allclose(parts.mean(0), values.mean(0), atol=1e-6)
    noise = [share.normal(2, torch.Generator().manual_seed(1)) for share in shares]
    whole = torch.randn(11, 2, generator=torch.Generator().manual_seed(1))
    assert all(torch.equal(whole[share.own], own) for share, own in zip(shares, noise, strict=True))
    assert cross_covariance(a, b) == cross_covariance(a, b, Share(11))


def test_a_process_that_was_started_alone_is_the_first_of_one() -> None:
    assert is_first()
    assert process_count() == 1
    assert from_first(lambda: "made here") == "made here"
    assert torch.equal(mean_over_processes(torch.ones(2)), torch.ones(2))
