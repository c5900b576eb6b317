"""A training run from the first click to the finished model, as a person sees it."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.patience import rerun
from tests.waiting import wait_until
from wvae.presets import PRESETS

Open = Callable[..., Page]


def enter(page: Page, field: Locator, text: str) -> None:
    """Type into a field, and wait until the page has been drawn anew with what was typed."""
    field.fill(text)
    with rerun(page):
        field.press("Enter")


def state(page: Page, name: str) -> Locator:
    return page.locator(".stMarkdownBadge", has_text=name)


def signal_run(house: Path, number: signal.Signals) -> None:
    """Hold the run, or let it go on."""
    os.kill(int((house / "runs/watched/lock").read_text()), number)


def test_a_run_is_started_watched_across_a_reload_and_finished(open_page: Open, house: Path) -> None:
    page = open_page("training")
    source = page.get_by_role("combobox", name="Digits to train on")
    source.click()
    source.press_sequentially("synthetic:30")  # where "synthetic" may be chosen
    with rerun(page):
        source.press("Enter")
    expect(source).to_have_value("synthetic:30")
    with rerun(page):
        page.get_by_role("radiogroup", name="Preset").get_by_text("article", exact=True).click()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    expect(epochs).to_have_value(str(PRESETS["article"].training.epochs))
    enter(page, page.get_by_role("textbox", name="Name"), "watched")
    enter(page, epochs, "12")
    page.get_by_text("Advanced").click()
    enter(page, page.get_by_role("spinbutton", name="Evaluation writers"), "10")
    page.get_by_role("button", name="Start training").click()
    wait_until(house / "runs/watched", lambda run: run.number("epoch") >= 2)

    signal_run(house, signal.SIGSTOP)  # so that it does not end while we look at it
    expect(page.get_by_text("images a second ·")).to_be_visible()
    other = open_page("training")
    page.reload()
    expect(state(page, "running")).to_be_visible()
    expect(state(other, "running")).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(5)
    expect(page.get_by_text("below, their reconstructions after")).to_be_visible()
    expect(page.locator('[data-testid="stImage"] img')).to_have_count(1)
    drawn = page.locator('[data-testid="stImage"] img').first.get_attribute("src")
    signal_run(house, signal.SIGCONT)
    another = """drawn => {
        const picture = document.querySelector('[data-testid="stImage"] img');
        return picture !== null && picture.getAttribute("src") !== drawn;
    }"""
    page.wait_for_function(another, arg=drawn)

    for watching in (page, other):
        expect(state(watching, "finished")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert len(download.value.path().read_text().splitlines()) == 13
    page.locator('[data-testid="stMain"]').get_by_role("link", name="Latent map").click()
    expect(page.get_by_role("heading", name="Latent map")).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("watched")
    expect(page).to_have_url(re.compile("model=watched"))
