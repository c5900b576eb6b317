"""Every page as a person sees it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SOON = 60_000  # milliseconds
PAGES = [path.stem for path in sorted((Path(__file__).resolve().parents[2] / "pages").glob("*.py"))]


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


def test_model_and_writers_go_along_to_other_pages(open_page: Callable[..., Page]) -> None:
    page = open_page("style_transfer?model=qmnist-10d&whose=held+out")
    for title in ("Overview", "Training", "Style transfer"):
        page.get_by_role("link", name=title).first.click()
        heading = "Content and style" if title == "Overview" else title
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        expect(page).to_have_url(re.compile(r"\?model=qmnist-10d&whose=held(\+|%20)out$"), timeout=SOON)
        expect(page.get_by_role("combobox", name="Model")).to_have_value("qmnist-10d", timeout=SOON)
