from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from wvae.ui.choice import SELECTION


def test_ten_digits_in_ten_hands(show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    assert not app.exception
    assert not app.error
    assert app.caption[-1].value.count("writer ") == 10


@pytest.mark.parametrize("way", ["digits", "digit", "writer"])
def test_hands_are_chosen_in_other_ways(way: str, show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    app.selectbox(key="Hand (columns)-by").set_value(way).run()
    assert not app.exception
    assert app.caption[-1].value.count("writer ") == 10


def test_others_draws_other_pictures(show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    before = app.caption[-1].value
    app.main.button[0].click().run()
    assert not app.exception
    assert app.caption[-1].value != before


def test_a_selection_of_the_map_or_none(show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    app.selectbox(key="Content (rows)-by").set_value("map").run()
    assert not app.exception
    assert "Nothing is chosen yet" in app.main.info[0].value
    app.session_state[SELECTION] = {"synthetic by 100 unseen writers": [5, 17, 23]}
    app.run()
    assert "Nothing is chosen yet" in app.main.info[0].value  # other digits are in view now
    app.session_state[SELECTION] = {"synthetic by all 500 writers": [5, 17, 23]}
    app.run()
    assert not app.exception
    assert not app.main.info


def test_a_writer_without_the_others(show: Callable[..., AppTest]) -> None:
    app = show("style_transfer")
    app.sidebar.segmented_control(key="whose").set_value("chosen").run()
    app.sidebar.multiselect(key="who").set_value([7]).run()
    assert not app.exception
    assert app.caption[-1].value.endswith("from left to right: writer 7.")
