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


def test_the_map_shows_its_points_over_the_decoded_plane(open_page: Callable[..., Page]) -> None:
    page = open_page("latent_map")
    page.wait_for_selector(".js-plotly-plot .legend .traces")
    assert page.locator(".legend .traces").count() == 10
    assert page.locator(".imagelayer image").count() == 1
    first = page.locator(".x2tick").first.text_content()
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -600)
    page.wait_for_function("first => document.querySelector('.x2tick').textContent !== first", arg=first)
