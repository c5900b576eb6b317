"""When a page has drawn its first meaningful picture, and how much it moves: https://web.dev/articles/cls, all shifts
added up."""

import time
from typing import NamedTuple

from playwright.sync_api import BrowserContext

from tests.browser.patience import wait_until_idle
from wvae.ui.pages import FIRST

PICTURES = {
    "overview": "[data-testid=stMain] [data-testid=stImage] img",
    "write": "canvas.paper",
    "latent_map": ".map[data-painted=all]",
    "style_sliders": ".slider output:not(:empty)",
    "style_transfer": "[data-testid=stMain] [data-testid=stImage] img",
    "writer_clustering": ".bars .zero",
    "training": "[data-testid=stMain] [role=radiogroup]",
    "models_and_data": "[data-testid=stMain] [data-testid=stDataFrame] canvas",
}
"""What the first meaningful picture of each page is, by the page's name; of a page without any, what one works with."""

NOTE_SHIFTS = """
    window.shifts = [];
    new PerformanceObserver(list => {
        for (const { value, hadRecentInput, startTime } of list.getEntries()) {
            if (!hadRecentInput) window.shifts.push({ value, at: startTime });
        }
    }).observe({ type: "layout-shift", buffered: true });
"""
"""A script for a page, to run before all others."""


class Visit(NamedTuple):
    """Seconds until the picture, and the layout shift: in all, and after the picture."""

    seconds: float
    shift: float
    after_picture: float


def visit(browser: BrowserContext, server: str, name: str, source: str) -> Visit:
    """Open a page with the digits of a source, and leave it when it has been quiet for a second."""
    page = browser.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.add_init_script(NOTE_SHIFTS)
    began = time.perf_counter()
    page.goto(f"{server}/{'' if name == FIRST else name}?data={source}", wait_until="commit")
    page.wait_for_selector(PICTURES[name], timeout=120_000)
    seconds, drawn = time.perf_counter() - began, page.evaluate("performance.now()")
    wait_until_idle(page)
    page.wait_for_timeout(1000)
    shifts = page.evaluate("shifts")
    page.close()

    def after(time: float) -> float:
        return sum(shift["value"] for shift in shifts if shift["at"] > time)

    return Visit(seconds, after(0), after(drawn))
