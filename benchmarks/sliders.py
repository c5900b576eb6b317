"""How smoothly digits change while latent B is dragged on the page "Style sliders".

    PYTHONPATH=. python benchmarks/sliders.py [CHECKPOINT [SOURCE]]

Drags the first slider to and fro with a real mouse for ten seconds, while ten digits and the large one are decoded for
every frame. Prints the median and the 95th percentile of the milliseconds from one frame to the next, and of what the
page computes in a frame. CHECKPOINT is the name of one that ships, qmnist-style if none is given, and SOURCE synthetic,
or another that is here; digits lie where ``WVAE_DATA`` says. It needs Debian's chromium and what requirements-dev.txt
lists.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.patience import wait_until_idle
from tests.browser.serving import fill_house, serving
from tests.browser.test_style_sliders import drag, slider

SECONDS = 10

CLOCK = """() => {
    const asked = window.requestAnimationFrame.bind(window);
    window.seen = { frames: [], worked: [] };
    window.requestAnimationFrame = callback => asked(now => {
        const began = performance.now();
        callback(now);
        window.seen.worked.push(performance.now() - began);
    });
    const look = now => { window.seen.frames.push(now); asked(look); };
    asked(look);
}"""


def main(checkpoint: str = "qmnist-style", source: str = "synthetic") -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        house = fill_house(Path(folder))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        with serving(house, "-m", "streamlit") as server:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(f"{server}/style_sliders?data={source}&model={checkpoint}")
            wait_until_idle(page)
            drag(page, slider(page), seconds=1)
            page.evaluate(CLOCK)
            drag(page, slider(page), seconds=SECONDS)
            seen = page.evaluate("seen")
        browser.close()
    for name, times in (("from frame to frame", np.diff(seen["frames"])), ("computing a frame", seen["worked"])):
        print(
            f"{name}, ms: median {np.median(times):.1f}, 95th percentile {np.percentile(times, 95):.1f}, {len(times)}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
