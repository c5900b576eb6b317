"""Every page as a person sees it. The tests of a page share it as it was opened, which takes longer than most of them;
each sets its window and theme."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import box_of, check_it_fits, opening
from tests.browser.first_picture import NOTE_SHIFTS, PICTURES
from tests.browser.patience import choose_theme, eventually, resize, wait_until_idle
from wvae.ui.pages import FIRST, PAGES

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"

STREAMLITS = {
    ("list", "[data-testid=stSidebarNavItems]"): "it groups the pages of its navigation in elements that are no items",
    ("listitem", "[data-testid=stSidebarNavItems] li"): "these groups",
    ("presentation-role-conflict", "[data-testid=stFileUploaderDropzone]"): "its frame can take the focus from scripts",
}
"""Violations in elements that Streamlit makes, by axe's rule and a selector, and why they are its own."""

VIOLATIONS = """async (excused) => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], elementRef: true });
    const isOurs = (rule, element) => !excused.some(([its, selector]) => its === rule && element.matches(selector));
    return violations.flatMap(({ id, nodes }) =>
        nodes
            .filter(({ element }) => isOurs(id, element))
            .map(({ html, failureSummary }) => `${id}: ${html}\\n${failureSummary}`));
}"""

NARROW = {"width": 420, "height": 800}


class Opened(NamedTuple):
    """A page, its name, and its layout shift while it was opened."""

    page: Page
    name: str
    shift: float


@pytest.fixture(scope="module", params=PAGES)
def opened(request: pytest.FixtureRequest, browser: BrowserContext, server: str) -> Iterator[Opened]:
    """Each page in turn as it first opens, when it has been quiet for a second."""
    name = request.param
    with opening(browser, server) as open_page:
        page = open_page(f"{'' if name == FIRST else name}?data=synthetic", NOTE_SHIFTS)
        yield Opened(page, name, shift_of(page, name))


def shift_of(page: Page, name: str) -> float:
    """The layout shift of a page that opens, when it has been quiet for a second."""
    page.wait_for_selector(PICTURES[name])
    wait_until_idle(page)
    page.wait_for_timeout(1000)
    shift: float = page.evaluate("shifts.reduce((sum, { value }) => sum + value, 0)")
    return shift


@pytest.fixture(scope="module")
def linked(opened: Opened, server: str) -> Opened:
    """The same page at the address of a model and of the held-out writers, opened on a narrow screen."""
    page, name, _ = opened
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    query = "data=synthetic&model=synthetic-10d&whose=held+out"
    page.goto(f"{server}/{'' if name == FIRST else name}?{query}{'&query=digit+%3D+3' * (name == 'latent_map')}")
    wait_until_idle(page)
    return opened


def check_nothing_failed(page: Page) -> None:
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0


def test_it_opens(opened: Opened) -> None:
    page = opened.page
    expect(page.locator('[data-testid="stSidebarNavLink"]')).to_have_count(len(PAGES))
    assert page.get_by_test_id("stMain").inner_text().startswith(page.locator("h1").inner_text())
    for theme, width in (("light", 1440), ("light", 900), ("dark", 900), ("dark", 1440)):
        choose_theme(page, theme)
        resize(page, width, 1000)
        expect(page.locator(".stApp")).to_have_css("color-scheme", theme)
        check_nothing_failed(page)
        eventually(lambda: check_it_fits(page))


def test_little_moves(opened: Opened) -> None:
    assert opened.shift < 0.1


@pytest.mark.parametrize("name", ["overview", "latent_map"])
def test_little_moves_with_a_model_and_its_held_out_writers(name: str, open_page: Callable[..., Page]) -> None:
    query = "data=synthetic&model=synthetic-10d&whose=held+out"
    page = open_page(f"{'' if name == FIRST else name}?{query}", NOTE_SHIFTS)
    assert shift_of(page, name) < 0.1


def test_its_title_is_at_the_top(opened: Opened) -> None:
    page = opened.page
    title, menu = page.get_by_role("heading", level=1), page.get_by_test_id("stMainMenu")

    def is_at_the_top() -> None:
        drawn = title.evaluate("""title => {
            const range = document.createRange();
            range.selectNodeContents(title);
            return range.getBoundingClientRect().top;
        }""")
        assert 0 <= drawn <= 30

    def is_left_of_the_menu() -> None:
        assert box_of(title)["x"] + box_of(title)["width"] <= box_of(menu)["x"]

    def has_nothing_over_it() -> None:
        seen = title.screenshot()
        hidden = page.add_style_tag(content=".stAppHeader { visibility: hidden; }")
        bare = title.screenshot()
        hidden.evaluate("style => style.remove()")
        assert bare == seen

    resize(page, 1440, 1000)
    eventually(is_at_the_top)
    assert page.get_by_test_id("stAppDeployButton").count() == 0
    resize(page, 900, 700)
    eventually(is_left_of_the_menu)
    eventually(has_nothing_over_it)


def test_on_a_narrow_screen_its_title_is_below_the_sidebars_opener(linked: Opened) -> None:
    page = linked.page
    resize(page, **NARROW)
    opener = page.get_by_test_id("stExpandSidebarButton")  # on a narrow screen the sidebar is closed
    expect(opener).to_be_visible()

    def is_above_the_title() -> None:
        assert box_of(opener)["y"] + box_of(opener)["height"] <= box_of(page.get_by_role("heading", level=1))["y"]

    eventually(is_above_the_title)
    check_nothing_failed(page)


def test_it_has_no_violation_of_ours(linked: Opened) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not here: npm install")
    page = linked.page
    resize(page, 1440, 1000)
    expect(page.get_by_test_id("stSidebarNavLink").first).to_be_in_viewport()  # the sidebar opens with the window
    wait_until_idle(page)
    main = page.get_by_test_id("stMain")
    folds = main.locator("details:not([open]) > summary:visible")
    while folds.count():
        folds.first.click()
        wait_until_idle(page)
    tabs = main.get_by_role("tab")
    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")  # colours fade
    page.evaluate(f"{AXE.read_text()}; 0")
    found = []
    for place in range(max(1, tabs.count())):
        if tabs.count():
            tabs.nth(place).click()
        for theme in ("light", "dark"):
            choose_theme(page, theme)
            page.mouse.move(0, 0)
            expect(page.locator('[data-stale="true"]')).to_have_count(0)  # what is drawn anew is pale before that
            found += [f"{theme}: {each}" for each in page.evaluate(VIOLATIONS, list(STREAMLITS))]
    assert not found, "\n\n".join(found)
