"""How the latent map is laid out."""

import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from wvae.latents import Latents
from wvae.projection import SUBSAMPLE, Projection, Projector, Waiting
from wvae.ui.page_bodies import layouts


def latents_of(a: np.ndarray, b: np.ndarray) -> Latents:
    return Latents(mean_a=a, mean_b=b, log_variance_a=np.zeros_like(a), log_variance_b=np.zeros_like(b))


def test_a_failed_projection_of_a_leaves_b_its_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    projector = Projector(tmp_path)
    monkeypatch.setattr(layouts, "_projector", lambda: projector)
    b = np.random.default_rng(0).standard_normal((40, 3), dtype=np.float32)
    latents = latents_of(np.zeros((40, 3), np.float32), b)
    projector.stop(latents.mean_a, "t-SNE")
    while isinstance(projector.ask(b, "t-SNE"), Waiting):
        time.sleep(0.1)

    def page(latents):  # its source runs on its own
        import streamlit as st

        from wvae.ui.page_bodies import layouts

        panes = layouts.panes_of(layouts.Layout(None, "t-SNE"), latents, "key", "mine")
        st.text(" and ".join(str(pane.x.title) for pane in panes))

    app = AppTest.from_function(page, args=(latents,), default_timeout=60).run()
    assert not app.exception
    assert "Latent A" in app.error[0].value
    assert app.text[0].value == "latent A, PCA 1 and latent B, t-SNE 1"


@pytest.mark.parametrize(("dimensions", "columns"), [(1, (2, None)), (2, (2, 3))])
def test_one_or_two_dimensions_are_shown_as_they_are(dimensions: int, columns: tuple[int, int | None]) -> None:
    latents = latents_of(np.zeros((6, 2), np.float32), np.zeros((6, dimensions), np.float32))
    a, b = layouts.panes_of(layouts.Layout(None), latents, "key", "mine")
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
    panes = layouts.panes_of(layouts.Layout(None, "t-SNE"), latents_of(a, b), "key", "mine")
    for pane, latent in zip(panes, (a, b), strict=True):
        assert pane.x.values is not None
        assert pane.y.values is not None
        assert np.array_equal(pane.x.values[:SUBSAMPLE], latent[:SUBSAMPLE, 0])
        assert np.corrcoef(pane.x.values[SUBSAMPLE:], latent[SUBSAMPLE:, 0])[0, 1] > 0.9
        assert np.isfinite(pane.y.values).all()
