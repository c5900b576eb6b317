"""The height is for content: most of a small window is map."""

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import box_of
from tests.browser.patience import eventually, resize
from tests.browser.test_latent_map import lasso, open_map, the_map

OpenPage = Callable[..., Page]


@pytest.mark.parametrize("model", ["synthetic-10d", "synthetic-style"])
def test_most_of_a_small_window_is_map(model: str, open_page: OpenPage) -> None:
    page = open_map(open_page, "query=digit+%3D+3", model)  # a selection stands beside it
    expect(page.locator(".gallery button").first).to_be_visible()

    def is_most_of(height: int) -> None:
        panes = box_of(page.locator(".panes"))
        assert min(height, panes["y"] + panes["height"]) - panes["y"] >= 0.6 * height
        legend = box_of(page.locator(".legend"))
        is_beside = legend["x"] >= panes["x"] + panes["width"] and legend["y"] == panes["y"]
        assert is_beside or legend["y"] + legend["height"] <= panes["y"]

    for show, dots in (("plane", "latent A 1"), ("A beside B", "latent A, PCA 1")):
        page.get_by_role("radio", name=show, exact=True).click()
        expect(page.get_by_role("application", name=f"Dots; across: {dots};")).to_be_visible()
        for width, height in ((900, 700), (1440, 900)):
            resize(page, width, height)
            eventually(partial(is_most_of, height))


def test_the_selection_is_beside_the_map_and_the_decoded_plane_folds(open_page: OpenPage) -> None:
    page = open_map(open_page, "show=plane")
    panes = page.locator(".pane")
    expect(panes).to_have_count(2)
    both = box_of(panes.first)["height"]
    fold = page.get_by_role("button", name="Decoded plane")
    fold.click()
    expect(fold).to_have_attribute("aria-pressed", "false")
    expect(panes.nth(1)).to_be_hidden()

    def is_about_twice_as_high() -> None:
        assert box_of(panes.first)["height"] > 1.9 * both

    eventually(is_about_twice_as_high)
    lasso(page)
    pictures = page.locator(".gallery").first
    expect(pictures).to_be_visible()
    resize(page, 900, 700)

    def are_beside_the_dots() -> None:
        beside, dots = box_of(pictures), box_of(panes.first)
        assert beside["x"] >= dots["x"] + dots["width"]
        assert beside["y"] < dots["y"] + dots["height"] / 2

    eventually(are_beside_the_dots)
    expect(page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "true")  # the map is the same
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == "latent_map.png"
    around = box_of(page.locator(".panes").first)
    saved = Image.open(download.value.path())
    assert saved.height == pytest.approx(2 * around["height"], abs=2)
    assert np.asarray(saved.convert("L")).std() > 5
    fold.click()
    expect(panes.nth(1)).to_be_visible()
    expect(the_map(page)).to_have_attribute("data-zoom", re.compile(r"^(\S+) \1$"))


def test_the_plane_of_the_overview_folds(open_page: OpenPage) -> None:
    page = open_page("?data=synthetic&model=synthetic-style&whose=held+out")
    plane = page.get_by_role("img", name="Ten digits in 7 styles each")
    expect(plane).to_be_visible()
    page.get_by_test_id("stMain").locator("summary", has_text="Ten digits in 7 styles").click()
    expect(plane).to_be_hidden()


def test_the_colours_to_choose_from_stand_in_one_line_and_so_do_labels(open_page: OpenPage) -> None:
    page = open_page("writer_clustering?data=synthetic&model=synthetic-style")
    page.get_by_role("link", name="Latent map", exact=True).first.click()
    page.wait_for_selector(".map[data-painted=all]")
    ways = page.get_by_role("radiogroup", name="Colour").get_by_role("radio")
    widgets = page.locator(".st-key-map-widgets")

    def are_in_line(places: list[Locator]) -> None:
        assert len({box_of(place)["y"] for place in places}) == 1

    expect(ways).to_have_text(["digit", "writer", "cluster", "slant", "thickness", "error", "writer projection"])
    for width in (900, 1440):
        resize(page, width, 900)
        eventually(partial(are_in_line, ways.all()))
    eventually(partial(are_in_line, [widgets.get_by_text(name, exact=True) for name in ("Show", "Select", "Colour")]))
