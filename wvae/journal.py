"""What a job writes of itself while it works: its status and its log; see :mod:`wvae.jobs`."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wvae.errors import WvaeError
from wvae.files import atomic_write
from wvae.jobs import STATUS

LOG = "log.txt"

STATUS_EVERY = 0.5
"""Seconds between two writings of the status."""


class Journal:
    """Writes the status and the log of a job."""

    def __init__(self, folder: Path, **fields: Any) -> None:
        self.folder = folder
        self.status = {"state": "running", "message": "", **fields}
        self.written = -STATUS_EVERY

    def say(self, state: str, message: str) -> None:
        self.note(True, state=state, message=message)
        try:
            with open(self.folder / LOG, "a", encoding="utf-8") as file:
                file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {state}: {message}\n")
        except OSError as error:
            raise WvaeError(f"{self.folder / LOG} could not be written: {error.strerror or error}.") from error

    def say_why_it_ended(self, error: BaseException, kept: Callable[[], str]) -> None:
        """Say that it was stopped and what of the work is ``kept``, or else why it failed."""
        with suppress(WvaeError):  # a full disk must not hide the error that it caused
            if isinstance(error, KeyboardInterrupt | SystemExit):
                self.say("stopped", kept())
            else:
                self.say("failed", str(error))

    def note(self, now: bool, **fields: Any) -> None:
        """Change the status; it is written ``now``, or when it has not been for a while."""
        self.status |= fields
        if now or time.monotonic() - self.written >= STATUS_EVERY:
            with atomic_write(self.folder / STATUS) as temporary:
                temporary.write_text(json.dumps(self.status), encoding="utf-8")
            self.written = time.monotonic()
