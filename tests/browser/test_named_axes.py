"""A model whose first axes of B are measures, with a style flow, on the style sliders in a real browser."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

import wvae
from tests.browser.serving import new_house, serving
from tests.browser.test_browser import SOON
from tests.browser.test_style_sliders import COUNT_FRAMES, STAND_STILL, drag, greys, slider
from tests.conditional import CONFIG, conditional_model
from wvae.checkpoint import save_checkpoint
from wvae.directions import digit_means
from wvae.style_measures import style_measures


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = new_house(tmp_path_factory)
    save_checkpoint(house / "runs/named", conditional_model(replace(CONFIG, hidden=448)), {})
    return house


@pytest.fixture(scope="module")
def server(house: Path) -> Iterator[str]:
    """The address of a dashboard that has such a model."""
    with serving(house, "-m", "streamlit") as address:
        yield address


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    opened = open_page("style_sliders?data=synthetic&model=named&compare=synthetic-10d")
    opened.locator(".slider output").first.wait_for()
    return opened


def said(page: Page) -> list[str]:
    return page.locator(".grid.b .slider label").all_inner_texts()


def pictures(page: Page) -> list[np.ndarray]:
    """The large pictures of both models when they have come to where the sliders are."""
    page.evaluate(STAND_STILL)
    return [greys(canvas) for canvas in page.locator("canvas.big").all()]


def test_named_axes_say_the_measures_of_the_picture(page: Page, house: Path) -> None:
    assert page.get_by_role("radio", name="by name").count() == 0
    model, digits = wvae.load_checkpoint(house / "runs/named"), wvae.load_digits("synthetic")
    latents = wvae.encode(model, digits.images)
    b = latents.mean_b[:1].copy()
    contents = np.concatenate([latents.mean_a[:1], digit_means(latents.mean_a, digits.digits)])

    def agrees() -> None:
        """The large picture, all ten, and what the labels say of the large one."""
        page.evaluate(STAND_STILL)
        expected = wvae.decode(model, contents, np.tile(b, (11, 1)))
        ours = page.get_by_role("group", name="named")
        for canvas, picture in zip(ours.locator("canvas").all(), expected, strict=True):
            assert np.abs(greys(canvas) - 255 * picture).max() < 0.6
        slant, thickness, width, height = style_measures(torch.from_numpy(expected[:1]))[0].tolist()
        assert said(page) == [
            f"Slant {round(slant)}°".replace("-", "\N{MINUS SIGN}"),
            f"Thickness {thickness:.1f} px",
            f"Width {width:.1f} px",
            f"Height {height:.1f} px",
        ]

    agrees()
    before = said(page)
    for number, key, far in ((0, "End", 3), (1, "Home", -3)):
        slider(page, number).focus()
        page.keyboard.press(key)
        b[0, number] = latents.mean_b[:, number].mean() + far * latents.mean_b[:, number].std()
        agrees()
    assert said(page) != before


def test_other_axes_are_folded_away_and_the_second_model_goes_along(page: Page) -> None:
    other = page.locator(".grid.other .slider")
    assert (slider(page).count(), other.count()) == (1, 6)
    assert not other.first.is_visible()
    before = pictures(page)
    slider(page).focus()
    page.keyboard.press("Home")
    after = pictures(page)
    assert all((one != another).any() for one, another in zip(before, after, strict=True))

    page.get_by_text("Other axes").click()
    pictures(page)
    assert greys(other.first.locator("canvas").first).std() > 1  # its strip is drawn
    drag(page, other.first.locator("input"), seconds=0.3)
    assert (pictures(page)[0] != after[0]).any()


def test_two_models_are_drawn_at_sixty_frames_a_second(page: Page) -> None:
    page.locator("canvas.big").first.evaluate(COUNT_FRAMES)
    drags = []
    while len(drags) < 3 and max(drags, default=0) < 100:  # again, if the machine was busy with something else
        page.evaluate("seen.changes = 0")
        drag(page, slider(page), seconds=2)
        drags.append(page.evaluate("seen.changes"))
    assert max(drags) >= 100


def test_without_named_axes_nothing_is_folded_away_but_a(open_page: Callable[..., Page]) -> None:
    page = open_page("style_sliders?data=synthetic&model=synthetic-10d&compare=named&sliders=by+name")
    page.locator(".slider output").first.wait_for()
    expect(page.get_by_role("radio", name="by name")).to_be_visible(timeout=SOON)
    assert page.locator(".grid.b .slider").count() == 10
    assert not page.get_by_text("Other axes").is_visible()
    assert said(page)[0].startswith("Slantr =")


def test_the_decoded_plane_is_drawn(open_page: Callable[..., Page]) -> None:
    page = open_page("latent_map?data=synthetic&model=named")
    page.get_by_role("radio", name="plane", exact=True).click()
    expect(page.get_by_role("img", name="Decoded plane")).to_be_visible(timeout=20_000)
