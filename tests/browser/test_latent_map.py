"""The latent map as a person uses it. Its root element tells its state in ``data-`` attributes."""

import base64
import io
import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.patience import eventually, wait_for_frames, wait_until_idle, wait_until_still
from tests.browser.test_browser import go_to
from tests.browser.traffic import frames_received
from wvae.palette import DARK, LIGHT, OPACITY, Palette

OpenPage = Callable[..., Page]

CALL_THE_PROCESSOR_A_CARD = """
    const { getParameter } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.getParameter = function (name) {
        const found = getParameter.call(this, name);
        return String(found).includes("SwiftShader") ? "a card" : found;
    };
"""


def open_map(
    open_page: OpenPage, query: str = "", model: str = "synthetic-10d", script: str = "", show: str = "plane"
) -> Page:
    """The map of 6,000 synthetic digits, when all of it has been painted and its pictures have come."""
    page = open_page(f"latent_map?data=synthetic&model={model}&whose=held+out&show={show}&{query}", script)
    expect(the_map(page)).to_have_attribute("data-painted", "all")
    expect(the_map(page)).to_have_attribute("data-pictures", "true")
    return page


def the_map(page: Page) -> Locator:
    return page.locator(".map")


def centre(page: Page, pane: int = 0) -> tuple[float, float]:
    box = page.locator(".pane").nth(pane).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def state(page: Page, name: str) -> str:
    value = the_map(page).get_attribute(f"data-{name}")
    assert value is not None
    return value


def zoom_by(page: Page, pixels: int) -> None:
    page.keyboard.down("Control")
    page.mouse.wheel(0, pixels)
    page.keyboard.up("Control")


def pixels(page: Page, canvas: int) -> np.ndarray:
    """What the first pane's dots, or what lies over them, are drawn on: ``(height, width, 4)`` in 0..255."""
    address = page.locator(".pane canvas").nth(canvas).evaluate("canvas => canvas.toDataURL()")
    png = base64.b64decode(address.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(int)


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def choose_all_writers(page: Page) -> None:
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(".legend i")).to_have_count(101)


def outline(page: Page, radius: float) -> None:
    """Draw a square lasso about the middle of the map, all but the end of it."""
    page.locator('button[data-mode="lasso"]').click()
    x, y = centre(page)
    page.mouse.move(x - radius, y - radius)
    page.mouse.down()
    for right, down in ((1, -1), (1, 1), (-1, 1)):
        page.mouse.move(x + right * radius, y + down * radius, steps=4)


def lasso(page: Page, radius: int = 60) -> None:
    outline(page, radius)
    page.mouse.up()


def ink(page: Page, selector: str) -> int:
    """How many pixels of a canvas have been drawn on."""
    count = "canvas => { const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
    count += "return data.filter((value, i) => i % 4 === 3 && value > 60).length }"
    return page.locator(selector).first.evaluate(count)


def test_a_lasso_fills_the_gallery_and_a_colour_keeps_zoom_and_selection(open_page: OpenPage) -> None:
    page = open_map(open_page)
    page.mouse.move(*centre(page))
    zoom_by(page, -500)
    lasso(page)
    pictures = page.locator(".gallery").first.locator("button")
    expect(pictures.first).to_be_visible()
    selected, zoom = int(state(page, "selected")), state(page, "zoom")
    assert 0 < selected < int(state(page, "points")) == 6_000
    assert float(zoom.split()[0]) > 1.5
    expect(pictures).to_have_count(min(selected, 48))
    assert ink(page, ".gallery canvas") > 20
    expect(page.get_by_role("heading", name=f"{selected:,} selected")).to_be_visible()
    legend = page.locator(".legend .total td")
    expect(legend.nth(2)).to_have_text(f"{selected:,}")
    page.get_by_role("radio", name="slant").or_(page.get_by_role("button", name="slant", exact=True)).click()
    expect(page.locator(".legend .ramp")).to_be_visible()
    assert (int(state(page, "selected")), state(page, "zoom")) == (selected, zoom)
    expect(page.get_by_role("heading", name=f"{selected:,} selected")).to_be_visible()
    page.keyboard.press("Escape")  # with the focus on a control, to which it may mean something else
    assert state(page, "selected") == str(selected)
    page.get_by_role("heading", name="Latent map").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing is selected")).to_be_visible()
    assert state(page, "selected") == "0"


def test_pointing_shows_a_picture_and_a_click_on_a_picture_finds_its_dot(open_page: OpenPage) -> None:
    page = open_map(open_page)
    x, y = centre(page)
    page.mouse.move(x, y)
    card = page.locator(".card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("digit")
    expect(the_map(page).get_by_role("status")).to_have_text(re.compile(r"^digit \d, writer \d+$"))
    for what in ("picture", "reconstruction", "here"):
        assert ink(page, f'.card [data-what="{what}"] canvas') > 20
    row = state(page, "row")
    page.mouse.click(x, y)
    near = page.locator(".gallery").nth(1).locator("button")
    expect(near).to_have_count(12)
    assert state(page, "selected") == "1"
    chosen = page.locator(".gallery").first.locator("button")
    for picture, is_it in ((chosen, "true"), (near.nth(3), "false"), (chosen, "true")):
        picture.click()
        expect(chosen).to_have_attribute("aria-pressed", is_it)
    page.mouse.move(*centre(page, 1))  # the decoded plane
    assert state(page, "row") == "-1" != row
    assert ink(page, '.card [data-what="here"] canvas') > 20


def test_a_selection_is_of_digits_wherever_they_are_in_view(open_page: OpenPage) -> None:
    page = open_map(open_page)
    lasso(page)
    expect(page.locator(".gallery").first).to_be_visible()
    selected = state(page, "selected")
    views = page.get_by_test_id("stSidebar").get_by_test_id("stButtonGroup")
    for view, points in (("all", "30000"), ("held out", "6000")):
        views.get_by_text(view, exact=True).click()
        expect(the_map(page)).to_have_attribute("data-points", points)
        expect(the_map(page)).to_have_attribute("data-selected", selected)
        expect(page.get_by_role("heading", name=f"{int(selected):,} selected")).to_be_visible()
    views.get_by_text("chosen", exact=True).click()
    expect(the_map(page)).to_have_attribute("data-points", "240")
    some = page.get_by_role("heading", name=re.compile(r"^\d+ selected"))
    expect(some).not_to_have_text(re.compile(f"^{selected} "))
    expect(the_map(page)).to_have_attribute("data-selected", some.inner_text().split()[0])


def test_the_query_is_what_is_selected(open_page: OpenPage) -> None:
    page = open_map(open_page)
    query = page.get_by_role("textbox", name="Select")

    def ask(text: str) -> None:
        query.fill(text)
        query.press("Enter")

    def shows(count: int) -> None:
        expect(the_map(page)).to_have_attribute("data-selected", str(count))
        said = (
            page.get_by_role("heading", name=f"{count:,} selected")
            if count
            else page.get_by_text("Nothing is selected. Ch")
        )
        expect(said).to_be_visible()

    ask("digit = 3")
    shows(600)
    page.get_by_role("button", name="Clear selection").click()
    shows(0)
    expect(query).to_have_value("")
    ask("digit = 3")  # once more
    shows(600)
    lasso(page)
    expect(query).to_have_value(re.compile("^#"))
    chosen = int(state(page, "selected"))
    shows(chosen)
    expect(page).to_have_url(re.compile("query=%23"))
    address = page.url
    ask("digit = 3")
    shows(600)
    ask("digit <")
    shows(0)
    expect(page.get_by_text("cannot be read")).to_be_visible()
    expect(page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "true")  # the map is the same
    ask("digit = 3")
    shows(600)
    ask("")
    shows(0)
    page.goto(address)  # the selection that was drawn
    shows(chosen)
    go_to(page, "training")
    go_to(page, "latent_map")
    shows(chosen)


def test_the_wheel_scrolls_the_page_until_the_map_has_the_focus(open_page: OpenPage) -> None:
    page = open_map(open_page)
    scrolled = page.get_by_test_id("stMain")
    page.mouse.move(*centre(page))
    page.mouse.wheel(0, 200)
    expect(scrolled).to_have_js_property("scrollTop", 200)
    assert state(page, "zoom") == "1.000 1.000"
    plane = page.locator(".pane").nth(1).locator("canvas").nth(1)
    before = plane.evaluate("canvas => canvas.toDataURL()")
    page.mouse.move(*centre(page, 0))
    zoom_by(page, -700)
    expect(the_map(page)).not_to_have_attribute("data-zoom", "1.000 1.000")
    expect(the_map(page)).to_have_attribute("data-painted", "all")
    first, second = state(page, "zoom").split()
    assert first == second
    assert plane.evaluate("canvas => canvas.toDataURL()") != before
    page.mouse.dblclick(*centre(page, 1))
    expect(the_map(page)).to_have_attribute("data-zoom", "1.000 1.000")
    page.mouse.wheel(0, -200)
    expect(the_map(page)).not_to_have_attribute("data-zoom", "1.000 1.000")
    assert scrolled.evaluate("main => main.scrollTop") == 200


@pytest.mark.parametrize(
    ("where", "key", "query"), [("stSidebar", "who", "whose=chosen"), ("stMain", "coloured", "colour=writer")]
)
def test_a_writers_number_finds_that_writer(where: str, key: str, query: str, open_page: OpenPage) -> None:
    page = open_page(f"latent_map?data=synthetic&model=synthetic-10d&{query}&{key}=7")
    field = page.get_by_test_id(where).get_by_test_id("stMultiSelect").get_by_role("combobox")
    expect(the_map(page)).to_have_attribute("data-painted", "all")
    wait_until_idle(page)
    field.click()
    field.press_sequentially("12")  # as in 112, 120 and others
    field.press("Enter")
    both = re.compile(rf"{key}=7&{key}=12(?!&{key}=)")
    expect(page).to_have_url(both)
    field.press_sequentially("7")  # which is chosen, as 70 is not
    field.press("Enter")
    page.wait_for_timeout(500)
    expect(page).to_have_url(both)
    field.press("Escape")
    field.fill("70")
    field.press("Enter")
    expect(page).to_have_url(re.compile(rf"{key}=12&{key}=70(?!&{key}=)"))


def test_the_zoom_survives_another_page_and_travels_in_the_address(open_page: OpenPage) -> None:
    page = open_map(open_page)
    page.mouse.move(*centre(page))
    zoom_by(page, -700)
    expect(page).to_have_url(re.compile("view="))
    zoom, address = state(page, "zoom"), page.url
    assert float(zoom.split()[0]) > 2
    go_to(page, "training")
    expect(page).not_to_have_url(re.compile("view="))
    go_to(page, "latent_map")
    expect(the_map(page)).to_have_attribute("data-zoom", zoom)
    page.mouse.dblclick(*centre(page))
    expect(page).not_to_have_url(re.compile("view="))
    page.goto(address)
    expect(the_map(page)).to_have_attribute("data-zoom", zoom)
    expect(page).to_have_url(address)


def test_the_legend_counts_and_hides(open_page: OpenPage) -> None:
    page = open_map(open_page, "query=digit+in+(3%2C+5)")
    lines = page.locator(".legend tr[data-entry]")
    expect(lines).to_have_count(10)
    expect(lines.nth(3).locator("td").nth(2)).to_have_text("600")
    expect(lines.nth(4).locator("td").nth(2)).to_have_text("0")
    in_view = page.locator(".legend .total td").nth(1)
    before = int(in_view.inner_text().replace(",", ""))
    lines.nth(4).click()
    expect(lines.nth(4).locator("td").nth(1)).to_have_text("0")
    expect(lines.nth(4).get_by_role("button")).to_have_attribute("aria-pressed", "false")
    assert int(in_view.inner_text().replace(",", "")) < before
    lines.nth(3).dblclick()
    expect(lines.nth(5).locator("td").nth(1)).to_have_text("0")
    assert lines.nth(3).locator("td").nth(1).inner_text() != "0"
    button = lines.nth(3).get_by_role("button")
    button.press("Shift+Enter")  # from being alone back to all
    expect(lines.nth(5).locator("td").nth(1)).not_to_have_text("0")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(button).to_be_focused()


def test_side_by_side_hover_is_linked(open_page: OpenPage) -> None:
    page = open_map(open_page, show="A+beside+B", model="qmnist-1d")
    expect(page.get_by_role("application", name="Dots; across: latent")).to_have_count(2)
    rings = [page.locator(".pane").nth(pane).locator("canvas").nth(1) for pane in (0, 1)]
    before = [ring.evaluate("canvas => canvas.toDataURL()") for ring in rings]
    page.mouse.move(*centre(page))
    expect(page.locator(".card")).to_contain_text("digit")
    expect(the_map(page)).not_to_have_attribute("data-row", "-1")
    wait_for_frames(page)
    assert all(ring.evaluate("canvas => canvas.toDataURL()") != old for ring, old in zip(rings, before, strict=True))
    zoom_by(page, -500)
    expect(the_map(page)).not_to_have_attribute("data-zoom", "1.000 1.000")
    assert state(page, "zoom").split()[1] == "1.000"  # each side has a zoom of its own


def test_colours_send_two_bytes_a_digit_and_axes_nothing(open_page: OpenPage) -> None:
    """What comes over the wire, in both views, of 30,000 digits; the page's other elements take up to 20 kB."""
    page = open_page("latent_map?data=synthetic&model=synthetic-10d&show=plane&method=PCA")
    frames = frames_received(page)
    expect(the_map(page)).to_have_attribute("data-points", "30000")
    expect(the_map(page)).to_have_attribute("data-pictures", "true")

    def sent_by(change: Callable[[], None], seen: Locator) -> int:
        wait_until_idle(page)
        page.wait_for_timeout(500)
        frames.clear()
        change()
        expect(seen).to_be_visible()
        wait_until_idle(page)
        page.wait_for_timeout(500)
        return sum(map(len, frames))

    def choose(name: str) -> Callable[[], None]:
        return page.get_by_role("radio", name=name, exact=True).click

    def across(name: str) -> Callable[[], None]:
        def change() -> None:
            page.get_by_role("combobox", name="Across").click()
            page.get_by_role("option", name=name, exact=True).click()

        return change

    digits, most = page.locator('.legend table[aria-label="digit"]'), 60_000 + 20_000
    sides = page.get_by_role("application", name="Dots; across: latent B, PCA 1")
    assert sent_by(across("A3"), page.get_by_role("application", name="Dots; across: latent A 3")) < 20_000
    assert 60_000 < sent_by(choose("slant"), page.locator(".legend .ramp")) < most
    assert sent_by(choose("A beside B"), sides) > 4 * 4 * 30_000  # two projections, once
    assert 60_000 < sent_by(choose("digit"), digits) < most
    assert sent_by(choose("plane"), page.get_by_role("application", name="Dots; across: latent A")) < 20_000
    assert sent_by(choose("A beside B"), sides) < 20_000


@pytest.mark.usefixtures("real_data")
def test_sixty_thousand_digits(open_page: OpenPage) -> None:
    page = open_page("latent_map?data=qmnist:train&show=plane")
    expect(the_map(page)).to_have_attribute("data-points", "60000")
    expect(the_map(page)).to_have_attribute("data-painted", "all")
    page.locator('button[data-mode="box"]').click()
    box = page.locator(".pane").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 53, box["y"] + 9)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 9, box["y"] + 300, steps=3)
    page.mouse.up()
    expect(page.locator(".gallery").first.locator("button")).to_have_count(48)
    assert int(state(page, "selected")) > 55_000


def test_the_map_has_the_colours_of_the_theme_and_marks_for_any_number_of_writers(
    open_page: OpenPage,
) -> None:
    page = open_map(open_page)

    def check_dots(palette: Palette) -> None:
        drawn = pixels(page, 0)[:, :, :3]
        for colour in palette.digits:
            dot = OPACITY * np.array(rgb(colour)) + (1 - OPACITY) * np.array(rgb(palette.background))
            assert (np.abs(drawn - dot).max(2) <= 2).sum() > 100, colour

    for theme, palette in (("light", LIGHT), ("dark", DARK), ("light", LIGHT)):
        page.emulate_media(color_scheme=theme)
        swatches = page.locator(".legend i")
        expect(swatches.first).to_have_css("background-color", f"rgb{rgb(palette.digits[0])}")
        found = swatches.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
        assert found == [f"rgb{rgb(colour)}" for colour in palette.digits]
        background = the_map(page).evaluate("map => getComputedStyle(map).getPropertyValue('--st-background-color')")
        assert background.lower() == palette.background
        eventually(partial(check_dots, palette))
    page.get_by_role("radio", name="writer", exact=True).click()
    choose_all_writers(page)
    looks = "all => all.map(one => one.getAttribute('style'))"
    assert len(set(page.locator(".legend i").evaluate_all(looks))) == 61


def test_a_digit_is_printed_at_the_median_of_its_dots(open_page: OpenPage) -> None:
    page = open_map(open_page)
    lines = page.locator(".legend tr[data-entry]")
    lines.nth(1).dblclick()  # alone
    expect(lines.nth(2).locator("td").nth(1)).to_have_text("0")
    page.mouse.move(0, 0)
    wait_for_frames(page)
    inside = (slice(10, 300), slice(60, 720))  # of the axes
    dots, label = pixels(page, 0)[inside][:, :, 0] < 255, pixels(page, 1)[inside][:, :, 3] > 0
    middle, printed = (np.median(np.argwhere(one), 0) for one in (dots, label))
    assert np.abs(middle - printed).max() < 15
    assert 100 < label.sum() < 1000
    lines.nth(1).click()
    expect(lines.nth(1).locator("td").nth(1)).to_have_text("0")
    assert not pixels(page, 1)[inside][:, :, 3].any()


def test_dots_and_shapes_look_the_same_with_a_graphics_card_and_without(open_page: OpenPage) -> None:
    dots, shapes = [], []

    def dots_of(page: Page) -> np.ndarray:
        page.mouse.move(0, 0)
        wait_until_still(page)
        picture = Image.open(io.BytesIO(page.locator(".pane").first.screenshot()))
        return np.asarray(picture.convert("RGB")).astype(int)

    for has_card in (False, True):
        page = open_map(open_page, script=CALL_THE_PROCESSOR_A_CARD if has_card else "")
        under = page.locator(".pane canvas").first
        assert under.evaluate("canvas => canvas.getContext('2d') === null") is has_card
        lasso(page)
        expect(page.locator(".gallery").first).to_be_visible()
        dots.append(dots_of(page))
        page.get_by_role("button", name="Clear selection").click()
        page.get_by_role("radio", name="writer", exact=True).click()
        choose_all_writers(page)
        page.mouse.move(*centre(page))
        zoom_by(page, -1500)
        expect(the_map(page)).not_to_have_attribute("data-zoom", "1.000 1.000")
        shapes.append(dots_of(page))
    for drawn, least in ((dots, 2), (shapes, 10)):
        assert np.abs(drawn[0] - 255).mean() > least
        assert np.abs(drawn[0] - drawn[1]).mean() < 1
