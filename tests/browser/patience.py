"""Waiting for a page, which draws what has been asked of it later: on a busy machine, seconds later."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from weakref import WeakKeyDictionary

from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

SOON = 60_000
"""Milliseconds within which what a test waits for has come, on a slow machine that does much else."""

expect.set_options(timeout=SOON)


def wait_until_idle(page: Page) -> None:
    """Wait until the script of the page has run and its figures have come."""
    page.wait_for_selector("h1", timeout=SOON)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=SOON)


RUNS: WeakKeyDictionary[Page, int] = WeakKeyDictionary()
"""How often the script of each page has run to its end."""


def listen(page: Page) -> None:
    """Count the runs of a new page's script, which its server tells it the end of."""

    def count(frame: bytes | str) -> None:
        RUNS[page] += ends_a_run(frame)

    RUNS[page] = 0
    page.on("websocket", lambda socket: socket.on("framereceived", count))


def ends_a_run(frame: bytes | str) -> bool:
    """Whether a message of the server says that the whole script has run, and not a fragment or up to a rerun."""
    message = ForwardMsg.FromString(frame) if isinstance(frame, bytes) else ForwardMsg()
    return message.WhichOneof("type") == "script_finished" and message.script_finished == 0


@contextmanager
def rerun(page: Page) -> Iterator[None]:
    """Wait until the script has run that what is done in this context asks for, and what it draws has come.

    Where none runs, as when Streamlit draws a button anew just as it is clicked, the test goes on after half a minute:
    what it looks at then says whether that is wrong.
    """
    before, until = RUNS[page], time.monotonic() + SOON / 2000
    yield
    while RUNS[page] == before and time.monotonic() < until:
        page.wait_for_timeout(20)
    wait_for_frames(page)
    wait_until_idle(page)


def wait_for_frames(page: Page) -> None:
    """Wait until what the page was to draw in its next frame, and in the one after that, has been drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


LAYOUT_STANDS_STILL = """async () => {
    const within = root => [...root.querySelectorAll("*")].flatMap(
        element => [element, ...(element.shadowRoot ? within(element.shadowRoot) : [])]
    );
    const look = () => JSON.stringify(within(document).map(element => element.getBoundingClientRect()));
    const frame = () => new Promise(requestAnimationFrame);
    const pause = () => frame().then(frame).then(() => new Promise(done => setTimeout(done, 300)));
    for (let before = null, now = look(); now !== before; [before, now] = [now, look()]) await pause();
}"""


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size, and wait until all has found its place in it."""
    page.set_viewport_size({"width": width, "height": height})
    wait_until_still(page)


def wait_until_still(page: Page) -> None:
    """Wait until nothing on the page changes its place or size any more, and has been drawn where it is."""
    page.evaluate(LAYOUT_STANDS_STILL)


def choose_theme(page: Page, theme: str) -> None:
    """Show the page in light or in dark, and wait until Python has drawn it again, which it does for another theme."""
    shown = page.locator(".stApp").evaluate("app => getComputedStyle(app).colorScheme")
    with rerun(page) if theme != shown else nullcontext():
        page.emulate_media(color_scheme=theme)


def eventually(check: Callable[[], None]) -> None:
    """Make a check, whose assertions may fail until the page has come so far."""
    until = time.monotonic() + SOON / 1000
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)
