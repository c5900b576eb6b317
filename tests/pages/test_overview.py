"""The overview's first figure, and what it calls the models."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conditional import CONFIG, conditional_model
from wvae.checkpoint import save_checkpoint

Show = Callable[..., AppTest]


@pytest.mark.parametrize(
    ("sizes", "up"),
    [
        ({"latent_a": 1, "latent_b": 1}, "Up: latent B, the slant."),
        ({}, "Up: the first axis of latent B, the slant (the others at 0)."),
        ({"named_axes": 0}, "Up: the first axis of latent B (the others at 0)."),
    ],
)
def test_it_opens_on_every_digit_in_every_style(sizes: dict[str, int], up: str, house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/mine", conditional_model(replace(CONFIG, **sizes)), {})
    app = show("overview", model="mine")
    assert not app.exception
    assert not app.error
    sentence = f"Across: latent A, ten digits. {up} Every column is one digit, every row one style."
    assert app.markdown[0].value == sentence


def test_models_without_a_centre_of_each_digit_have_no_such_figure(house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/mine", conditional_model(CONFIG), {})
    assert "Across" not in show("overview", model="qmnist-1d", compare="qmnist-10d").markdown[0].value
    compared = show("overview", model="qmnist-1d", compare="mine").markdown
    assert [text.value.endswith("Decoded by mine.") for text in compared if "Across" in text.value] == [True]


def test_a_model_of_the_article_is_called_so(house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/mine", conditional_model(CONFIG), {"preset": "wvae"})
    app = show("overview", model="mine", compare="qmnist-10d")
    assert [text.value for text in app.sidebar.caption] == ["qmnist-10d is the article's model."]
    assert app.header[0].value == "How good are mine and qmnist-10d (the article's model)?"
    kinds = show("models_and_data").dataframe[0].value.set_index("model")["kind"]
    assert (kinds["mine"], kinds["qmnist-10d"]) == ("wvae", "the article's model")
