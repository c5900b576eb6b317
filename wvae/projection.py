"""A latent of many dimensions laid out in two.

PCA takes milliseconds. t-SNE ("Visualizing Data using t-SNE", https://www.jmlr.org/papers/v9/vandermaaten08a.html)
and UMAP ("UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction",
https://arxiv.org/abs/1802.03426) take from seconds to many minutes and hold Python's lock, so they run in a process
of their own, and what they found is kept on disk.
"""

import atexit
import hashlib
import math
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.arrays import read_arrays
from wvae.errors import ConfigError, DataError, WvaeError
from wvae.files import atomic_write, remove_oldest
from wvae.neighbours import nearest_of_each

Floats = NDArray[np.float32]

METHODS = ("PCA", "t-SNE", "UMAP")
SUBSAMPLE = 5000
"""Rows that t-SNE and UMAP lay out unless more are asked for."""

TRIAL = 500
"""Rows whose projection is timed to tell how long that of more rows will take."""

STOPPED = "{} was stopped before it was done."

NEAREST, CENTRAL = 5, 3
"""Rows of a projection amid which a row is placed that it does not have, and those of them that decide where."""

FEWEST = 5
"""Rows below which t-SNE and UMAP have no neighbourhoods to keep."""

LARGEST_FILE, MOST_KEPT = 100, 500
"""Megabytes of a projection that is kept, and of all in a folder; beyond, those made longest ago are removed."""


class Projection(NamedTuple):
    """``positions`` float32 ``(m, 2)`` of the rows ``(m,)`` of a latent, ascending."""

    rows: NDArray[np.int64]
    positions: Floats


class Waiting(NamedTuple):
    """A projection that is not there yet: for how many seconds it has been worked on, None before its turn.

    ``expected`` is how many seconds it will take in all on this machine, None before that has been measured.
    """

    seconds: float | None
    expected: float | None = None


def project(latents: Floats, method: str, n: int | None = None, seed: int = 0) -> Projection:
    """Lay latents ``(rows, dimensions)`` out in two dimensions.

    Latents of two dimensions or one are not projected: they are given back as they are, one
    dimension with zeros beside it.

    Args:
        method: "PCA", "t-SNE" or "UMAP".
        n: how many rows, drawn at random; None for all.
        seed: of the draw and of the method.

    Raises:
        ConfigError: there is no such method, or too few rows for it.
    """
    if method not in METHODS:
        raise ConfigError(f"There is no projection {method!r}: the known ones are {', '.join(METHODS)}.")
    rows = rows_drawn(len(latents), n, seed)
    chosen = latents[rows]
    if chosen.shape[1] <= 2:
        return Projection(rows, np.pad(chosen, ((0, 0), (0, 2 - chosen.shape[1]))))
    if method == "PCA":
        return Projection(rows, _pca(chosen))
    if len(rows) < FEWEST:
        raise ConfigError(f"{method} needs {FEWEST} digits or more, not {len(rows)}: choose PCA, or more writers.")
    settings = method_settings(method, len(rows)) | {"random_state": seed}
    if method == "t-SNE":
        from sklearn.manifold import TSNE

        fitted = TSNE(**settings).fit_transform(chosen)
    else:
        from umap import UMAP

        # Its own search for them is approximate, and is compiled anew in each process, which takes half a minute.
        nearest = nearest_of_each(chosen, chosen, int(settings["n_neighbors"]))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "precomputed_knn")  # it cannot place new rows: nobody asks it to
            fitted = UMAP(**settings, precomputed_knn=tuple(nearest), n_jobs=1).fit_transform(chosen)
    return Projection(rows, fitted.astype(np.float32))


def rows_drawn(count: int, n: int | None, seed: int = 0) -> NDArray[np.int64]:
    """The rows of so many that are laid out, ascending: n of them drawn at random, all if n is None or not below."""
    if n is None or n >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, n, replace=False))


def method_settings(method: str, rows: int) -> dict[str, float]:
    """What t-SNE or UMAP is told when it lays out so many rows, besides its seed."""
    return {"perplexity": min(30, (rows - 1) / 3)} if method == "t-SNE" else {"n_neighbors": min(15, rows - 1)}


def place_all(made: Projection, latents: Floats) -> Floats:
    """Positions ``(rows, 2)`` of all rows of the latents ``(rows, dimensions)`` of which some were laid out.

    Each other row is placed amid the rows laid out that are nearest to it in the latent: at the mean position of those
    of them that are nearest to their median, since one of them may lie on another island.
    """
    positions = np.empty((len(latents), 2), np.float32)
    positions[made.rows] = made.positions
    others = np.setdiff1d(np.arange(len(latents)), made.rows)
    if not len(others):
        return positions
    around = made.positions[nearest_of_each(latents[others], latents[made.rows], NEAREST).rows]
    off_centre = np.linalg.norm(around - np.median(around, axis=1, keepdims=True), axis=2)
    central = np.argsort(off_centre, axis=1)[:, :CENTRAL, None]
    positions[others] = np.take_along_axis(around, central, axis=1).mean(1)
    return positions


def _pca(latents: Floats) -> Floats:
    """The two directions in which the latents vary most; signs are set so that they do not depend on the machine."""
    centred = latents - latents.mean(0)
    _, directions = np.linalg.eigh(centred.T @ centred)  # the largest last
    two = directions[:, :-3:-1]
    two = two * np.sign(two[abs(two).argmax(0), [0, 1]])
    return (centred @ two).astype(np.float32)


class Projector:
    """Projections made one at a time in a process of their own, and kept in a folder.

    Several threads may ask at once, and ask again until the answer is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._busy: _Job | None = None
        self._expected: float | None = None
        self._failures: dict[Path, str] = {}

    def ask(self, latents: Floats, method: str, n: int | None = None) -> Projection | Waiting:
        """The projection if it is there; otherwise it is begun, or waits until another one is done.

        Raises:
            WvaeError: it failed or was stopped, and :meth:`forgive` was not called since.
        """
        if method == "PCA" or latents.shape[1] <= 2 or len(latents) < FEWEST:
            return project(latents, method)  # quicker than reading it from disk
        path = self._path(latents, method, n)
        with self._lock:
            if self._busy is not None and self._busy.path == path:
                return Waiting(time.monotonic() - self._busy.since, self._expected)
            found = _read(path, len(latents), n)
            if found is not None:
                return found
            if path in self._failures:
                raise WvaeError(self._failures[path])
            if self._busy is not None:
                return Waiting(None)
            self._busy, self._expected = _Job(path, latents, method, n, time.monotonic()), None
            threading.Thread(target=self._work, args=(self._start(), self._busy), daemon=True).start()
            return Waiting(0.0)

    def forgive(self) -> None:
        """Let what failed or was stopped be tried again."""
        with self._lock:
            self._failures.clear()

    def stop(self, latents: Floats, method: str, n: int | None = None) -> None:
        """Break off a projection, or wait for it no longer; what others have asked for goes on."""
        path = self._path(latents, method, n)
        with self._lock:
            if self._busy is not None and self._busy.path == path and self._process is not None:
                self._process.terminate()
            else:
                self._failures[path] = STOPPED.format(method)

    def _path(self, latents: Floats, method: str, n: int | None) -> Path:
        return self.folder / f"{_digest(latents, method, n)}.npz"

    def _start(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            command = (sys.executable, "-m", "wvae.projection")
            home = Path(__file__).parent.parent
            self._process = subprocess.Popen(command, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            atexit.register(self._process.terminate)  # it would else finish its job first
        return self._process

    def _work(self, process: "subprocess.Popen[bytes]", job: "_Job") -> None:
        """Have the process do a job; it answers how many seconds are left, and at the end None or what went wrong."""
        assert process.stdin
        assert process.stdout
        try:
            pickle.dump(tuple(job), process.stdin)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
            if isinstance(answer, float):
                with self._lock:
                    self._expected = time.monotonic() - job.since + answer
                answer = pickle.load(process.stdout)
            failure = answer
        except (EOFError, OSError, pickle.UnpicklingError):
            process.wait()
            failure = STOPPED.format(job.method)
        with self._lock:
            self._busy = None
            if failure:
                self._failures[job.path] = failure


class _Job(NamedTuple):
    path: Path
    latents: Floats
    method: str
    n: int | None
    since: float


def _serve() -> None:
    """The life of the process: a job after another, until the one who gives them is gone."""
    os.nice(5)  # people at the pages come first
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    paces: dict[str, float] = {}
    while True:
        try:
            job = _Job(*pickle.load(sys.stdin.buffer))
        except EOFError:
            return
        failure = None
        try:
            rows = len(rows_drawn(len(job.latents), job.n))
            if job.method not in paces:
                paces[job.method] = _pace_of_trial(job.latents, job.method)
            pickle.dump(paces[job.method] * _work(rows), answers)
            answers.flush()
            began = time.monotonic()
            made = project(job.latents, job.method, job.n)
            paces[job.method] = (time.monotonic() - began) / _work(rows)
            with atomic_write(job.path) as temporary, open(temporary, "wb") as file:
                np.savez(file, rows=made.rows, positions=made.positions)
            remove_oldest(job.path.parent, MOST_KEPT, job.path)
        except WvaeError as error:
            failure = str(error)
        except Exception as error:  # the page must hear of it, whatever it is
            failure = f"{job.method} failed: {error}."
        pickle.dump(failure, answers)
        answers.flush()


def _work(rows: int) -> float:
    """How the time that t-SNE and UMAP take grows with the rows."""
    return rows * math.log(rows)


def _pace_of_trial(latents: Floats, method: str) -> float:
    """Seconds that a unit of work takes on this machine, by a projection of a few rows."""
    project(latents, method, FEWEST)  # loads it
    began = time.monotonic()
    project(latents, method, TRIAL)
    return (time.monotonic() - began) / _work(min(TRIAL, len(latents)))


def _digest(latents: Floats, method: str, n: int | None) -> str:
    """A name for latents and settings: equal names, equal projections."""
    sha = hashlib.sha256(f"{latents.shape} {method} {n} ".encode())
    sha.update(np.ascontiguousarray(latents).data)
    return sha.hexdigest()


def _read(path: Path, of: int, n: int | None) -> Projection | None:
    """What is kept of the ``n`` rows ``of`` all; None if nothing is, or if it is damaged."""
    try:
        arrays = read_arrays(path, LARGEST_FILE)
        rows, positions = arrays["rows"], arrays["positions"]
    except (DataError, KeyError):
        return None
    shapes = (min(of, n or of),), (min(of, n or of), 2)
    if (rows.shape, positions.shape) != shapes or rows.dtype != np.int64 or positions.dtype != np.float32:
        return None
    fits = rows[0] >= 0 and rows[-1] < of and (np.diff(rows) > 0).all() and np.isfinite(positions).all()
    return Projection(rows, positions) if fits else None


if __name__ == "__main__":
    _serve()
