"""Every page as a person sees it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

PAGES = [path.stem for path in sorted((Path(__file__).resolve().parents[2] / "pages").glob("*.py"))]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens(path: str, open_page: Callable[..., Page]) -> None:
    page = open_page({"overview": "", "latent_map": "latent_map?whose=unseen"}.get(path, path))
    assert page.locator('[data-testid="stSidebarNavLink"]').count() == len(PAGES)
    for theme, width in (("light", 1440), ("light", 900), ("dark", 900), ("dark", 1440)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(200)
        assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).colorScheme") == theme
        assert page.locator('[data-testid="stException"]').count() == 0
        assert page.locator('[data-testid="stAlertContentError"]').count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
