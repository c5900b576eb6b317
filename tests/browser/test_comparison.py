"""Two models side by side, as a person sees them."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

import wvae
from tests.browser.conftest import box_of, check_it_fits
from tests.browser.patience import choose_theme, eventually, resize, wait_for_frames, wait_until_idle
from tests.browser.test_browser import go_to
from tests.browser.test_latent_map import centre, lasso, open_map, state, the_map
from tests.browser.test_style_sliders import SMOOTH, frames_drawn, greys, slider, stand_still
from wvae.digits import DigitSet

OpenPage = Callable[..., Page]
NAMES = ("synthetic-10d", "qmnist-1d")
PAIR = f"data=synthetic&model={NAMES[0]}&compare={NAMES[1]}&whose=held+out"


def choose_second(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name=name, exact=True).click()


def test_it_fits_and_goes_along(open_page: OpenPage) -> None:
    page = open_page(f"?{PAIR}")
    for name in ("latent_map", "style_sliders", "training", "style_transfer", "overview"):
        go_to(page, name)
        if name == "training":  # which does not compare
            continue
        expect(page).to_have_url(re.compile(f"compare={NAMES[1]}"))
        expect(page.get_by_role("combobox", name="Compare with")).to_have_value(NAMES[1])
        expect(page.get_by_test_id("stMain").get_by_text(NAMES[1]).first).to_be_visible()
        if name == "style_transfer":
            expect(page.get_by_text(f"Decoded by {NAMES[1]}.")).to_be_visible()
        for theme, width in (("light", 1440), ("dark", 900)):
            choose_theme(page, theme)
            resize(page, width, 1000)
            eventually(lambda: check_it_fits(page))


def test_choices_outlive_a_click_before_the_sidebar_is_drawn(browser: BrowserContext, server: str) -> None:
    """As on a slow machine: Streamlit's script of such widgets comes after the click."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    browser.route(re.compile(r"/Selectbox\.[^/]*\.js"), hold)
    page = browser.new_page()
    page.goto(f"{server}/?{PAIR}", wait_until="commit")
    wait_until_idle(page)
    assert not page.get_by_role("combobox", name="Digits").count()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Latent map").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Latent map")
    wait_until_idle(page)
    for route in held:
        route.continue_()
    browser.unroute_all()
    for name, value in (("Digits", "synthetic"), ("Model", NAMES[0]), ("Compare with", NAMES[1])):
        expect(page.get_by_role("combobox", name=name)).to_have_value(value)
    for parameter in PAIR.split("&"):
        expect(page).to_have_url(re.compile(re.escape(parameter)))
    page.close()


def test_what_is_marked_on_one_map_is_marked_on_the_other(open_page: OpenPage) -> None:
    page = open_map(open_page, f"compare={NAMES[1]}")
    expect(page.locator(".pane")).to_have_count(4)
    groups = [page.get_by_role("group", name=name) for name in NAMES]

    def are_beside_each_other() -> None:
        left, right = map(box_of, groups)
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] < right["x"]

    def is_below_the_other() -> None:
        upper, lower = (box_of(page.get_by_role("group", name=name)) for name in (NAMES[0], "qmnist-10d"))
        assert upper["x"] == lower["x"]
        assert upper["y"] + upper["height"] < lower["y"]

    eventually(are_beside_each_other)
    over = [group.locator(".pane").first.locator("canvas").nth(1) for group in groups]
    under = [group.locator(".pane").first.locator("canvas").first for group in groups]
    rings, dots = ([canvas.evaluate("c => c.toDataURL()") for canvas in layer] for layer in (over, under))
    page.mouse.move(*centre(page))
    expect(the_map(page)).not_to_have_attribute("data-row", "-1")
    figures = page.locator('.card figure[data-what="reconstruction"]:visible')
    expect(figures.locator("figcaption")).to_have_text(list(NAMES))
    wait_for_frames(page)
    assert all(canvas.evaluate("c => c.toDataURL()") != old for canvas, old in zip(over, rings, strict=True))
    lasso(page)
    expect(page.locator(".gallery").first).to_be_visible()
    assert all(canvas.evaluate("c => c.toDataURL()") != old for canvas, old in zip(under, dots, strict=True))

    selected = int(state(page, "selected"))
    assert 0 < selected < 6_000
    choose_second(page, "qmnist-10d")  # the first model's selection stays
    expect(page.get_by_role("group", name="qmnist-10d")).to_be_visible()
    expect(page.get_by_role("heading", name=f"{selected:,} selected")).to_be_visible()
    page.get_by_role("radio", name="A beside B").click()
    expect(page.get_by_role("application", name="Dots; across: latent B, PCA 1")).to_have_count(2)
    assert int(state(page, "selected")) == selected
    resize(page, 900, 1000)
    eventually(is_below_the_other)
    page.get_by_role("radio", name="plane", exact=True).click()
    expect(page.get_by_role("img", name="Decoded plane")).to_have_count(2)
    eventually(is_below_the_other)


@pytest.mark.alone
def test_a_slider_moves_both_digits_at_sixty_frames_a_second(
    open_page: OpenPage, default_digits: DigitSet, tmp_path: Path
) -> None:
    page = open_page(f"style_sliders?{PAIR}")
    page.locator(".slider output").first.wait_for()
    images = default_digits.images[wvae.writer_split(default_digits).evaluation]
    models = [wvae.load_checkpoint(f"checkpoints/{name}") for name in NAMES]
    latents = [wvae.encode(model, images) for model in models]
    big = page.locator("canvas.big")
    stand_still(page)
    codes = [(its.mean_a[:1].copy(), its.mean_b[:1].copy()) for its in latents]

    def as_decoded() -> bool:
        stand_still(page)
        expected = [wvae.decode(model, a, b)[0] for model, (a, b) in zip(models, codes, strict=True)]
        return all(np.abs(greys(big.nth(i)) - 255 * one).max() < 0.6 for i, one in enumerate(expected))

    assert as_decoded()
    labels = page.locator(".grid.b .slider label").all_inner_texts()
    shared = next(i for i, label in enumerate(labels) if re.match(r"B 1\b", label) and not label.startswith("B 10"))
    slider(page, shared).focus()
    page.keyboard.press("End")
    for its, (_, b) in zip(latents, codes, strict=True):
        b[0, 0] = its.mean_b[:, 0].mean() + 2 * its.mean_b[:, 0].std()
    assert as_decoded()
    other = 1 if shared == 0 else 0
    dimension = int(re.match(r"B (\d+)", labels[other])[1]) - 1
    slider(page, other).focus()
    page.keyboard.press("Home")
    column = latents[0].mean_b[:, dimension]
    codes[0][1][0, dimension] = column.mean() - 2 * column.std()
    assert as_decoded()  # the second model lacks this slider
    assert page.locator(".grid.b .slider").nth(other).locator("canvas").count() == 1
    page.get_by_role("group", name=NAMES[1]).get_by_role("button").nth(7).click()
    stand_still(page)
    for group in (page.get_by_role("group", name=name) for name in NAMES):
        assert np.array_equal(greys(group.locator("canvas.big")), greys(group.locator(".ten canvas").nth(7)))

    assert frames_drawn(page, big.nth(1), slider(page, shared)) >= SMOOTH
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    download.value.save_as(tmp_path / "both.png")
    assert Image.open(tmp_path / "both.png").size == (1120, 784)

    page.get_by_role("button", name="Random style").click()
    page.get_by_role("button", name="Clear value").click()  # the second model goes while the digits glide
    expect(big).to_have_count(1)
    expect(page.locator(".name")).not_to_be_visible()
