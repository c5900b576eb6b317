"""A second model beside the first, on the pages that compare."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.conditional import conditional_model
from wvae.checkpoint import load_checkpoint, save_checkpoint
from wvae.digits import DigitSet
from wvae.directions import Axes, Name, Spread
from wvae.latents import encode
from wvae.model import ModelConfig, build_model
from wvae.ui.style_sliders import SliderModel, directions_of

HERE = Path(__file__).resolve().parents[2]
COMPARING = ["latent_map", "overview", "style_sliders", "style_transfer"]
OTHERS = ["models_and_data", "training", "writer_clustering"]
Show = Callable[..., AppTest]


def check(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def sent_to_sliders(app: AppTest) -> dict[str, object]:
    (sent,) = [
        one.proto.json for one in app.get("bidi_component") if one.proto.component_name.endswith("style_sliders")
    ]
    return json.loads(sent)


@pytest.mark.parametrize("page", COMPARING)
@pytest.mark.parametrize("pair", [("qmnist-10d", "qmnist-1d"), ("qmnist-1d", "synthetic-10d")])
def test_two_models_of_any_size(page: str, pair: tuple[str, str], show: Show) -> None:
    app = check(show(page, model=pair[0], compare=pair[1]))
    assert app.sidebar.selectbox(key="compare").value == pair[1]
    assert pair[0] not in app.sidebar.selectbox(key="compare").options
    app.sidebar.selectbox(key="model").set_value(pair[1])
    assert check(app.run()).sidebar.selectbox(key="compare").value is None


@pytest.mark.parametrize("page", OTHERS)
def test_other_pages_do_not_compare(page: str, show: Show) -> None:
    app = check(show(page, compare="qmnist-1d"))
    assert "compare" not in [box.key for box in app.sidebar.selectbox]


def test_a_link_sets_the_second_model(show: Show) -> None:
    app = show("style_transfer")
    app.query_params["to-compare"] = "qmnist-1d"
    assert check(app.run()).sidebar.selectbox(key="compare").value == "qmnist-1d"
    app.query_params["to-compare"] = "nonsense"
    assert check(app.run()).sidebar.selectbox(key="compare").value is None


def test_the_second_model_goes_along_to_other_pages(show: Show) -> None:
    app = show("overview", model="synthetic-10d", compare="qmnist-1d")
    for page in ("training", "latent_map"):
        app = check(app.switch_page(str(HERE / f"pages/{page}.py")).run())
    assert app.sidebar.selectbox(key="compare").value == "qmnist-1d"


@pytest.mark.parametrize("page", COMPARING)
def test_a_small_model_without_classifier_and_figures(page: str, house: Path, show: Show) -> None:
    torch.manual_seed(0)
    save_checkpoint(house / "runs/small", build_model(ModelConfig(1, 1, 10, classifier="none")), {})
    for model, other in (("synthetic-10d", "small"), ("small", "synthetic-10d")):
        app = check(show(page, model=model, compare=other))
        if page == "overview":
            assert "small came without figures" in app.main.info[0].value


def test_equal_models(house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/same", load_checkpoint(HERE / "checkpoints/synthetic-10d"), {})
    for page in COMPARING:
        check(show(page, compare="same", whose="chosen"))


def test_a_broken_second_model_is_said(house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/broken", load_checkpoint(HERE / "checkpoints/synthetic-10d"), {})
    (house / "runs/broken/model.safetensors").write_bytes(b"\0" * 100)
    app = show("overview", model="synthetic-10d", compare="broken")
    assert not app.exception
    assert "truncated or corrupt" in app.error[0].value


def test_digits_that_are_held_out_for_the_first_alone(house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/mine", load_checkpoint(HERE / "checkpoints/synthetic-10d"), {})
    model, held_out = "synthetic-10d", "Held out for synthetic-10d; for mine: may have been seen."
    captions = show("overview", model=model, compare="mine", whose="held out").sidebar.caption
    assert [caption.value for caption in captions if "eld out" in caption.value] == [held_out]
    captions = show("overview", model=model, compare="qmnist-10d", whose="held out").sidebar.caption
    assert not [caption for caption in captions if "eld out" in caption.value]


def test_figures_are_aligned(show: Show) -> None:
    app = check(show("overview", model="synthetic-10d", compare="qmnist-1d"))
    metrics = [(metric.label, metric.value) for metric in app.metric]
    assert [label for label, _ in metrics] == ["synthetic-10d", "qmnist-1d"] * (len(metrics) // 2)
    assert metrics[:2] == [("synthetic-10d", "69.6"), ("qmnist-1d", "154.2")]
    assert "10 + 10 numbers by synthetic-10d, then from 1 + 1 numbers by qmnist-1d" in app.main.caption[-1].value


def test_the_plane_is_of_dimensions_that_both_models_have(show: Show) -> None:
    app = check(show("latent_map", model="synthetic-10d", compare="qmnist-1d", show="plane", across="A7"))
    assert app.selectbox(key="across").options == ["A1", "B1"]
    assert app.selectbox(key="across").value == "A1"
    app.sidebar.selectbox(key="compare").set_value(None)
    assert len(check(app.run()).selectbox(key="across").options) == 20


def test_side_by_side_maps_wait_for_each_model(show: Show) -> None:
    app = check(
        show(
            "latent_map", model="synthetic-10d", compare="qmnist-10d", show="A beside B", method="t-SNE", whose="chosen"
        )
    )
    waiting = [text.value for text in app.markdown if "hourglass" in text.value]
    assert sorted({model for text in waiting for model in ("synthetic-10d", "qmnist-10d") if model in text}) == [
        "qmnist-10d",
        "synthetic-10d",
    ]


def test_sheets_of_the_same_digits(show: Show) -> None:
    app = check(show("style_transfer", model="synthetic-10d", compare="qmnist-1d"))
    captions = [caption.value for caption in app.main.caption]
    assert captions[:2] == ["Decoded by synthetic-10d.", "Decoded by qmnist-1d."]
    assert len(app.get("image")) == 2


@pytest.mark.parametrize("start", ["picture", "writer", "prior"])
def test_both_models_start_at_the_same(start: str, show: Show, default_digits: DigitSet) -> None:
    sent = sent_to_sliders(check(show("style_sliders", model="synthetic-10d", compare="qmnist-1d", start=start)))
    for name, shown in zip(("synthetic-10d", "qmnist-1d"), sent["models"], strict=True):
        model = load_checkpoint(HERE / "checkpoints" / name)
        latents = encode(model, default_digits.images[default_digits.writers == 0])
        expected = {
            "picture": latents.mean_b[0],
            "writer": latents.mean_b.mean(0),
            "prior": np.zeros(model.config.latent_b),
        }[start]
        assert shown["name"] == name
        assert np.allclose(shown["start"]["b"], expected, atol=1e-4)


@pytest.mark.parametrize("sliders", ["as learned", "by name"])
def test_a_slider_moves_what_goes_by_the_same_label(sliders: str, show: Show) -> None:
    sent = sent_to_sliders(check(show("style_sliders", model="synthetic-10d", compare="qmnist-1d", sliders=sliders)))
    labels = [slider["label"] for slider in sent["sliders"]]
    first, second = (dict(zip(labels, model["directions"], strict=True)) for model in sent["models"])
    assert all(len(first[label]) == 10 for label in labels)
    moved = [label for label in labels if second[label]]
    assert moved[-1] == "A 1"
    assert len(moved) == 2
    assert moved[0] == ("B 1" if sliders == "as learned" else "Slant")
    assert np.allclose(np.abs(second[moved[0]]), 1)


def test_named_axes_move_directions_of_the_same_name(house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/named", conditional_model(), {})
    sent = sent_to_sliders(check(show("style_sliders", model="named", compare="synthetic-10d")))
    sliders = [slider for slider in sent["sliders"] if slider["measure"]]
    assert sliders == sent["sliders"][:4]
    assert [slider["label"] for slider in sliders] == ["Slant", "Thickness", "Width", "Height"]
    assert sliders[1]["measure"] == {"name": "thickness", "unit": "pixels"}
    first, second = (model["directions"] for model in sent["models"])
    assert np.array_equal(first[:4], np.eye(10)[:4])
    assert 1 not in second[0]  # a direction of all dimensions
    assert sorted(slider["label"] for slider in sent["sliders"][4:10]) == [f"B {n}" for n in (10, 5, 6, 7, 8, 9)]

    back = sent_to_sliders(check(show("style_sliders", model="synthetic-10d", compare="named", sliders="by name")))
    assert back["sliders"][0]["label"] == "Slant"
    assert back["models"][1]["directions"][0] == np.eye(10)[0].tolist()


def test_a_lone_dimension_goes_by_the_name_of_its_feature_too() -> None:
    lone = Spread(np.zeros(1, np.float32), np.ones(1, np.float32))
    axes = Axes(np.ones((1, 1), np.float32), [Name("slant", 0.9)])
    model = SliderModel("mine", build_model(ModelConfig(1, 1, 10)), lone, lone, axes, {})
    assert directions_of(model, ["B 1", "Slant", "Width", "A 1", "A 2"]) == [[1], [1], None, [1], None]
