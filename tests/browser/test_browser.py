"""Every page as a person sees it."""

import os
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from wvae.palette import DARK, LIGHT
from wvae.ui.pages import PAGES as TABLE

SOON = 60_000  # milliseconds
PAGES = list(TABLE)
HEADINGS = {name: page.title for name, page in TABLE.items()} | {"overview": "Content and style"}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens(path: str, open_page: Callable[..., Page]) -> None:
    page = open_page({"overview": "", "latent_map": "latent_map?whose=held+out"}.get(path, path))
    assert page.locator('[data-testid="stSidebarNavLink"]').count() == len(PAGES)
    assert page.get_by_test_id("stMain").inner_text().startswith(page.locator("h1").inner_text())
    for theme, width in (("light", 1440), ("light", 900), ("dark", 900), ("dark", 1440)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(200)
        assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).colorScheme") == theme
        assert page.locator('[data-testid="stException"]').count() == 0
        assert page.locator('[data-testid="stAlertContentError"]').count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_chart_has_the_colours_of_the_theme(open_page: Callable[..., Page]) -> None:
    page = open_page("writer_clustering?data=synthetic&model=synthetic-10d")
    dots = page.locator(".js-plotly-plot .points path")
    for theme, palette in (("light", LIGHT), ("dark", DARK)):
        page.emulate_media(color_scheme=theme)
        page.reload()
        first = "rgb({}, {}, {})".format(*bytes.fromhex(palette.digits[0][1:]))
        expect(dots.first).to_have_css("fill", first, timeout=SOON)


def test_the_overview_is_found_by_its_name(open_page: Callable[..., Page], server: str) -> None:
    page = open_page("overview?model=qmnist-10d")
    expect(page.get_by_role("heading", level=1)).to_contain_text(HEADINGS["overview"], timeout=SOON)
    expect(page).to_have_url(re.compile(rf"^{server}/\?model=qmnist-10d"), timeout=SOON)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("qmnist-10d", timeout=SOON)
    assert page.get_by_role("dialog").count() == 0  # "Page not found"


def test_model_and_writers_go_along_to_other_pages(open_page: Callable[..., Page]) -> None:
    page = open_page("style_transfer?model=qmnist-10d&whose=unseen")  # as an address from an earlier version
    for name in ("overview", "training", "style_transfer"):
        go_to(page, name)
        expect(page).to_have_url(re.compile(r"\?model=qmnist-10d&whose=held\+out$"), timeout=SOON)
        expect(page.get_by_role("combobox", name="Model")).to_have_value("qmnist-10d", timeout=SOON)


def go_to(page: Page, name: str) -> None:
    """Click a page's link in the sidebar, and wait until the page is there and its script has run."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=TABLE[name].title).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(HEADINGS[name], timeout=SOON)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SOON)


def circuit(pages: Sequence[str]) -> list[str]:
    """From the first of some pages through every ordered pair of them, once each, and back."""
    first, *others = pages
    steps = [first]
    for page in others:
        steps += [*(circuit(others) if page == others[0] else [page]), first]
    return steps


def touch(page: Page, name: str) -> None:
    """Use what is harmless on a page."""
    main = page.get_by_test_id("stMain")
    match name:
        case "latent_map":
            main.get_by_role("radio", name="slant").click()
        case "style_sliders":
            main.get_by_role("button", name="Another").click()
            main.get_by_role("radio", name="prior").click()
            main.get_by_role("radio", name="picture").click()
        case "style_transfer":
            main.get_by_role("button", name="Others").click()
        case "writer_clustering":
            main.get_by_text("All rows").click()
            main.get_by_role("radio", name="purity").click()
        case "training":
            if not main.get_by_text("Advanced").is_visible():  # open where there are no runs yet
                main.get_by_text("New run").click()
            main.get_by_text("Advanced").click()
            main.get_by_role("radio", name="cpu").click()
        case "models_and_data":
            main.get_by_role("tab", name="Digits").click()
            main.get_by_role("button", name="Look at them").click()
    page.wait_for_timeout(100)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SOON)


def files_in(house: Path) -> set[Path]:
    return {path for path in house.rglob("*") if path.is_file()}


def processes_of(house: Path) -> set[int]:
    """The server whose working folder this is, and all processes that it or its children have started."""
    parents, found = {}, set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            number, parent = int(process.name), int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if os.readlink(process / "cwd") == str(house) and b"streamlit" in (process / "cmdline").read_bytes():
                found.add(number)
        except OSError:  # it has ended
            continue
        parents[number] = parent
    assert found
    for _ in parents:
        found |= {number for number, parent in parents.items() if parent in found}
    return found


def test_looking_starts_nothing(open_page: Callable[..., Page], house: Path) -> None:
    steps = circuit(PAGES)
    assert len(set(pairwise(steps))) == len(steps) - 1 == len(PAGES) * (len(PAGES) - 1)
    page = open_page("?data=synthetic&model=synthetic-10d&whose=chosen")
    files, processes = files_in(house), processes_of(house)
    touched = {steps[0]}
    for name in steps[1:]:
        go_to(page, name)
        assert files_in(house) == files
        if name not in touched:
            touch(page, name)
            touched.add(name)
        assert page.get_by_test_id("stException").count() == 0
    assert files_in(house) == files
    assert processes_of(house) == processes
