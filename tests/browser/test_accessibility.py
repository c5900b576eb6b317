"""For everyone: colours that can be told apart, and the latent map by keyboard alone."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.patience import choose_theme, wait_until_idle
from tests.browser.test_latent_map import open_map, rgb, state, the_map
from wvae.palette import DARK, LIGHT

OpenPage = Callable[..., Page]

FIGURE = Path(__file__).resolve().parents[2] / "wvae/ui/two_bottlenecks.svg"

DRAWN_WHEN_FOCUSED = """() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!(element.getRootNode() instanceof ShadowRoot)) return null; // Streamlit's
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
    const name = element.ariaLabel || element.textContent.trim();
    const probe = new OffscreenCanvas(1, 1).getContext("2d");
    probe.fillStyle = outlineColor;
    probe.fillRect(0, 0, 1, 1);
    return [name, outlineStyle, parseFloat(outlineWidth), [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3)];
}"""


def luminance(colour: list[int]) -> float:
    """Of red, green and blue in 0..255, as WCAG defines it."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (part / 255 for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[int], other: list[int]) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


PALETTES = {"light": LIGHT, "dark": DARK}
BACKGROUNDS = {theme: list(rgb(palette.background)) for theme, palette in PALETTES.items()}


def test_the_words_in_the_figure_of_the_overview_can_be_read() -> None:
    figure = FIGURE.read_text()
    colours = [list(bytes.fromhex(found)) for found in re.findall(r"svg \{ color: #(\w{6}) \}", figure)]
    for colour, background in zip(colours, BACKGROUNDS.values(), strict=True):  # light, then dark
        assert contrast(colour, background) >= 4.5
    assert not re.search("<text[^>]*opacity", figure)


def test_what_has_the_focus_on_the_map_is_seen(open_page: OpenPage) -> None:
    page = open_map(open_page, "query=digit+%3D+3")
    for theme, background in BACKGROUNDS.items():
        choose_theme(page, theme)
        expect(page.locator(".gallery button").first).to_be_visible()
        first = f"rgb{rgb(PALETTES[theme].digits[0])}"
        expect(page.locator(".legend i").first).to_have_css("background-color", first)  # or a new one takes the focus
        page.locator('button[data-mode="pan"]').focus()
        names = []
        for _ in range(30):
            page.keyboard.press("Tab")
            if drawn := page.evaluate(DRAWN_WHEN_FOCUSED):
                name, style, width, colour = drawn
                assert (style, width) == ("solid", 2), name
                assert contrast(colour, background) >= 3, name
                names.append(name)
                if name.startswith("3\nwriter"):
                    break
        assert {"Box", "Fit", "Decoded plane", "Clear selection", "PNG", "3"} < set(names)
        assert "Dots; across: latent A 1; up: latent B 1" in names
        assert names[-1].startswith("3\nwriter")  # in the gallery


def test_the_map_by_keyboard(open_page: OpenPage) -> None:
    page = open_map(open_page, "show=plane")
    pane = page.get_by_role("application", name="Dots; across: latent A 1; up: latent B 1")
    said = the_map(page).get_by_role("status")
    expect(pane).to_have_accessible_description(re.compile(r"^6,000 digits, coloured by digit\. Keys, .*arrows move"))
    page.get_by_role("button", name="PNG").focus()
    page.keyboard.press("Tab")
    expect(pane).to_be_focused()

    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"view=\d"))
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("view="))
    for _ in range(4):
        page.keyboard.press("+")
    expect(the_map(page)).to_have_attribute("data-zoom", "3.842 3.842")
    rows = []
    for place in (1, 2, 3):
        page.keyboard.press("n")
        expect(said).to_have_text(re.compile(rf"^digit \d, writer \d+; dot {place} of \d+ in view$"))
        rows.append(state(page, "row"))
    in_view = int(said.inner_text().split()[-3])
    assert 10 < in_view < 6_000
    page.keyboard.press("-")
    expect(the_map(page)).to_have_attribute("data-zoom", "2.744 2.744")
    page.keyboard.press("+")
    expect(said).to_have_text(f"{in_view:,} in view")
    assert len(set(rows)) == 3
    expect(page.locator(".card")).to_be_visible()
    page.keyboard.press("p")
    assert state(page, "row") == rows[1]
    writer = re.search(r"writer \d+", said.inner_text())
    assert writer
    page.keyboard.press("Enter")
    expect(said).to_have_text("1 selected")
    expect(page.locator(".gallery").first.locator("button")).to_contain_text(writer[0])
    expect(page.get_by_role("heading", name="1 selected")).to_be_visible()
    expect(pane).to_be_focused()  # beside the gallery it is the same map
    wait_until_idle(page)
    page.keyboard.press("a")
    expect(said).to_have_text(re.compile(r"^[\d,]+ selected$"))
    chosen = said.inner_text().split()[0]
    assert int(chosen.replace(",", "")) > 10
    expect(page.get_by_role("heading", name=f"{chosen} selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(said).to_have_text("0 selected")
