from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.conditional import CONFIG, conditional_model
from wvae.checkpoint import load_checkpoint, save_checkpoint
from wvae.digits import DigitSet
from wvae.latents import digit_probabilities, encode
from wvae.model import ModelConfig, build_model
from wvae.own_digits import Picture, save_pictures
from wvae.ui.choice import Choice
from wvae.ui.page_bodies.style_start import digits_of_writer, styled

HERE = Path(__file__).resolve().parents[2]
Show = Callable[..., AppTest]


def check(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    assert len(app.get("bidi_component")) == 4  # theme, the sliders, their decoder and the writers' styles
    return app


@pytest.mark.parametrize("start", ["picture", "writer", "prior"])
@pytest.mark.parametrize("sliders", ["as learned", "by name"])
def test_every_start_with_both_kinds_of_sliders(start: str, sliders: str, show: Show) -> None:
    app = check(show("style_sliders", model="synthetic-10d"))
    app.segmented_control(key="start").set_value(start)
    app.segmented_control(key="sliders").set_value(sliders)
    check(app.run())


def test_another_picture(show: Show) -> None:
    app = show("style_sliders", model="synthetic-10d")
    assert app.number_input(key="picture").value == 1
    next(button for button in app.button if button.label == "Another").click()
    assert check(app.run()).number_input(key="picture").value != 1


def test_the_interpolation_begins_with_two_unlike_writers(show: Show) -> None:
    app = show("style_sliders", model="synthetic-10d")
    assert app.selectbox(key="from").value != app.selectbox(key="to").value
    app.selectbox(key="to").set_value(app.selectbox(key="from").value)
    check(app.run())


def test_one_writer_in_view(show: Show) -> None:
    app = show("style_sliders", model="synthetic-10d")
    app.number_input(key="picture").set_value(29_000).run()
    app.sidebar.segmented_control(key="whose").set_value("chosen").run()
    app.sidebar.multiselect(key="who").set_value(app.sidebar.multiselect(key="who").value[:1])
    check(app.run())
    assert app.number_input(key="picture").value == 1  # there are fewer pictures now
    assert not [box for box in app.selectbox if box.key in ("from", "to")]


def test_a_model_of_one_dimension_each_without_a_classifier(house: Path, show: Show) -> None:
    torch.manual_seed(0)
    save_checkpoint(house / "runs/small", build_model(ModelConfig(1, 1, 10, classifier="none")), {})
    app = show("style_sliders", model="synthetic-10d")
    assert app.segmented_control(key="sliders")
    app.sidebar.selectbox(key="model").set_value("small")
    check(app.run())
    assert not [control for control in app.segmented_control if control.key == "sliders"]  # nothing to turn


def test_a_model_with_named_axes(house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/named", conditional_model(), {})
    save_checkpoint(house / "runs/all named", conditional_model(replace(CONFIG, latent_a=1, latent_b=2)), {})
    app = check(show("style_sliders", model="named"))
    assert not [control for control in app.segmented_control if control.key == "sliders"]  # the axes are named anyway
    app.sidebar.selectbox(key="model").set_value("all named")
    check(app.run())


PAGE = str(HERE / "pages/style_sliders.py")


def by_address(**query: str) -> AppTest:
    app = AppTest.from_file(str(HERE / "dashboard.py"), default_timeout=60).switch_page(PAGE)
    app.query_params.update(query)
    return check(app.run())


def test_the_choices_are_in_the_address(house: Path) -> None:
    app = by_address(model="synthetic-10d", picture="17", sliders="by name", to="5")
    assert app.number_input(key="picture").value == 17
    assert app.segmented_control(key="sliders").value == "by name"
    assert app.selectbox(key="to").value == 5
    assert by_address(start="writer", writer="12").selectbox(key="writer").value == 12


def test_an_address_that_names_what_is_not_there(house: Path) -> None:
    assert by_address(picture="999999999").number_input(key="picture").value == 1
    assert by_address(start="writer", writer="123456789").selectbox(key="writer").value < 500
    assert by_address(start="nowhere", sliders="?", to="none").segmented_control(key="start").value == "picture"


def test_a_picture_read_as_another_digit(house: Path, show: Show) -> None:
    from PIL import Image

    one = Image.new("L", (40, 60), 255)
    one.paste(0, (18, 10, 24, 50))
    one.save(house / "one.png")
    written = (house / "one.png").read_bytes()
    save_pictures([Picture("a.png", written, 1, 0), Picture("b.png", written, 0, 1)], "mine", house / "data")
    app = check(show("style_sliders", model="synthetic-10d", source="folder:mine"))
    said = [[warning.value for warning in app.warning]]
    app.number_input(key="picture").set_value(2)
    said.append([warning.value for warning in check(app.run()).warning])
    assert said == [[], ["synthetic-10d reads this 0 as a 1, and draws it as a 1."]]


def test_a_writers_digits_have_the_a_of_that_writer(synthetic: DigitSet) -> None:
    folder = HERE / "checkpoints/synthetic-10d"
    digits = synthetic[(synthetic.writers < 4) & ~((synthetic.writers == 2) & (synthetic.digits == 3))]
    digits.digits[np.flatnonzero((digits.writers == 2) & (digits.digits == 5))] = 6  # written like a 5
    choice = Choice(folder, "folder:mine", 0, load_checkpoint(folder), digits, None, "all")
    choice.__dict__["latents"] = encode(choice.model, digits.images)
    model = styled(choice)
    a, read = model.choice.latents.mean_a, digit_probabilities(model.choice.model, model.choice.latents.mean_a)
    own = digits_of_writer(model, 2)
    for digit in range(10):
        theirs = (digits.writers == 2) & (digits.digits == digit) & (read.argmax(1) == digit)
        assert theirs.any() == (digit not in (3, 5))
        assert np.allclose(own[digit], a[theirs].mean(0) if theirs.any() else np.nan, atol=1e-6, equal_nan=True)

    def page(model):  # its source runs on its own
        import streamlit as st

        from wvae.ui.page_bodies.style_start import choose_start

        st.session_state["writer"] = 2
        st.session_state["chosen"] = choose_start("writer", [model])

    app = AppTest.from_function(page, args=(model,), default_timeout=60).run()
    assert not app.exception
    start = app.session_state["chosen"]
    assert "of 3, 5 the mean A of all writers: there is none by writer 2 that synthetic-10d reads" in start.caption
    assert np.array_equal(start.digits_a[0], np.where(np.isnan(own), model.digits_a, own))
    assert (start.digit, start.writer) == (0, 2)
    assert np.array_equal(start.codes[0].a, own[0])
    assert np.array_equal(start.codes[0].b, model.styles[2].b)
