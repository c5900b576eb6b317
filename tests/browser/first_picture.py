"""When a page has drawn its first meaningful picture, and how much it moves: https://web.dev/articles/cls, all shifts
added up."""

import json
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

NOTE_PICTURE = """
    const find = root => root.querySelector(%s)
        ?? [...root.querySelectorAll("*")].map(({ shadowRoot }) => shadowRoot && find(shadowRoot)).find(Boolean);
    const look = () => {
        const found = find(document), isThere = found?.getClientRects().length && found.complete !== false;
        requestAnimationFrame(isThere ? () => { window.drawn = performance.now(); } : look);
    };
    requestAnimationFrame(look);
"""
"""Likewise, with a selector in JSON for its ``%s``: notes when a picture has been painted. Playwright looks less and
less often, in the end twice a second."""


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
    page.add_init_script(NOTE_PICTURE % json.dumps(PICTURES[name]))
    page.goto(f"{server}/{'' if name == FIRST else name}?data={source}", wait_until="commit")
    drawn = page.wait_for_function("window.drawn", timeout=120_000).json_value()
    wait_until_idle(page)
    page.wait_for_timeout(1000)
    shifts = page.evaluate("shifts")
    page.close()

    def after(time: float) -> float:
        return sum(shift["value"] for shift in shifts if shift["at"] > time)

    return Visit(drawn / 1000, after(0), after(drawn))
