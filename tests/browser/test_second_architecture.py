"""A model of another architecture on the style sliders, in a real browser: no page knows of it."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

import wvae
from tests.browser.test_style_sliders import drag, settled, slider
from wvae.digits import DigitSet


def test_it_is_dragged(house: Path, open_page: Callable[..., Page], default_digits: DigitSet) -> None:
    page = open_page("style_sliders?data=synthetic&model=convolutional")
    slider(page).wait_for()
    model = wvae.load_checkpoint(house / "runs/convolutional")
    latents = wvae.encode(model, default_digits.images)
    a, b = latents.mean_a[:1], latents.mean_b[:1]
    assert np.abs(settled(page) - 255 * wvae.decode(model, a, b)[0]).max() < 0.6
    before = settled(page)
    drag(page, slider(page), 0.5)
    assert np.abs(settled(page).astype(int) - before).max() > 5
    slider(page).focus()
    page.keyboard.press("End")  # two standard deviations along the direction that changes most
    label = page.locator(".grid.b .slider label").first.inner_text()
    dimension = int(re.match(r"B (\d+)", label)[1]) - 1
    b[0, dimension] = latents.mean_b[:, dimension].mean() + 2 * latents.mean_b[:, dimension].std()
    assert np.abs(settled(page) - 255 * wvae.decode(model, a, b)[0]).max() < 0.6
