"""Photograph the pages that README shows, in Chromium: write.png, style_sliders.png and so on, beside this file.

    PYTHONPATH=. python docs/screenshots.py RUN

RUN is the folder of a finished training, which the page Training shows. The digits of qmnist:train lie where
``WVAE_DATA`` says.
"""

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.first_picture import PICTURES
from tests.browser.patience import SOON, listen, wait_until_idle
from tests.browser.serving import fill_house, serving
from tests.browser.test_write import write
from tests.strokes import strokes

SIZE = {"width": 1440, "height": 1000}
PHOTOGRAPHED = ("write", "style_sliders", "latent_map", "style_transfer", "training")
DRAWN = PICTURES | {"training": ".js-plotly-plot .scatterlayer"}
"""What a page has when it can be photographed; the form of a new training is folded where there is a run."""

COLOURS = 200
WRITTEN = 4
"""The digit that is written on the page Write."""


def photograph(browser: Browser, server: str, name: str) -> None:
    page = browser.new_page(viewport=SIZE, color_scheme="light")
    page.set_default_timeout(SOON)
    listen(page)
    page.goto(f"{server}/{name}?data=qmnist:train&model=qmnist-style")
    page.wait_for_selector(DRAWN[name])
    wait_until_idle(page)
    if name == "write":
        write(page, strokes(WRITTEN, np.random.default_rng(0)))
    page.mouse.move(SIZE["width"] - 1, SIZE["height"] - 1)
    page.wait_for_timeout(3000)  # charts are drawn bit by bit, and hints fade
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS).save(Path(__file__).with_name(f"{name}.png"), optimize=True)
    page.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        house = fill_house(Path(folder))
        shutil.copytree(sys.argv[1], house / "runs/my-first")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())
        with serving(house, "-m", "streamlit") as server:
            for name in PHOTOGRAPHED:
                photograph(browser, server, name)
        browser.close()
