"""The pages as a person sees them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page


@pytest.mark.parametrize("width", [1440, 900])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "latent_map"])
def test_every_page_opens(path: str, theme: str, width: int, open_page: Callable[..., Page]) -> None:
    page = open_page(path, theme, width)
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
