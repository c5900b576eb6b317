import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from wvae.digits import DigitSet
from wvae.ui.choice import SELECTION


def pictures(app: AppTest, side: str) -> list[tuple[int, int]]:
    """Digit and writer of each picture that the page names at a side, "Rows" or "Columns"."""
    (caption,) = [caption.value for caption in app.caption if caption.value.startswith(side)]
    return [(int(digit), int(writer)) for digit, writer in re.findall(r"(\d) by writer (\d+)", caption)]


def test_one_of_each_digit_in_the_styles_of_different_writers(show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    assert not app.exception
    assert not app.error
    assert [digit for digit, _ in pictures(app, "Rows")] == list(range(10))
    assert len({writer for _, writer in pictures(app, "Columns")}) == 10


@pytest.mark.parametrize("side", ["rows", "columns"])
@pytest.mark.parametrize("way", ["digits", "writers", "digit", "writer"])
def test_a_side_is_chosen_in_any_way(side: str, way: str, show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    app.selectbox(key=f"transfer-{side}-by").set_value(way).run()
    if way in ("digit", "writer"):
        app.selectbox(key=f"transfer-{side}-{way}").set_value(3).run()
    assert not app.exception
    found = pictures(app, side.capitalize())
    digits, writers = [digit for digit, _ in found], [writer for _, writer in found]
    assert len(found) == 10
    if way in ("digits", "writer"):
        assert digits == list(range(10))
    if way == "writers":
        assert writers == sorted(set(writers))
    if way == "digit":
        assert digits == [3] * 10
    if way == "writer":
        assert writers == [3] * 10


def test_others_draws_other_pictures(show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    before = app.main.caption[-1].value
    app.main.button[0].click().run()
    assert not app.exception
    assert app.main.caption[-1].value != before


def test_a_selection_of_the_map_or_none(show: Callable[..., AppTest], default_digits: DigitSet) -> None:
    app = show("style_transfer")
    app.selectbox(key="transfer-rows-by").set_value("map").run()
    assert not app.exception
    assert "No pictures are chosen yet" in app.main.info[0].value
    app.session_state[SELECTION] = {("synthetic by 100 held-out writers", 0): [5, 17, 23]}
    app.run()
    assert "No pictures are chosen yet" in app.main.info[0].value  # other digits are in view now
    app.session_state[SELECTION] = {("synthetic by all 500 writers", 0): [5, 17, 23]}
    app.run()
    assert not app.exception
    assert not app.main.info
    digits = default_digits[[5, 17, 23]]
    assert pictures(app, "Rows") == list(zip(digits.digits, digits.writers, strict=True))


def test_a_writer_without_the_others(show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    app.sidebar.segmented_control(key="whose").set_value("chosen").run()
    app.sidebar.multiselect(key="who").set_value([7]).run()
    assert not app.exception
    assert [writer for _, writer in pictures(app, "Columns")] == [7]
