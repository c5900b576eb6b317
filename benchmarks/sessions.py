"""What the server does while many people click through every page at once.

    PYTHONPATH=. python benchmarks/sessions.py [SECONDS]

Opens 1, then 5, then 20 tabs of a real browser, each with a model and a view of its own, and clicks in all of them
through the pages: in the 20 for SECONDS, else for a minute. It stops at the first exception on a page or in its
scripts, at the first error that a page says, and where a tab shows another model or view than its own. Prints for each
number of sessions the memory of the server, and what it has grown by for each added session; then how many pages all of
them opened, and the memory in the first and the second half of that time. It needs Linux, Debian's chromium and what
requirements-dev.txt lists.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from benchmarks.measured import Table
from tests.browser.conftest import FLAGS, is_ours
from tests.browser.serving import fill_house, serving
from wvae.ui.pages import PAGES

SESSIONS = 1, 5, 20
MODELS = "synthetic-style", "synthetic-10d"
VIEWS = "held out", "all"
SOON = 300_000
"""Milliseconds."""


class Session(NamedTuple):
    """A tab, the model and the view it was opened with, and what went wrong in its scripts."""

    page: Page
    model: str
    view: str
    errors: list[str]


def open_session(browser: BrowserContext, server: str, number: int) -> Session:
    """A session of the overview; the first two have different models and views."""
    model, view = MODELS[number % 2], VIEWS[number // 2 % 2]
    session = Session(browser.new_page(), model, view, [])
    session.page.on("pageerror", lambda error: session.errors.append(str(error)))
    session.page.on("console", lambda said: session.errors.append(said.text) if is_ours(said) else None)
    session.page.goto(f"{server}/?data=synthetic&model={model}&whose={view.replace(' ', '+')}")
    check(session, "overview")
    return session


def click(session: Session, name: str) -> None:
    """Begin to go to a page."""
    links = session.page.get_by_test_id("stSidebarNav")
    links.get_by_role("link", name=PAGES[name].title, exact=True).click()


def check(session: Session, name: str) -> None:
    """Wait until a page is there and its script has run, and look for errors and for what is another session's."""
    page = session.page
    page.wait_for_function(f"location.pathname === '/{'' if name == 'overview' else name}'", timeout=SOON)
    page.wait_for_selector("h1", timeout=SOON)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=SOON)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_role("combobox", name="Model", exact=True)).to_have_value(session.model, timeout=SOON)
    expect(sidebar.get_by_role("radio", name=session.view, exact=True)).to_be_checked(timeout=SOON)
    for wrong in ("stException", "stAlertContentError"):
        assert not page.get_by_test_id(wrong).count(), (name, page.get_by_test_id(wrong).first.inner_text())
    assert not session.errors, (name, session.errors)


def circuits() -> Iterator[tuple[int, str]]:
    """Number of the circuit, from 0, and the page after that in it."""
    for number in count():
        for name in PAGES:
            yield number, name


def click_through(sessions: list[Session], times: int = 0, seconds: float = 0) -> list[float]:
    """Click in all sessions at once through every page so many times, and on for so many seconds.

    Returns the memory of the server in MB each time that all have opened a page.
    """
    began, memory = time.monotonic(), []
    for circuit, name in circuits():
        if circuit >= times and time.monotonic() - began > seconds:
            break
        for session in sessions:
            click(session, name)
        for session in sessions:
            check(session, name)
        memory.append(server_memory())
    return memory


def server_memory() -> float:
    """Megabytes that the server, a child of this process, has in memory."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
            command = (process / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if int(status["PPid"]) == os.getpid() and b"streamlit" in command:
            return int(status["VmRSS"].split()[0]) / 1000
    raise AssertionError("the server is gone")


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, Table("sessions") as table:
        house = fill_house(Path(folder))
        browser = playwright.chromium.launch_persistent_context(
            Path(folder) / "profile", executable_path="/usr/bin/chromium", args=FLAGS.split()
        )
        with serving(house, "-m", "streamlit") as server:
            for number in range(4):  # loads each model and view, which all sessions share
                session = open_session(browser, server, number)
                click_through([session], 2)
                session.page.close()
            sessions: list[Session] = []
            before = server_memory()
            for wanted in SESSIONS:
                added = wanted - len(sessions)
                sessions += [open_session(browser, server, number) for number in range(len(sessions), wanted)]
                click_through(sessions, 2)
                now = server_memory()
                table.add(f"memory of the server with {wanted} sessions", [now], "MB")
                table.add(f"{wanted} sessions: each added", [(now - before) / added], "MB", "30")
                before = now
            memory = click_through(sessions, seconds=seconds)
            half = len(memory) // 2
            for which, part in (("the first", memory[:half]), ("then", memory[half:])):
                if part:
                    table.add(f"memory while {which} {len(part) * len(sessions)} more pages are opened", part, "MB")
        browser.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 60)
