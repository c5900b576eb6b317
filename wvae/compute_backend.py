"""Where independent pieces of work run: in threads, in processes or on a dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager

from joblib import parallel_config

from wvae.errors import ConfigError


@contextmanager
def parallel(backend: str, scheduler: str | None = None) -> Iterator[None]:
    """Where joblib runs what is started within a ``with`` block, such as the rows of a benchmark.

    Args:
        backend: one of joblib's: "threading", which starts at once and is as fast on a few processors, "loky"
            (processes), or "dask", which needs the package distributed.
        scheduler: address of a dask cluster, such as "tcp://10.0.0.5:8786".

    Raises:
        ConfigError: there is no such backend, or no cluster answers there.
    """
    if (backend == "dask") != (scheduler is not None):
        raise ConfigError("The backend dask and the address of its scheduler belong together: name both, or neither.")
    if scheduler is not None:
        try:
            from distributed import Client

            client = Client(scheduler, timeout=5)
        except ImportError:
            raise ConfigError("The backend dask needs a package more: pip install distributed.") from None
        except (OSError, ValueError) as error:
            raise ConfigError(f"No dask scheduler answers at {scheduler} ({error}).") from None
        with client, parallel_config("dask"):
            yield
        return
    if backend not in ("loky", "threading"):
        raise ConfigError(f"There is no backend {backend!r}; there are: loky, threading, dask.")
    with parallel_config(backend):
        yield
