import joblib
import pytest

from wvae.compute_backend import parallel
from wvae.errors import ConfigError


def test_rows_are_made_where_it_was_said() -> None:
    for backend in ("threading", "loky"):
        with parallel(backend):
            assert backend in type(joblib.parallel.get_active_backend()[0]).__name__.lower()


@pytest.mark.parametrize(
    ("backend", "scheduler", "says"),
    [("mpi", None, "no backend 'mpi'"), ("dask", None, "name both"), ("loky", "tcp://127.0.0.1:1", "name both")],
)
def test_a_backend_that_does_not_exist_is_refused(backend: str, scheduler: str | None, says: str) -> None:
    with pytest.raises(ConfigError, match=says), parallel(backend, scheduler):
        pass
