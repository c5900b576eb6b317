"""The dashboard as a person goes through it."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import box_of
from tests.browser.patience import eventually, rerun, resize, wait_until_idle
from tests.browser.traffic import frames_received
from wvae.palette import DARK, LIGHT
from wvae.ui.pages import PAGES as TABLE

PAGES = list(TABLE)
HEADINGS = {name: page.title for name, page in TABLE.items()} | {"overview": "Content and style"}


def test_bars_have_the_colours_of_the_theme_and_are_as_long_as_their_values_say(open_page: Callable[..., Page]) -> None:
    page = open_page("writer_clustering?data=synthetic&model=synthetic-10d")
    for theme, palette in (("light", LIGHT), ("dark", DARK), ("light", LIGHT)):
        page.emulate_media(color_scheme=theme)
        grey = "rgb({}, {}, {})".format(*bytes.fromhex(palette.grey[1:]))
        expect(page.locator(".bar").first).to_have_css("color", grey)  # chance
        text = page.get_by_role("heading", level=1).evaluate("title => getComputedStyle(title).color")
        expect(page.locator(".interval").first).to_have_css("color", text)
    chart = page.get_by_role("img", name=re.compile(r"^AMI: chance -?0\.\d{3}, 95 % interval"))
    names, values = (chart.locator(f"span:nth-of-type({place})") for place in ("odd", "even"))
    rows = chart.locator("div")

    def as_they_say() -> None:
        boxes = chart.evaluate("it => [...it.children].slice(1).map(part => part.getBoundingClientRect().toJSON())")
        for left, middle, right in zip(boxes[::3], boxes[1::3], boxes[2::3], strict=True):  # all of one moment
            assert left["x"] + left["width"] < middle["x"] < middle["x"] + middle["width"] < right["x"]
            assert middle["width"] > 150
            for text in (left, right):
                assert text["y"] + text["height"] / 2 == pytest.approx(middle["y"] + middle["height"] / 2, abs=2)
        lengths = [box_of(bar)["width"] for bar in chart.locator(".bar").all()]
        means = [float(value) for value in values.all_inner_texts()]
        pixels = lengths[1] / means[1]
        assert lengths[1:] == pytest.approx([mean * pixels for mean in means[1:]], rel=0.05)
        assert lengths[0] < 0.1 * lengths[1]
        interval = box_of(chart.locator(".interval").nth(1))
        low, high = (float(end) for end in re.findall(r"[\d.]+", rows.nth(1).get_attribute("title") or "")[-2:])
        assert interval["width"] == pytest.approx((high - low) * pixels, rel=0.2)
        assert interval["x"] - box_of(rows.nth(1))["x"] == pytest.approx(low * pixels, rel=0.2)

    for width in (1440, 900, 420):
        resize(page, width, 1000)
        expect(names).to_have_text(["chance", "raw pixels", "morphometry", "latent B"])
        eventually(as_they_say)


def test_addresses_of_earlier_versions_are_found_and_model_and_writers_go_along_to_other_pages(
    open_page: Callable[..., Page], server: str
) -> None:
    page = open_page("overview?model=qmnist-10d&whose=unseen")
    expect(page.get_by_role("heading", level=1)).to_contain_text(HEADINGS["overview"])
    expect(page).to_have_url(re.compile(rf"^{server}/\?model=qmnist-10d"))
    expect(page.get_by_role("combobox", name="Model")).to_have_value("qmnist-10d")
    assert page.get_by_role("dialog").count() == 0  # "Page not found"
    for name in ("style_transfer", "training", "overview"):
        go_to(page, name)
        expect(page).to_have_url(re.compile(r"\?model=qmnist-10d&whose=held\+out$"))
        expect(page.get_by_role("combobox", name="Model")).to_have_value("qmnist-10d")


def test_back_and_forward_go_from_page_to_page_and_restore_what_was_set(open_page: Callable[..., Page]) -> None:
    page = open_page("latent_map?model=synthetic-10d&whose=held+out")
    main, model = page.get_by_test_id("stMain"), page.get_by_role("combobox", name="Model")
    main.get_by_role("radio", name="slant").click()
    main.get_by_role("radio", name="plane").click()
    expect(page).to_have_url(re.compile("show=plane"))
    visited = [page.url]
    for name in ("style_transfer", "training", "style_sliders"):
        go_to(page, name)
        visited.append(page.url)
    model.click()
    with rerun(page):
        page.get_by_role("option", name="qmnist-1d", exact=True).click()
    expect(page).to_have_url(re.compile("model=qmnist-1d"))
    visited[-1] = page.url
    for name, address in zip(("training", "style_transfer", "latent_map"), visited[-2::-1], strict=True):
        page.go_back()
        expect(page).to_have_url(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS[name])
        expect(model).to_have_value("synthetic-10d")
        wait_until_idle(page)
        assert page.url == address
    for name in ("slant", "plane", "held out"):
        expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
    for name, address in zip(("style_transfer", "training", "style_sliders"), visited[1:], strict=True):
        page.go_forward()
        expect(page).to_have_url(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS[name])
        wait_until_idle(page)
    expect(model).to_have_value("qmnist-1d")
    assert page.url == visited[-1]


def test_keys_of_one_letter_do_nothing_outside_a_component(open_page: Callable[..., Page]) -> None:
    page = open_page("style_sliders?data=synthetic&model=synthetic-10d")
    frames, chosen = frames_received(page), page.locator(".ten button[aria-pressed=true]")
    wait_until_idle(page)
    page.locator(".ten button").nth(7).click()
    expect(chosen).to_have_text("7")
    page.get_by_role("heading", level=1).click()
    page.wait_for_timeout(500)
    frames.clear()
    for key in "crhbw39":  # of Streamlit to clear the cache and to run again, then those of the sliders
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert not frames
    assert page.get_by_role("dialog").count() == 0
    expect(chosen).to_have_text("7")
    page.locator(".digit").click()
    page.keyboard.press("9")
    expect(chosen).to_have_text("9")


def go_to(page: Page, name: str) -> None:
    """Click a page's link in the sidebar, and wait until the page is there and its script has run."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=TABLE[name].title).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(HEADINGS[name])
    wait_until_idle(page)


def touch(page: Page, name: str) -> None:
    """Use what is harmless on a page."""
    main = page.get_by_test_id("stMain")
    if name == "latent_map":
        main.get_by_role("radio", name="slant").click()
        expect(main.locator(".legend .ramp")).to_be_visible()
    if name in ("latent_map", "write"):  # the whole script does not run again
        return
    with rerun(page):
        match name:
            case "style_sliders":
                main.get_by_role("button", name="Another").click()
                main.get_by_role("radio", name="prior").click()
                main.get_by_role("radio", name="picture").click()
            case "style_transfer":
                main.get_by_role("button", name="Others").click()
            case "writer_clustering":
                main.get_by_text("All rows").click()
                main.get_by_role("radio", name="purity").click()
            case "training":
                if not main.get_by_text("Advanced").is_visible():  # open where there are no runs yet
                    main.get_by_text("New run").click()
                main.get_by_text("Advanced").click()
                main.get_by_role("radio", name="cpu").click()
            case "models_and_data":
                main.get_by_role("tab", name="Digits").click()
                main.get_by_role("button", name="Look at them").click()


def files_in(house: Path) -> set[Path]:
    return {path for path in house.rglob("*") if path.is_file()}


def processes_of(house: Path) -> set[int]:
    """The server whose working folder this is, and all processes that it or its children have started."""
    parents, found = {}, set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            number, parent = int(process.name), int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if os.readlink(process / "cwd") == str(house) and b"streamlit" in (process / "cmdline").read_bytes():
                found.add(number)
        except OSError:  # it has ended
            continue
        parents[number] = parent
    assert found
    for _ in parents:
        found |= {number for number, parent in parents.items() if parent in found}
    return found


def test_looking_starts_nothing(open_page: Callable[..., Page], house: Path) -> None:
    """Each page is used when it is first opened, and is opened again, from another one, after all have been used."""
    page = open_page("?data=synthetic&model=synthetic-10d&whose=chosen")
    files, processes = files_in(house), processes_of(house)
    touched = {PAGES[0]}
    for name in (*PAGES[1:], *PAGES[-2::-1], PAGES[-1]):
        go_to(page, name)
        assert files_in(house) == files
        if name not in touched:
            touch(page, name)
            touched.add(name)
        assert page.get_by_test_id("stException").count() == 0
    assert files_in(house) == files
    assert processes_of(house) == processes
