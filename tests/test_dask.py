"""The benchmark's rows and the models of several seeds, made by a cluster of other processes."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from wvae.checkpoint import load_checkpoint
from wvae.clustering import benchmark
from wvae.compute_backend import parallel
from wvae.digits import writer_split
from wvae.errors import ConfigError
from wvae.jobs import LOCK
from wvae.model import ModelConfig
from wvae.morphometry import FEATURES
from wvae.objective import LossWeights
from wvae.representations import RAW_PIXELS, Features, morphometry, pixels
from wvae.sources import load_digits
from wvae.training_config import TrainingConfig
from wvae.training_job import run_training
from wvae.training_run import TrainingJob, TrainingRun, list_runs
from wvae.training_sweep import run_sweep, seed_folder

if TYPE_CHECKING:
    from distributed import LocalCluster


@pytest.fixture(scope="module")
def cluster() -> Iterator["LocalCluster"]:
    import distributed  # brings pandas too, in a second

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as two_workers:
        yield two_workers


def test_a_cluster_finds_the_clusters_that_threads_find(cluster: "LocalCluster") -> None:
    digits = load_digits("synthetic:12")
    split = writer_split(digits, 4)
    measures = {RAW_PIXELS: Features(pixels), f"{len(FEATURES)} measures": Features(morphometry)}
    with parallel("threading"):
        here = benchmark(measures, digits, split, seeds=2)
    with cluster.get_client() as client:

        def work_done() -> int:
            return sum(client.run(lambda dask_worker: dask_worker.state.executed_count).values())

        before = work_done()
        with parallel("dask", cluster.scheduler_address):
            there = benchmark(measures, digits, split, seeds=2)
        assert work_done() > before
    assert [(row.key, row.labels) for row in there] == [(row.key, row.labels) for row in here]


def test_a_cluster_trains_the_models_that_are_trained_here(cluster: "LocalCluster", tmp_path: Path) -> None:
    training = TrainingConfig(2, 50, weights=LossWeights(classification=2.5))
    run = TrainingRun("article", ModelConfig(2, 3, hidden=16), training, "synthetic:12", evaluation_writers=4)
    with parallel("dask", cluster.scheduler_address):
        found = run_sweep(TrainingJob(run, device="cpu"), tmp_path / "there", [3, 4])
    for seed in (3, 4):
        here = run_training(replace(run, training=replace(training, seed=seed)), tmp_path / f"{seed}", device="cpu")
        folder = seed_folder(tmp_path / "there", seed)
        assert {path.name for path in folder.iterdir()} == {path.name for path in (tmp_path / f"{seed}").iterdir()} - {
            LOCK
        }
        assert list_runs(tmp_path)[0].state == "finished"
        assert found[seed].reconstruction.reconstruction == pytest.approx(here.reconstruction.reconstruction, rel=1e-4)
        weights = load_checkpoint(tmp_path / f"{seed}").state_dict()
        for name, value in load_checkpoint(folder).state_dict().items():
            assert torch.allclose(value, weights[name], atol=1e-4), name


def test_a_scheduler_that_does_not_answer_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ConfigError, match=f"No dask scheduler answers at {address}"), parallel("dask", address):
            pass
