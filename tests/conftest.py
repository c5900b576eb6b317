"""Fixtures that several test files share: real digits where they are, and a server of files."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

# Small models on a busy machine: threads that wait for each other cost more than they bring.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # UMAP would else set the former anew

from wvae.digits import DigitSet
from wvae.sources import load_digits

HERE = Path(__file__).resolve().parents[1]
SHARED = HERE.parent / "shared"
DATA = Path(os.environ.get("WVAE_DATA") or SHARED / "data").resolve()
"""Where real digits may lie: where ``WVAE_DATA`` says, else in the folder of shared material beside the project."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material, whose ``original`` holds the article's own models: that which holds the real
    digits, or that beside the project."""
    for path in (DATA.parent, SHARED):
        if (path / "original").is_dir():
            return path
    pytest.skip("there is no folder original with the article's models beside the data or in ../shared")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real digits."""
    if not (DATA / "QMNIST").is_dir():
        pytest.skip("there are no real digits where WVAE_DATA says, or in ../shared/data")
    return DATA


@pytest.fixture(scope="session")
def qmnist(real_data: Path) -> DigitSet:
    """QMNIST's 60,000 training digits; tests must not write to its arrays."""
    return load_digits("qmnist:train", real_data)


@pytest.fixture(scope="session")
def emnist_sample(real_data: Path) -> Path:
    """Some of EMNIST's digits, in the form of NIST's file."""
    if not (file := real_data / "emnist-digits-sample.mat").exists():
        pytest.skip(f"there is no {file.name} with the real digits")
    return file


@pytest.fixture(autouse=True)
def _main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back the main module from Streamlit's test driver, which puts a page in its place: a process that is
    spawned by a later test would run that page first."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


class FileServer:
    """Serves ``files`` by name, in parts where asked, and notes the ``Range`` of each request.

    With ``length`` False it does not say how many bytes come, with ``ranges`` False it sends whole files whatever is
    asked, with ``cut`` it breaks off after so many bytes, and with ``hold`` it stops there until ``go_on`` is set.
    ``media_type`` is what it says it sends.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.seen: list[tuple[str, str | None]] = []
        self.ranges = True
        self.length = True
        self.cut: int | None = None
        self.hold: int | None = None
        self.go_on = threading.Event()
        self.media_type = "application/octet-stream"
        self.address = ""

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"


@pytest.fixture
def file_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    files = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, asked = self.path.lstrip("/"), self.headers["Range"]
            files.seen.append((name, asked))
            if name not in files.files:
                self.send_error(404)
                return
            content, start = files.files[name], 0
            if asked and files.ranges:
                start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
                if start >= len(content):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(content)}")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            else:
                self.send_response(200)
            self.send_header("Content-Type", files.media_type)
            if files.length:
                self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            with suppress(ConnectionError):  # who asked has been killed
                if files.hold is not None:
                    self.wfile.write(content[start : files.hold])
                    self.wfile.flush()
                    files.go_on.wait()
                else:
                    self.wfile.write(content[start : files.cut])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    files.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield files
    files.go_on.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def synthetic() -> DigitSet:
    """6,000 synthetic digits by 100 writers; tests must not write to its arrays."""
    return load_digits("synthetic:100")


@pytest.fixture(scope="session")
def default_digits() -> DigitSet:
    """The source "synthetic", from where pages have it too; tests must not write to its arrays."""
    from wvae.ui.loaded import digits_of

    return digits_of("synthetic")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of one megabyte, that a test can fill."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk to fill")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)
