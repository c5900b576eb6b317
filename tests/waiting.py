"""Waiting for what real processes write."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wvae.jobs import Status, read_status


def ended(status: Status) -> bool:
    return not status.alive


def wait_until(folder: Path, wanted: Callable[[Status], bool] = ended, seconds: int = 60) -> Status:
    """The first status that is as wanted, within so many seconds."""
    for _ in range(50 * seconds):
        status = read_status(folder)
        if wanted(status):
            return status
        time.sleep(0.02)
    pytest.fail(f"still {status}")
