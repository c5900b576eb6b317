"""The latent map's controls; what is drawn is tested in the browser."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from wvae.checkpoint import load_checkpoint, save_checkpoint, weights_digest
from wvae.digits import DigitSet
from wvae.latents import decode, encode
from wvae.model import ModelConfig, build_model
from wvae.morphometry import slant, thickness
from wvae.plots import RAMP
from wvae.projection import SUBSAMPLE, Projection, rows_drawn
from wvae.shipped_layouts import layout_key, write_layouts
from wvae.sources import identity, load_digits
from wvae.ui.choice import CLUSTERING, Choice, Clustered
from wvae.ui.colours import clusters_in_view, colours_by_digit, colours_by_group, colours_by_measure, colours_of
from wvae.ui.gallery import pictures_of, table_of
from wvae.ui.page_bodies import layouts
from wvae.ui.page_bodies.layouts import Layout

HERE = Path(__file__).resolve().parents[2]
Show = Callable[..., AppTest]


def test_any_dimension_goes_on_either_axis(show: Show) -> None:
    app = show("latent_map", show="plane")
    assert app.selectbox(key="across").options == [*(f"A{d}" for d in range(1, 11)), *(f"B{d}" for d in range(1, 11))]
    assert (app.selectbox(key="across").value, app.selectbox(key="up").value) == ("A1", "B1")
    app.selectbox(key="across").set_value("B7").run()
    app.selectbox(key="up").set_value("B7").run()
    assert not app.exception
    assert "30,000 digits of synthetic by all 500 writers" in app.caption[0].value


def test_writers_are_chosen_and_found(show: Show) -> None:
    app = show("latent_map", colour="writer")
    (writers,) = app.multiselect
    assert len(writers.value) == 4
    assert len(writers.options) == 500
    writers.set_value([]).run()
    assert not app.exception


@pytest.mark.parametrize("colour", ["slant", "thickness", "error"])
def test_a_measure_colours_the_map(colour: str, show: Show, synthetic: DigitSet) -> None:
    app = show("latent_map", colour=colour, whose="held out")
    assert not app.exception
    assert not app.error
    assert app.segmented_control(key="colour").value == colour

    few, folder = synthetic[:500], HERE / "checkpoints/synthetic-10d"
    model = load_checkpoint(folder)
    choice = Choice(folder, "synthetic:100", 0, model, few, np.arange(500), "some")
    latents = encode(model, synthetic.images)
    decoded, ink = decode(model, latents.mean_a[:500], latents.mean_b[:500]), few.images / 255
    expected = {
        "slant": slant(few.images),
        "thickness": thickness(few.images),
        "error": -(ink * np.log(decoded) + (1 - ink) * np.log(1 - decoded)).sum((1, 2)),
    }[colour]
    colours = colours_of(colour, choice, f"500 digits {colour}")
    assert colours.legend["title"] == colour
    low, high = np.quantile(expected, (0.01, 0.99))
    assert (colours.legend["from"], colours.legend["to"]) == (pytest.approx(low, 1e-3), pytest.approx(high, 1e-3))
    assert np.abs(colours.codes - 255 * ((expected - low) / (high - low)).clip(0, 1)).max() <= 1


def test_an_axis_of_the_writer_projection_colours_the_map_of_models_that_have_one(
    house: Path, show: Show, synthetic: DigitSet
) -> None:
    model = build_model(ModelConfig(2, 4, 20, writer_dimensions=3)).eval()
    model.writer_projection.matrix.copy_(torch.tensor([[0, 0, 2, 0], [1, 0, 0, 0], [0, 0, 0, 1]]))
    save_checkpoint(house / "runs/mine", model, {})
    app = show("latent_map", model="mine", colour="writer projection", projected="2", whose="chosen")
    assert not app.exception
    assert (app.segmented_control(key="projected").options, app.segmented_control(key="projected").value) == (
        ["1", "2", "3"],
        2,
    )
    app = show("latent_map", model="synthetic-10d", colour="writer projection")
    assert not app.exception
    assert app.segmented_control(key="colour").value == "digit"
    assert "writer projection" not in app.segmented_control(key="colour").options

    few = synthetic[:500]
    choice = Choice(house / "runs/mine", "synthetic:100", 0, model, few, np.arange(500), "some")
    expected = colours_by_measure(2 * encode(model, few.images).mean_b[:, 2], "writer projection 1")
    found = colours_of("writer projection", choice, "key")
    assert np.abs(found.codes.astype(int) - expected.codes).max() <= 1
    assert found.legend["title"] == "writer projection 1"


def test_a_query_that_is_none_or_finds_nothing_is_said_and_selects_nothing(show: Show) -> None:
    app = show("latent_map", query="digit = 3 AND A1 > -99")
    assert not app.error
    assert not app.warning
    assert "3,000 selected" in [heading.value for heading in app.header]
    for query, said in (("digit ==", "cannot be read"), ("#0123abcd", "There is no selection #0123abcd here")):
        app.text_input(key="query").set_value(query).run()
        assert said in app.error[0].value
        assert "Nothing is selected." in app.main.info[0].value
    app.text_input(key="query").set_value("digit == 3 and slant > 89").run()
    assert not app.error
    assert "No digit in view matches" in app.warning[0].value


def test_side_by_side(show: Show) -> None:
    app = show("latent_map", show="A beside B", model="qmnist-1d")  # of one dimension each: nothing to lay out
    assert not app.exception
    assert app.toggle(key="everything").disabled
    app = show("latent_map", show="A beside B", method="t-SNE", whose="chosen")
    assert not app.exception
    assert not app.toggle(key="everything").disabled
    assert "PCA until then." in [text.value for text in app.markdown]


def test_it_opens_on_a_layout_that_shipped_where_one_fits(house: Path, show: Show, default_digits: DigitSet) -> None:
    folder, digits = house / "runs/mine", default_digits
    save_checkpoint(folder, build_model(ModelConfig(3, 4, 10)), {})
    rows = rows_drawn(len(digits), SUBSAMPLE)
    positions = np.random.default_rng(0).random((SUBSAMPLE, 2), np.float32)

    def ship(data: str, letters: str) -> None:
        keys = [layout_key(weights_digest(folder), data, letter, "UMAP", rows) for letter in letters]
        write_layouts(folder, dict.fromkeys(keys, Projection(rows, positions)))

    def opened() -> tuple[str, str, bool]:
        app = show("latent_map", model="mine")
        assert not app.exception
        waits = "PCA until then." in [text.value for text in app.markdown]
        return app.segmented_control(key="show").value, app.segmented_control(key="method").value, waits

    assert opened() == ("A beside B", "PCA", False)
    ship(identity("synthetic", digits), "A")
    assert opened() == ("A beside B", "PCA", False)
    ship("other digits", "AB")
    assert opened() == ("A beside B", "PCA", False)
    ship(identity("synthetic", digits), "AB")
    assert opened() == ("A beside B", "UMAP", False)

    app = show("latent_map", model="mine")
    app.sidebar.segmented_control(key="whose").set_value("held out").run()
    assert app.segmented_control(key="method").value == "PCA"  # of these digits none has shipped
    app.sidebar.segmented_control(key="whose").set_value("all").run()
    assert app.segmented_control(key="method").value == "UMAP"
    app.segmented_control(key="show").set_value("plane").run()
    app.segmented_control(key="show").set_value("A beside B").run()
    app.sidebar.selectbox(key="model").set_value("qmnist-1d").run()
    assert app.segmented_control(key="show").value == "plane"


def test_where_a_cannot_be_projected_b_still_is(show: Show, default_digits: DigitSet) -> None:
    digits = default_digits
    latents = encode(load_checkpoint(HERE / "checkpoints/synthetic-10d"), digits.images)
    app = show("latent_map", show="A beside B", method="PCA", whose="chosen", model="synthetic-10d")
    app.sidebar.multiselect(key="who").set_value([8, 9]).run()
    layouts._projector().forgive()
    layouts._projector().stop(latents.mean_a[np.isin(digits.writers, [8, 9])], "t-SNE")
    app.segmented_control(key="method").set_value("t-SNE").run()
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith("Latent A of synthetic-10d: t-SNE was stopped")
    assert [text.value for text in app.markdown if "latent B" in text.value and "t-SNE of 120 digits" in text.value]


def test_a_clustering_colours_the_digits_in_view() -> None:
    labels, rows = np.array([4, 5, 4]), np.array([1, 3, 6])
    digits = load_digits("synthetic:1")[:7]
    clustered = Clustered("synthetic:1", 0, rows, labels)
    choice = Choice(Path(), "synthetic:1", 0, load_checkpoint(HERE / "checkpoints/synthetic-10d"), digits, None, "all")
    assert clusters_in_view(choice, clustered).tolist() == [-2, 4, -2, 5, -2, -2, 4]
    left_out = replace(clustered, labels=np.array([4, -1, 4]))
    st.session_state[CLUSTERING] = left_out
    colours = colours_of("cluster", choice, "key")
    assert colours.codes.tolist() == [0, 1, 0, 0, 0, 0, 1]
    assert [entry["name"] for entry in colours.legend["entries"]] == ["others", "cluster 4"]
    some = replace(choice, digits=digits[[3, 5]], rows=np.array([3, 5]))
    assert clusters_in_view(some, clustered).tolist() == [5, -2]


def test_layouts() -> None:
    plane = Layout(("A10", "B1"))
    assert (plane.decoded, plane.of_a_and_b) == (True, (9, 0))
    assert (Layout(("B1", "A10")).decoded, Layout(("B1", "A10")).of_a_and_b) == (True, None)
    assert (Layout(("B7", "B7")).decoded, Layout(("B7", "B7")).of_a_and_b) == (False, None)
    assert (Layout(None, "UMAP").decoded, Layout(None, "UMAP").of_a_and_b) == (False, None)


def test_colours() -> None:
    digits = np.array([3, 0, 9])
    assert colours_by_digit(digits).codes.tolist() == [3, 0, 9]
    assert [entry["mark"] for entry in colours_by_digit(digits).legend["entries"]] == list(range(10))
    by_writer = colours_by_group(np.array([7, 8, 7, 5]), [8, 5], "writer")
    assert by_writer.codes.tolist() == [0, 1, 0, 2]
    assert by_writer.legend["entries"] == [
        {"name": "others"},
        {"name": "writer 8", "number": 8, "mark": 0},
        {"name": "writer 5", "number": 5, "mark": 1},
    ]
    many = colours_by_group(np.arange(1000), range(700), "writer")
    assert many.codes.tolist() == [*range(1, 701), *[0] * 300]
    assert len({entry["mark"] for entry in many.legend["entries"][1:]}) == 700
    measure = colours_by_measure(np.linspace(0, 100, 1001, dtype=np.float32), "slant", "°")
    assert measure.codes[[0, 500, 1000]].tolist() == [0, 128, 255]
    assert (measure.legend["from"], measure.legend["to"]) == (1, 99)
    assert len(RAMP) == 256
    assert colours_by_measure(np.full(5, 2, np.float32), "slant", "°").codes.tolist() == [0] * 5
    assert colours_by_measure(np.empty(0, np.float32), "slant", "°").codes.tolist() == []


def test_a_selection_can_be_taken_away_and_loaded_again(synthetic: DigitSet, tmp_path: Path) -> None:
    rows = np.array([5, 77, 4000])
    zipfile.ZipFile(io.BytesIO(pictures_of(synthetic, rows))).extractall(tmp_path)
    again = load_digits(f"folder:{tmp_path}")
    assert again.digits.tolist() == synthetic.digits[rows].tolist()
    assert again.writers.tolist() == synthetic.writers[rows].tolist()
    for one, other in zip(again.images, synthetic.images[rows], strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.8
    latents = encode(load_checkpoint(HERE / "checkpoints/synthetic-10d"), synthetic.images)
    table = list(csv.DictReader(io.StringIO(table_of(synthetic, latents, rows).decode())))
    assert [line["row"] for line in table] == ["5", "77", "4000"]
    assert [int(line["writer"]) for line in table] == synthetic.writers[rows].tolist()
    assert np.allclose([float(line["B10"]) for line in table], latents.mean_b[rows, 9], rtol=1e-5)
