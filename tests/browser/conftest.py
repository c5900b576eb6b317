"""A real server and a real browser, for all tests of a process: to start them takes longer than most tests."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, FloatRect, Locator, Page, sync_playwright

from tests import conditional, convolutional
from tests.browser.patience import SOON, listen, wait_until_idle
from tests.browser.serving import new_house, serving
from wvae.checkpoint import save_checkpoint
from wvae.model import build_model

FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--no-first-run --use-angle=swiftshader --enable-unsafe-swiftshader"
)


STREAMLIT = """
import streamlit.web.cli, tests.convolutional
streamlit.web.cli.main()
"""
"""The architecture of tests/convolutional.py is one that no page knows of: the server's process imports it."""


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a dashboard with its own runs and data, the project's checkpoints, and two models made here.

    The axes of "named" are measures, and it has a style flow; "convolutional" is of another architecture.
    """
    house = new_house(tmp_path_factory)
    named = conditional.conditional_model(replace(conditional.CONFIG, hidden=448))
    save_checkpoint(house / "runs/named", named, {})
    save_checkpoint(house / "runs/convolutional", build_model(convolutional.CONFIG), {})
    return house


@pytest.fixture(scope="session")
def server(house: Path) -> Iterator[str]:
    """The address of that dashboard."""
    with serving(house, "-c", STREAMLIT) as address:
        yield address


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[BrowserContext]:
    """With one profile on disk and one process for all tests: what the pages are made of is loaded and compiled once.

    The process stays, as a page of the server that no test looks at is open in it. Debian's ``chromium-headless-shell``
    is Chromium without the windows, which takes a sixth less time; letters are as wide in it as in Chromium's windows
    if their outlines are not fitted to pixels.
    """
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("Debian's chromium is not installed")
    profile = tmp_path_factory.mktemp("profile")
    with sync_playwright() as playwright:
        flags = [*FLAGS.split(), "--process-per-site", "--font-render-hinting=none"]
        started = playwright.chromium.launch_persistent_context(profile, executable_path=chromium, args=flags)
        started.set_default_timeout(SOON)
        started.new_page().goto(f"{server}/_stcore/health")
        yield started
        started.close()


@pytest.fixture
def open_page(browser: BrowserContext, server: str) -> Iterator[Callable[..., Page]]:
    """Opens an address of the dashboard and waits until its script has run; closes it after the test.

    ``script`` runs in the page before all else. A console error or an exception in the page fails the test.
    """
    with opening(browser, server) as opened:
        yield opened


@contextmanager
def opening(browser: BrowserContext, server: str) -> Iterator[Callable[..., Page]]:
    """What :func:`open_page` gives, until the end of the context."""
    pages, errors = [], []

    def opened(path: str = "", script: str = "") -> Page:
        page = browser.new_page()
        page.add_init_script(script)
        page.set_viewport_size({"width": 1440, "height": 1000})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")  # Streamlit's animations take a tenth more
        pages.append(page)
        page.on("console", lambda said: errors.append(said.text) if is_ours(said) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        listen(page)
        page.goto(f"{server}/{path}")
        wait_until_idle(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert not errors


def is_ours(said: ConsoleMessage) -> bool:
    """An error, but not that of Streamlit's search for its server below the address of a page."""
    return said.type == "error" and "/_stcore/" not in said.location["url"]


def check_it_fits(page: Page) -> None:
    """That nothing lies beyond the right edge of the window."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def box_of(place: Locator) -> FloatRect:
    """Where a place on the page lies, in pixels of the window."""
    box = place.bounding_box()
    assert box
    return box
