"""How quick the dashboard is in a real browser, with 10,000 to 400,000 digits on the latent map.

    PYTHONPATH=. python benchmarks/dashboard.py

From the start of a server to its first answer; from an address to the first picture; the memory of the server; a change
of colour; a lasso of some 5,000 dots until the page shows them; frames a second while the map is dragged and while it
is zoomed. Medians of five. The digits are those of qmnist:train, which lie where ``WVAE_DATA`` says, over and over. It
needs Linux, Debian's chromium, and what requirements-dev.txt lists.
"""

import os
import re
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from benchmarks.measured import Table
from benchmarks.sessions import server_memory
from tests.browser.conftest import FLAGS
from tests.browser.first_picture import visit
from tests.browser.patience import wait_until_idle
from tests.browser.serving import fill_house, serving
from tests.browser.test_latent_map import centre, outline
from wvae.sources import data_root

TURNS, SELECTED = 5, 5000
COUNTS = 10_000, 60_000, 280_000, 400_000
DRAGGED = 60_000, 280_000
SOURCE = "qmnist:nist"
ADDRESS = f"{SOURCE}&model=qmnist-10d&whose=all"
SOON = 120_000
"""Milliseconds."""

COUNT_FRAMES = """() => {
    window.frames_at = [];
    const note = time => { window.frames_at.push(time); window.counting = requestAnimationFrame(note); };
    window.counting = requestAnimationFrame(note);
}"""
FRAMES_A_SECOND = """() => {
    cancelAnimationFrame(window.counting);
    const times = window.frames_at;
    return 1000 * (times.length - 1) / (times[times.length - 1] - times[0]);
}"""


def repeat_digits(root: Path, count: int) -> None:
    """Make qmnist:nist of so many digits of qmnist:train, under a root for data."""
    raw = root / "QMNIST/raw"
    raw.mkdir(parents=True)
    for part, head in (("images-idx3-ubyte", 16), ("labels-idx2-int", 12)):
        content = np.fromfile(data_root() / f"QMNIST/raw/qmnist-train-{part}", np.uint8)
        rows = content[head:].reshape(int.from_bytes(content[4:8].tobytes()), -1)
        with open(raw / f"xnist-{part}", "wb") as file:
            file.write(content[:4].tobytes() + count.to_bytes(4) + content[8:head].tobytes())
            file.write(np.resize(rows, (count, rows.shape[1])).tobytes())


def open_map(browser: BrowserContext, server: str) -> Page:
    page = browser.new_page()
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{server}/latent_map?data={ADDRESS}")
    page.wait_for_selector(".map[data-painted=all]", timeout=SOON)
    wait_until_idle(page)
    return page


def colour_change(page: Page, name: str, legend: str) -> float:
    """Seconds from a click on a colour to a legend of it, and two frames."""
    began = perf_counter()
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).click()
    page.wait_for_selector(legend, timeout=SOON)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return perf_counter() - began


def selected(page: Page) -> int:
    return int(page.locator(".map").get_attribute("data-selected") or 0)


def lasso(page: Page, radius: float) -> float:
    """Seconds from the end of a square lasso to the page's word of how many are selected."""
    outline(page, radius)
    began = perf_counter()
    page.mouse.up()
    expect(page.locator(".map")).not_to_have_attribute("data-selected", "0")
    expect(page.get_by_role("heading", name=f"{selected(page):,} selected", exact=True)).to_be_visible(timeout=SOON)
    return perf_counter() - began


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear selection").click()
    expect(page.get_by_text(re.compile("Nothing is selected"))).to_be_visible(timeout=SOON)


def lassos(page: Page) -> list[float]:
    radius, taken = 60.0, []
    for _ in range(3):
        lasso(page, radius)
        radius *= (SELECTED / selected(page)) ** 0.5
        clear(page)
    for _ in range(TURNS):
        taken.append(lasso(page, radius))
        clear(page)
    return taken


def dragging(page: Page) -> float:
    page.locator('button[data-mode="pan"]').click()
    x, y = centre(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(COUNT_FRAMES)
    page.mouse.move(x + 150, y + 100, steps=40)
    page.mouse.move(x, y, steps=40)
    rate = page.evaluate(FRAMES_A_SECOND)
    page.mouse.up()
    return rate


def zooming(page: Page) -> float:
    page.mouse.move(*centre(page))
    page.keyboard.down("Control")
    page.evaluate(COUNT_FRAMES)
    for way in (-1, 1):
        for _ in range(40):
            page.mouse.wheel(0, 15 * way)
    rate = page.evaluate(FRAMES_A_SECOND)
    page.keyboard.up("Control")
    return rate


def use(table: Table, page: Page, count: int) -> None:
    colours = [("slant", ".legend .ramp"), ("digit", ".legend tr[data-entry]")] * 3
    table.add(f"{count:,} digits: colour change", [colour_change(page, *colour) for colour in colours][1:], "s")
    table.add(f"{count:,} digits: lasso of 5,000", lassos(page), "s")
    table.add(f"{count:,} digits: dragging", [dragging(page) for _ in range(TURNS)], "frames/s")
    table.add(f"{count:,} digits: zooming", [zooming(page) for _ in range(TURNS)], "frames/s")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Table("dashboard") as table, sync_playwright() as playwright:
        house, roots = fill_house(Path(folder)), {count: Path(folder) / f"digits-{count}" for count in COUNTS}
        for count, root in roots.items():
            repeat_digits(root, count)
        starts = []
        for _ in range(TURNS):
            began = perf_counter()
            with serving(house, "-m", "streamlit"):
                starts.append(perf_counter() - began)
        table.add("start to answering", starts, "s")
        browser = playwright.chromium.launch_persistent_context(
            Path(folder) / "profile", executable_path="/usr/bin/chromium", args=FLAGS.split()
        )
        for count, root in roots.items():
            os.environ["WVAE_DATA"] = str(root)
            with serving(house, "-m", "streamlit") as server:
                visits = [visit(browser, server, "latent_map", ADDRESS) for _ in range(1 + TURNS)][1:]
                target = "1.5" if count == 60_000 else ""
                table.add(f"{count:,} digits: address to first picture", [one.seconds for one in visits], "s", target)
                table.add(f"{count:,} digits: memory of the server", [server_memory()], "MB")
                if count in DRAGGED:
                    page = open_map(browser, server)
                    use(table, page, count)
                    page.close()
        browser.close()


if __name__ == "__main__":
    main()
