"""The style sliders, dragged in a real browser."""

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

import wvae
from tests.browser.traffic import frames_received
from tests.conditional import conditional_model
from tests.convolutional import CONFIG
from wvae.digits import DigitSet
from wvae.model import build_model
from wvae.ui.javascript import bundle
from wvae.ui.live_model import decoder_packet

ADDRESS = "style_sliders?data=synthetic&model=synthetic-10d&whose=held+out"

COUNT_FRAMES = """canvas => {
    const seen = (window.seen = { changes: 0 });
    let before;
    const look = () => {
        const now = canvas.getContext("2d").getImageData(0, 0, 28, 28).data.join();
        seen.changes += now !== before;
        before = now;
        requestAnimationFrame(look);
    };
    look();
}"""

PICTURES_STAND_STILL = """async () => {
    const canvases = [...document.querySelectorAll("*")].flatMap(
        element => [...(element.shadowRoot?.querySelectorAll("canvas") ?? [])]
    );
    const look = () => canvases.map(canvas => canvas.toDataURL()).join();
    const frame = () => new Promise(requestAnimationFrame);
    const pause = () => frame().then(frame).then(() => new Promise(done => setTimeout(done, 150))); // strips wait 100
    for (let before = null, now = look(); now !== before; [before, now] = [now, look()]) await pause();
}"""

DECODE = """([script, header, weights, a, b]) => {
    const makeDecoder = new Function(`${script}; return makeDecoder`)();
    const body = Uint8Array.from(atob(weights), letter => letter.charCodeAt(0)).buffer;
    const {decode, digitOf, partOfA, partOfB, join, newPart} = makeDecoder(header, body);
    const whole = a.map((_, i) => Array.from(decode(a[i], b[i], new Float32Array(784))));
    const joined = a.map((_, i) => Array.from(
        join(partOfA(a[i], newPart()), partOfB(b[i], digitOf(a[i]), newPart()), new Float32Array(784))
    ));
    return [whole, joined];
}"""


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    opened = open_page(ADDRESS)
    opened.locator(".slider output").first.wait_for()
    return opened


def greys(canvas: Locator) -> np.ndarray:
    """The picture on a canvas, uint8 (height, width)."""
    drawn = canvas.evaluate(
        "c => [c.height, c.width, [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]]"
    )
    return np.array(drawn[2], np.uint8).reshape(drawn[0], drawn[1], 4)[:, :, 0]


def settled(page: Page) -> np.ndarray:
    """The big digit when it has come to where the sliders are, and the strips have been drawn after it."""
    stand_still(page)
    return greys(page.locator("canvas.big"))


def stand_still(page: Page) -> None:
    """Wait until no picture changes any more."""
    page.evaluate(PICTURES_STAND_STILL)


def slider(page: Page, number: int = 0) -> Locator:
    return page.locator(".grid.b .slider input").nth(number)


def drag(page: Page, slider: Locator, seconds: float) -> None:
    """Move the thumb to and fro with the mouse."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle, y)
    page.mouse.down()
    began = time.perf_counter()
    while (now := time.perf_counter() - began) < seconds:
        page.mouse.move(middle + 0.4 * box["width"] * np.sin(3 * now), y)
    page.mouse.up()


SMOOTH = 100
"""Pictures in two seconds that are as good as sixty in one."""


def frames_drawn(page: Page, canvas: Locator, slider: Locator) -> int:
    """How often a picture changes while a slider is dragged for two seconds: the most of five times, as the machine
    may be busy with something else, or :data:`SMOOTH` or more."""
    canvas.evaluate(COUNT_FRAMES)
    most = 0
    for _ in range(5):
        if most < SMOOTH:
            page.evaluate("seen.changes = 0")
            drag(page, slider, seconds=2)
            most = max(most, page.evaluate("seen.changes"))
    return most


MODELS = {
    "additive": lambda: wvae.load_checkpoint("checkpoints/synthetic-10d"),
    "not additive": lambda: build_model(CONFIG).eval(),
    "style flow": conditional_model,
}


@pytest.mark.parametrize("kind", MODELS)
def test_the_browser_decodes_as_torch_does(kind: str, browser: BrowserContext) -> None:
    model = MODELS[kind]()
    rng = np.random.default_rng(0)
    a = 2 * rng.standard_normal((20, model.config.latent_a), dtype=np.float32)
    b = 2 * rng.standard_normal((20, model.config.latent_b), dtype=np.float32)
    framed = decoder_packet(model).framed
    start = 4 + int.from_bytes(framed[:4], "little")
    weights = base64.b64encode(framed[start:]).decode()
    script = bundle(Path("wvae/ui/javascript/decoder.js"))
    blank = browser.new_page()
    whole, joined = blank.evaluate(DECODE, [script, json.loads(framed[4:start]), weights, a.tolist(), b.tolist()])
    blank.close()
    expected = wvae.decode(model, a, b).reshape(20, 784)
    assert np.abs(np.array(whole) - expected).max() < 1e-4
    assert np.abs(np.array(joined) - expected).max() < 1e-4


def test_it_starts_with_what_the_model_makes_of_the_picture_and_a_click_on_a_strip_goes_there(
    page: Page, default_digits: DigitSet
) -> None:
    picture = default_digits.images[wvae.writer_split(default_digits).evaluation][:1]
    model = wvae.load_checkpoint("checkpoints/synthetic-10d")
    latents = wvae.encode(model, picture)
    expected = 255 * wvae.decode(model, latents.mean_a, latents.mean_b)[0]
    assert np.abs(settled(page) - expected).max() < 0.6
    assert np.array_equal(greys(page.locator(".start canvas")), picture[0])

    slider(page).focus()
    page.keyboard.press("End")
    at_the_end = settled(page).astype(int)
    first = greys(page.locator(".grid.b .slider canvas").first)
    assert np.abs(first[:, -28:] - at_the_end).max() <= 1
    assert (first[:, :28] != first[:, -28:]).any()

    strip = page.locator(".grid.b .slider canvas").nth(1)
    strip.scroll_into_view_if_needed()
    before = settled(page)
    shown = greys(strip)
    box = strip.bounding_box()
    assert box
    for cell in (6, 0, 3):
        strip.click(position={"x": (cell + 0.5) * box["width"] / 7, "y": box["height"] / 2})
        there = settled(page).astype(int)
        assert np.abs(there - shown[:, 28 * cell : 28 * (cell + 1)]).max() <= 1
        assert abs(float(slider(page, 1).input_value()) - (cell - 3) * 2 / 3) < 0.02
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    assert np.array_equal(settled(page), before)


def test_another_picture_does_not_send_the_decoder_again(page: Page) -> None:
    frames = frames_received(page)
    page.locator(".slider output").first.wait_for()
    start = settled(page)
    decoder = len(decoder_packet(wvae.load_checkpoint("checkpoints/synthetic-10d")).framed)
    assert sum(map(len, frames)) > decoder > 1_000_000
    frames.clear()
    for _ in range(3):
        caption = page.locator(".start figcaption").inner_text()
        page.get_by_role("button", name="Another").click()
        expect(page.locator(".start figcaption")).not_to_have_text(caption)
    assert (settled(page) != start).any()
    assert sum(map(len, frames)) < 300_000


@pytest.mark.alone
def test_the_digit_follows_the_hand_at_sixty_frames_a_second(page: Page) -> None:
    before = [greys(page.locator(".ten canvas").nth(digit)) for digit in range(10)]
    assert frames_drawn(page, page.locator("canvas.big"), slider(page)) >= SMOOTH
    after = [greys(page.locator(".ten canvas").nth(digit)) for digit in range(10)]
    assert all((one != other).any() for one, other in zip(before, after, strict=True))

    assert not page.locator(".grid.a .slider").first.is_visible()
    page.get_by_text("Latent A: what is written").click()
    assert page.locator(".grid.a .slider").count() == 10
    dragged, four = settled(page), greys(page.locator(".ten canvas").nth(4))
    drag(page, page.locator(".grid.a .slider input").first, seconds=0.3)
    assert (settled(page) != dragged).any()
    assert np.array_equal(greys(page.locator(".ten canvas").nth(4)), four)  # a digit of the ten keeps its own A


def test_drags_buttons_and_keys_are_undone_one_by_one(page: Page) -> None:
    undo = page.get_by_role("button", name="Undo")
    seen = [settled(page)]
    assert undo.is_disabled()

    def changed() -> np.ndarray:
        assert (settled(page) != seen[-1]).any()
        seen.append(settled(page))
        return seen[-1]

    for number in (0, 1):
        drag(page, slider(page, number), seconds=0.3)
        changed()
    page.locator(".ten button").nth(7).click()
    assert np.array_equal(changed(), greys(page.locator(".ten canvas").nth(7)))
    page.keyboard.press("3")
    assert np.array_equal(changed(), greys(page.locator(".ten canvas").nth(3)))
    assert page.locator(".ten button[aria-pressed=true]").text_content() == "3"
    page.keyboard.press("h")
    changed()

    first = slider(page)
    first.focus()
    before = float(first.input_value())
    key = "ArrowLeft" if before > 0 else "ArrowRight"
    for _ in range(3):
        page.keyboard.press(key)
    changed()
    assert abs(float(first.input_value()) - before) == pytest.approx(0.3, abs=0.03)
    said = first.get_attribute("aria-valuetext")
    assert said is not None
    assert said.endswith("standard deviations")
    page.keyboard.press("u")
    page.keyboard.press("u")

    page.keyboard.press("b")
    page.keyboard.press("Control+z")
    for place in range(len(seen) - 2, -1, -1):
        undo.click()
        assert np.array_equal(settled(page), seen[place])
    assert undo.is_disabled()


def test_a_random_style_is_that_of_a_writer_in_view(page: Page, default_digits: DigitSet) -> None:
    digits = default_digits[wvae.writer_split(default_digits).evaluation]
    model = wvae.load_checkpoint("checkpoints/synthetic-10d")
    latents = wvae.encode(model, digits.images)
    whose, seen = page.locator(".whose"), []
    assert whose.inner_text() == ""
    for _ in range(2):
        page.get_by_role("button", name="Random style").click()
        drawn = settled(page)
        found = re.fullmatch(r"Style of writer (\d+), the mean of (\d+) digits", whose.inner_text())
        assert found
        rows = digits.writers == int(found[1])
        assert rows.sum() == int(found[2])
        expected = wvae.decode(model, latents.mean_a[:1], latents.mean_b[rows].mean(0)[None])[0]
        assert np.abs(drawn - 255 * expected).max() < 0.6
        seen.append(found[1])
    assert seen[0] != seen[1]
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    expect(whose).to_have_text("")
    page.get_by_role("button", name="Undo").click()
    expect(whose).to_contain_text(f"writer {seen[1]},")


def test_what_was_dragged_survives_a_rerun_another_theme_and_typing(page: Page) -> None:
    start = settled(page)
    drag(page, slider(page), seconds=0.3)
    dragged = settled(page)
    assert (dragged != start).any()
    page.get_by_role("radio", name="by name").click()
    page.locator(".slider label", has_text="Slant").wait_for()
    assert np.array_equal(settled(page), dragged)
    page.emulate_media(color_scheme="dark")
    assert np.array_equal(settled(page), dragged)
    picture = page.get_by_role("spinbutton", name="Picture")
    picture.fill("23")
    assert np.array_equal(settled(page), dragged)
    picture.press("Enter")
    page.locator("figcaption", has_text="Picture 23,").wait_for()
    assert (settled(page) != dragged).any()


def test_the_interpolation_and_the_pictures_to_keep(page: Page, tmp_path: Path) -> None:
    between = page.locator(".interpolation input")
    between.focus()
    page.keyboard.press("End")
    far = settled(page)
    page.keyboard.press("Home")
    near = settled(page)
    assert np.abs(far.astype(int) - near).mean() > 5

    files = []
    for kind in ("PNG", "GIF of the interpolation"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind).click()
        files.append(tmp_path / download.value.suggested_filename)
        download.value.save_as(files[-1])
    assert [file.name for file in files] == ["wvae-style.png", "wvae-style.gif"]
    still, moving = (Image.open(file) for file in files)
    assert moving.size == (280, 392)
    assert still.size == (560, 784)  # twice what the screen shows
    assert moving.n_frames == 40
    frames = []
    for number in range(40):
        moving.seek(number)
        frames.append(np.asarray(moving.convert("L")).astype(int))
    halved = np.asarray(still.convert("L").resize(moving.size, Image.Resampling.BOX)).astype(int)
    assert np.abs(frames[0] - halved).mean() < 2
    assert np.array_equal(frames[19], frames[21])
    big = frames[20][5:280:10, 5:280:10]
    assert np.abs(big - far).mean() < 5  # the middles of its pixels, ten times as wide
    assert files[1].stat().st_size < 2_000_000

    page.get_by_role("button", name="Interpolate", exact=True).click()
    expect(between).to_have_value(re.compile(r"^0\.[3-9]"))
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Interpolate", exact=True).wait_for()
    assert (settled(page) != near).any()
