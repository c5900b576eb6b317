"""A dashboard in a folder of its own, and a real server for it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]


def new_house(folders: pytest.TempPathFactory) -> Path:
    """A folder for a dashboard with its own runs and data, and the project's checkpoints."""
    return fill_house(folders.mktemp("house"))


def fill_house(house: Path) -> Path:
    """Link the files of the dashboard into a folder."""
    for name in ("dashboard.py", "pages", "checkpoints", "wvae", ".streamlit"):
        (house / name).symlink_to(HERE / name)
    return house


@contextmanager
def serving(house: Path, *streamlit: str) -> Iterator[str]:
    """The address of a dashboard; ``streamlit`` are the arguments with which Python starts Streamlit.

    It has the real digits that are here in a data folder of its own, by links: what it writes there is not theirs.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    real = Path(os.environ.get("WVAE_DATA") or HERE.parent / "shared/data").resolve()
    data = Path(tempfile.mkdtemp(prefix="data-", dir=house))
    for part in real.iterdir() if real.is_dir() else ():
        (data / part.name).symlink_to(part)
    flags = (f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true")
    process = subprocess.Popen(
        [sys.executable, *streamlit, "run", "dashboard.py", *flags],
        cwd=house,
        env=os.environ | {"WVAE_DATA": str(data), "PYTHONPATH": str(HERE)},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:  # uvicorn may wait for a connection that is gone
            process.kill()
            process.wait()


def wait_until_healthy(address: str, seconds: float = 120) -> None:
    """Wait until the server answers; on a busy machine it takes long to start."""
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
            return
        except OSError:
            if time.monotonic() > until:
                pytest.fail(f"the dashboard has not answered within {seconds:.0f} s")
            time.sleep(0.1)
