"""A digit written with the mouse in a real browser."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.patience import wait_for_frames, wait_until_idle
from tests.browser.test_style_sliders import greys
from tests.browser.test_training_run import enter
from tests.strokes import Stroke, strokes
from wvae.sources import load_digits

Open = Callable[..., Page]

EXAMPLE = "For example, a digit in view"


@pytest.fixture
def page(open_page: Open) -> Page:
    opened = open_page("write?data=synthetic")
    expect(opened.locator(".said")).to_have_text("Write a digit, as large as you like.")
    return opened


def write(page: Page, drawing: list[Stroke]) -> None:
    box = page.locator(".paper").bounding_box()
    for stroke in drawing:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()
    wait_for_frames(page)


MOVE = """(paper, places) => {
    for (const [clientX, clientY] of places) {
        paper.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, clientX, clientY, buttons: 1 }));
    }
}"""


def write_at_once(page: Page, drawing: list[Stroke]) -> None:
    """As :func:`write`, but what is between pen down and pen up comes in one frame, not in one for each movement."""
    paper = page.locator(".paper")
    box = paper.bounding_box()
    for stroke in drawing:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        paper.evaluate(MOVE, places[1:])
        page.mouse.up()
    wait_for_frames(page)


def said(page: Page) -> str:
    return page.locator(".said").inner_text()


def test_sixty_drawings_are_read(page: Page) -> None:
    rng = np.random.default_rng(0)
    right = refused = 0
    for digit in list(range(10)) * 6:
        write_at_once(page, strokes(digit, rng))
        refused += "none of the digits" in said(page)
        right += page.locator("select.label").input_value() == str(digit)
        page.locator("[data-do=clear]").click()
    assert right >= 54
    assert refused <= 4  # zeros whose inside the broad pen nearly fills


def test_until_one_writes_the_panels_show_a_digit_in_view(page: Page) -> None:
    first = load_digits("synthetic").images[0]
    expect(page.locator(".form + figcaption")).to_have_text(EXAMPLE)
    assert np.array_equal(greys(page.locator(".form")), first)
    assert len(np.unique(greys(page.locator(".ten canvas").first))) > 9
    for button in ("keep", "sliders"):
        expect(page.locator(f"[data-do={button}]")).to_be_disabled()
    write(page, strokes(3, np.random.default_rng(1)))
    expect(page.locator(".form + figcaption")).to_have_text("What the model sees")


def test_it_says_what_it_sees_and_takes_a_drawing_to_the_sliders(page: Page) -> None:
    write(page, strokes(3, np.random.default_rng(1)))
    assert said(page) == "Read as a 3."
    assert page.locator(".ten canvas").count() == 10
    assert re.fullmatch(r"writer \d+", page.locator(".neighbours figcaption").first.inner_text())
    expect(page.locator(".plane i")).to_be_visible()
    page.locator("[data-do=undo]").click()
    expect(page.locator(".said")).to_have_text("Write a digit, as large as you like.")
    expect(page.locator(".form + figcaption")).to_have_text(EXAMPLE)
    write(page, [np.array([[0.5, 0.5], [0.501, 0.5]])])
    assert said(page) == "This is only a dot: write a digit."
    page.locator("[data-do=clear]").click()
    write(page, [np.random.default_rng(0).uniform(0.1, 0.9, (60, 2))])  # a scribble
    assert "none of the digits" in said(page)
    page.locator("[data-do=clear]").click()
    page.locator("[data-do=undo]").click()  # brings back what was cleared
    expect(page.locator(".said")).to_contain_text("none of the digits")
    page.locator("[data-do=clear]").click()
    write(page, strokes(5, np.random.default_rng(0)))
    page.locator("[data-do=sliders]").click()
    expect(page).to_have_url(re.compile("/style_sliders.*start=drawing"))
    expect(page.locator(".start figcaption")).to_have_text("Your drawing.")
    page.get_by_role("link", name="Write a digit").click()
    expect(page.locator(".said")).to_have_text("Read as a 5.")


def test_a_drawing_is_kept_and_taken_out_again(page: Page) -> None:
    enter(page, page.get_by_role("textbox", name="Keep in the set"), "drawn")
    rng = np.random.default_rng(0)
    for number, digit in enumerate([4, 7], start=1):
        write(page, strokes(digit, rng))
        page.locator("select.label").select_option(str(digit))
        page.locator("[data-do=keep]").click()
        expect(page.locator(".gallery button")).to_have_count(number)
        expect(page.locator(".said")).to_have_text("Write a digit, as large as you like.")
    page.locator(".gallery button").first.click()
    page.get_by_role("button", name="Delete the 4 that is chosen").click()
    expect(page.locator(".gallery button")).to_have_text(["7"])
    wait_until_idle(page)
    page.get_by_role("button", name="Delete", exact=False).first.click()
    page.get_by_role("button", name="Delete the set").click()
    expect(page.get_by_text("Nothing is kept in it yet.")).to_be_visible()
