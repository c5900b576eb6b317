"""How the latent map is laid out."""

import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from wvae.digits import DigitSet
from wvae.latents import Latents
from wvae.model import ModelConfig, build_model
from wvae.projection import SUBSAMPLE, Projection, Projector, Waiting
from wvae.ui.choice import Choice
from wvae.ui.page_bodies import layouts
from wvae.ui.page_bodies.layouts import time_said


def seen_as(a: np.ndarray, b: np.ndarray) -> Choice:
    """Blank digits of which a model sees latents A and B."""
    count = len(a)
    blank = DigitSet(np.zeros((count, 28, 28), np.uint8), np.zeros(count, np.int64), np.zeros(count, np.int64))
    model = build_model(ModelConfig(a.shape[1], b.shape[1], 10))
    choice = Choice(Path("runs/mine"), "folder:mine", 0, model, blank, None, "all")
    choice.__dict__["latents"] = Latents(a, np.zeros_like(a), b, np.zeros_like(b))
    return choice


def test_a_failed_projection_of_a_leaves_b_its_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    projector = Projector(tmp_path)
    monkeypatch.setattr(layouts, "_projector", lambda: projector)
    b = np.random.default_rng(0).standard_normal((40, 3), dtype=np.float32)
    choice = seen_as(np.zeros((40, 3), np.float32), b)
    projector.stop(choice.latents.mean_a, "t-SNE")
    while isinstance(projector.ask(b, "t-SNE"), Waiting):
        time.sleep(0.1)

    def page(choice):  # its source runs on its own
        import streamlit as st

        from wvae.ui.page_bodies import layouts

        panes = layouts.panes_of(layouts.Layout(None, "t-SNE"), choice, "key")
        st.text(" and ".join(str(pane.x.title) for pane in panes))

    app = AppTest.from_function(page, args=(choice,), default_timeout=60).run()
    assert not app.exception
    assert "Latent A" in app.error[0].value
    assert app.text[0].value == "latent A, PCA 1 and latent B, t-SNE 1"


@pytest.mark.parametrize(("dimensions", "columns"), [(1, (2, None)), (2, (2, 3))])
def test_one_or_two_dimensions_are_shown_as_they_are(dimensions: int, columns: tuple[int, int | None]) -> None:
    choice = seen_as(np.zeros((6, 2), np.float32), np.zeros((6, dimensions), np.float32))
    a, b = layouts.panes_of(layouts.Layout(None), choice, "key")
    assert (a.x.column, a.y.column) == (0, 1)
    assert (b.x.column, b.y.column) == columns
    assert (b.y.values is None) == (dimensions == 2)


def test_every_digit_is_on_the_map_when_some_are_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Laid:
        def ask(self, latent: np.ndarray, method: str, n: int | None) -> Projection:
            assert (method, n) == ("t-SNE", SUBSAMPLE)
            return Projection(np.arange(n), latent[:n, :2])

    monkeypatch.setattr(layouts, "_projector", Laid)
    a, b = np.random.default_rng(0).standard_normal((2, SUBSAMPLE + 100, 3), np.float32)
    panes = layouts.panes_of(layouts.Layout(None, "t-SNE"), seen_as(a, b), "key")
    for pane, latent in zip(panes, (a, b), strict=True):
        assert pane.x.values is not None
        assert pane.y.values is not None
        assert np.array_equal(pane.x.values[:SUBSAMPLE], latent[:SUBSAMPLE, 0])
        assert np.corrcoef(pane.x.values[SUBSAMPLE:], latent[SUBSAMPLE:, 0])[0, 1] > 0.9
        assert np.isfinite(pane.y.values).all()


def test_what_is_waited_for_says_how_long_it_takes() -> None:
    assert time_said(Waiting(None)) == "waits its turn"
    assert time_said(Waiting(2.4)) == "2 s so far, how long it takes is being measured"
    assert time_said(Waiting(12.4, 40.2)) == "12 s of about 40 s"
    assert time_said(Waiting(50.0, 40.2)) == "50 s so far, longer than the 40 s that were expected"
