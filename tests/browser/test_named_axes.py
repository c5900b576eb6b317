"""A model whose first axes of B are measures, with a style flow, on the style sliders in a real browser."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

import wvae
from tests.browser.test_style_sliders import SMOOTH, drag, frames_drawn, greys, slider, stand_still
from wvae.digits import DigitSet
from wvae.directions import digit_means
from wvae.style_measures import style_measures


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    opened = open_page("style_sliders?data=synthetic&model=named&compare=synthetic-10d")
    opened.locator(".slider output").first.wait_for()
    return opened


def said(page: Page, what: str = "output") -> list[str]:
    """What stands beside the sliders that are not folded away."""
    return page.locator(f".grid.b .slider {what}").all_inner_texts()


def in_units(picture: np.ndarray) -> list[str]:
    """What the page says of a picture ``(28, 28)`` in 0..1."""
    slant, *pixels = style_measures(torch.from_numpy(picture[None]))[0].tolist()
    degrees = f"{round(slant)}°".replace("-", "\N{MINUS SIGN}")
    return [degrees, *(f"{value:.1f} px" for value in pixels)]


def pictures(page: Page) -> list[np.ndarray]:
    """The large pictures of both models when they have come to where the sliders are."""
    stand_still(page)
    return [greys(canvas) for canvas in page.locator("canvas.big").all()]


def test_named_axes_say_the_measures_of_the_picture(page: Page, house: Path, default_digits: DigitSet) -> None:
    assert page.get_by_role("radio", name="by name").count() == 0
    model, digits = wvae.load_checkpoint(house / "runs/named"), default_digits
    latents = wvae.encode(model, digits.images)
    b = latents.mean_b[:1].copy()
    contents = np.concatenate([latents.mean_a[:1], digit_means(latents.mean_a, digits.digits)])

    def agrees() -> None:
        """The large picture, all ten, and what is said of the large one."""
        stand_still(page)
        expected = wvae.decode(model, contents, np.tile(b, (11, 1)))
        ours = page.get_by_role("group", name="named")
        for canvas, picture in zip(ours.locator("canvas").all(), expected, strict=True):
            assert np.abs(greys(canvas) - 255 * picture).max() < 0.6
        assert said(page) == in_units(expected[0])

    assert said(page, "label") == ["Slant", "Thickness", "Width", "Height"]
    agrees()
    before = said(page)
    for number, key, far in ((0, "End", 2), (1, "Home", -2)):
        slider(page, number).focus()
        page.keyboard.press(key)
        b[0, number] = latents.mean_b[:, number].mean() + far * latents.mean_b[:, number].std()
        agrees()
    assert said(page) != before
    page.get_by_label("Wide range").check()
    slider(page, 2).focus()
    page.keyboard.press("End")
    b[0, 2] = latents.mean_b[:, 2].mean() + 4 * latents.mean_b[:, 2].std()
    agrees()

    mean, deviation = latents.mean_b[:, 0].mean(), latents.mean_b[:, 0].std()
    ends = np.repeat(b, 3, axis=0)
    ends[:, 0] = mean + deviation * np.array([-4, 0, 4])
    strip = wvae.decode(model, np.repeat(contents[:1], 3, axis=0), ends)
    ticks = page.locator(".grid.b .slider").first.locator(".ticks span")
    assert ticks.all_inner_texts() == [in_units(picture)[0] for picture in strip]


@pytest.mark.alone
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
    assert frames_drawn(page, page.locator("canvas.big").first, slider(page)) >= SMOOTH


def test_without_named_axes_nothing_is_folded_away_but_a(open_page: Callable[..., Page]) -> None:
    page = open_page("style_sliders?data=synthetic&model=synthetic-10d&compare=named&sliders=by+name")
    page.locator(".slider output").first.wait_for()
    expect(page.get_by_role("radio", name="by name")).to_be_visible()
    assert page.locator(".grid.b .slider").count() == 10
    assert not page.get_by_text("Other axes").is_visible()
    assert said(page, "label")[0].startswith("Slantr =")
    assert said(page)[0].endswith("°")


def test_the_decoded_plane_is_drawn(open_page: Callable[..., Page]) -> None:
    page = open_page("latent_map?data=synthetic&model=named")
    page.get_by_role("radio", name="plane", exact=True).click()
    expect(page.get_by_role("img", name="Decoded plane")).to_be_visible()
