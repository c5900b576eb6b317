"""Downloads in the background: real processes, a real server."""

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.waiting import wait_until
from wvae.cli import main
from wvae.download_job import fetch_folder, run_fetch, start_fetch
from wvae.errors import ConfigError, RunError, WvaeError
from wvae.jobs import Status, read_status, stop
from wvae.sources import emnist
from wvae.sources.download import CHUNK


@pytest.fixture
def nist(file_server, monkeypatch: pytest.MonkeyPatch):
    """A stand-in for NIST's server, reached as a proxy, that stops after two chunks and waits."""
    monkeypatch.setenv("http_proxy", file_server.address)
    monkeypatch.setenv("https_proxy", file_server.address)
    monkeypatch.setattr("urllib.request._opener", None)  # one that was made before knows no proxy
    file_server.files[emnist.URLS[1]] = bytes(5 * CHUNK)
    file_server.hold = 2 * CHUNK
    return file_server


def two_chunks_here(status: Status) -> bool:
    part = status.folder.parent / "matlab.zip.part"
    return part.exists() and part.stat().st_size == 2 * CHUNK


def test_a_download_in_the_background_is_watched_and_stopped(nist, tmp_path: Path) -> None:
    start_fetch("emnist:train", tmp_path)
    status = wait_until(fetch_folder(tmp_path), two_chunks_here)
    assert status.alive
    assert status.fields["source"] == "emnist:train"
    assert status.fields["total"] == 5 * CHUNK
    assert status.progress in (0, 0.2, 0.4)  # it is not written at each chunk
    with pytest.raises(RunError, match="Another process"):
        start_fetch("emnist:test", tmp_path)
    stop(status.folder)
    assert wait_until(status.folder).state == "stopped"
    assert (tmp_path / "matlab.zip.part").stat().st_size == 2 * CHUNK


def test_a_download_is_seen_by_others_and_fails_with_its_sentence(nist, tmp_path: Path) -> None:
    errors = []

    def fetch() -> None:
        try:
            run_fetch("emnist:train", tmp_path)
        except WvaeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=fetch)
    thread.start()
    wait_until(fetch_folder(tmp_path), two_chunks_here)
    nist.hold = nist.cut = None
    nist.go_on.set()
    thread.join(60)
    assert "could not be fetched" in errors[0]
    status = read_status(fetch_folder(tmp_path))
    assert (status.state, status.message) == ("failed", errors[0])


def test_a_killed_download_is_resumed_from_its_job(nist, tmp_path: Path) -> None:
    start_fetch("emnist:train", tmp_path)
    folder = fetch_folder(tmp_path)
    wait_until(folder, two_chunks_here)
    os.kill(int((folder / "lock").read_text()), signal.SIGKILL)
    assert wait_until(folder).state == "stopped"
    seen = len(nist.seen)
    nist.hold = None
    nist.go_on.set()
    assert main(["job", str(folder)]) == 2  # all of the stand-in's bytes come, and are not those of NIST
    assert nist.seen[seen][1] == f"bytes={2 * CHUNK}-"
    assert "another file than the one published" in read_status(folder).message


def test_what_needs_no_download_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs no download"):
        run_fetch("synthetic", tmp_path)
    assert not list(tmp_path.iterdir())
