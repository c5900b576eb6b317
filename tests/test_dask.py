"""The benchmark's rows made by a cluster of other processes."""

import socket
import sys
from collections.abc import Iterator

import distributed
import pytest

from wvae.clustering import benchmark
from wvae.compute_backend import parallel
from wvae.digits import writer_split
from wvae.errors import ConfigError
from wvae.morphometry import FEATURES
from wvae.representations import RAW_PIXELS, Features, morphometry, pixels
from wvae.sources import load_digits


@pytest.fixture
def cluster() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as two_workers:
        yield two_workers


def test_a_cluster_finds_the_clusters_that_threads_find(cluster: distributed.LocalCluster) -> None:
    digits = load_digits("synthetic:12")
    split = writer_split(digits, 4)
    measures = {RAW_PIXELS: Features(pixels), f"{len(FEATURES)} measures": Features(morphometry)}
    with parallel("threading"):
        here = benchmark(measures, digits, split, seeds=2)
    with distributed.Client(cluster) as client:

        def have_worked() -> list[bool]:
            return list(client.run(lambda: "wvae.clustering" in sys.modules).values())

        assert have_worked() == [False, False]
        with parallel("dask", cluster.scheduler_address):
            there = benchmark(measures, digits, split, seeds=2)
        assert any(have_worked())
    assert [(row.key, row.labels) for row in there] == [(row.key, row.labels) for row in here]


def test_a_scheduler_that_does_not_answer_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ConfigError, match=f"No dask scheduler answers at {address}"), parallel("dask", address):
            pass
