"""How many drawings the page to write on reads rightly, and how soon after a movement of the pen all panels show it.

    PYTHONPATH=. python benchmarks/writing.py [SOURCE]

Draws 60 digits, six of each, with a real mouse. Prints the fraction that the best model for SOURCE reads rightly, and
the median and the 95th percentile of the milliseconds from a pointer event to the end of the frame that has drawn what
follows from it. SOURCE is synthetic, or another that is here; digits lie where ``WVAE_DATA`` says. It needs Debian's
chromium and what requirements-dev.txt lists.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.patience import wait_until_idle
from tests.browser.serving import fill_house, serving
from tests.browser.test_write import write
from tests.strokes import strokes

CLOCK = """() => {
    window.took = [];
    addEventListener("pointermove", event => {
        if (!event.buttons) return;
        const began = performance.now();
        requestAnimationFrame(() => setTimeout(() => window.took.push(performance.now() - began)));
    }, true);
}"""


def main(source: str) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        house = fill_house(Path(folder))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        with serving(house, "-m", "streamlit") as server:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(f"{server}/write?data={source}")
            wait_until_idle(page)
            page.get_by_text("Write a digit, as large as you like.").wait_for(timeout=60_000)
            page.evaluate(CLOCK)
            rng, right = np.random.default_rng(0), 0
            for digit in list(range(10)) * 6:
                write(page, strokes(digit, rng))
                right += page.locator("select.label").input_value() == str(digit)
                page.locator("[data-do=clear]").click()
            took = page.evaluate("window.took")
        browser.close()
    print(f"read rightly: {right / 60:.1%} of 60 drawings")
    print(
        f"milliseconds: median {np.median(took):.1f}, 95th percentile {np.percentile(took, 95):.1f}, {len(took)} events"
    )


if __name__ == "__main__":
    main(*sys.argv[1:] or ["synthetic"])
