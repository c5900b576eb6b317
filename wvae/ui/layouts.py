"""How the latent map is laid out: a plane of two dimensions, or A beside B, each in two dimensions."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.errors import WvaeError
from wvae.latents import Latents
from wvae.projection import SUBSAMPLE, Projection, Projector, Waiting, project
from wvae.ui.choice import RUNS
from wvae.ui.latent_map import Axis, Pane

CACHE = RUNS / ".projections"
LETTERS = ("A", "B")

Floats = NDArray[np.float32]


def plane_pane(names: Sequence[str], x: str, y: str) -> Pane:
    """Two dimensions among ``names``, those of A and then those of B."""
    return Pane(f"{x} {y}", *(Axis(f"latent {name[0]} {name[1:]}", names.index(name)) for name in (x, y)))


def beside_panes(latents: Latents, key: str, method: str, everything: bool) -> list[Pane]:
    """A and B side by side, laid out by a method; by PCA until it is done, which the page then shows."""
    count = len(latents.mean_a)
    n = None if everything or count <= SUBSAMPLE else SUBSAMPLE
    panes, waiting = [], []
    for letter, latent in zip(LETTERS, (latents.mean_a, latents.mean_b), strict=True):
        if latent.shape[1] <= 2:
            panes.append(_as_it_is(letter, latent, key))
            continue
        made: Projection | Waiting
        try:
            made = _projector().ask(latent, method, n)
        except WvaeError as error:
            st.error(f"Latent {letter}: {error}")
            st.button("Try again", key=f"again {letter}", on_click=_projector().forgive)
            made = project(latent, "PCA")
            method = "PCA"
        if isinstance(made, Waiting):
            waiting.append(letter)
            panes.append(_pane(letter, "PCA", project(latent, "PCA"), count, key))
        else:
            panes.append(_pane(letter, method, made, count, key))
    if waiting:
        _wait(waiting, latents, method, n)
    elif method != "PCA" and n is not None:
        st.caption(f"{method} of {n:,} of {count:,} digits, drawn at random; **all digits** lays out every one.")
    if method == "PCA":
        _projector().warm()  # whoever looks at PCA may ask for UMAP next
    return panes


def _pane(letter: str, method: str, made: Projection, count: int, key: str) -> Pane:
    positions = np.full((count, 2), np.nan, np.float32)
    positions[made.rows] = made.positions
    x, y = (Axis(f"latent {letter}, {method} {i + 1}", values=positions[:, i]) for i in (0, 1))
    return Pane(f"{key} {letter} {method} {len(made.rows)}", x, y)


def _as_it_is(letter: str, latent: Floats, key: str) -> Pane:
    """One or two dimensions need no projection; one alone is spread at random so that its dots can be told apart."""
    x = Axis(f"latent {letter} 1", values=latent[:, 0])
    if latent.shape[1] == 2:
        return Pane(f"{key} {letter}", x, Axis(f"latent {letter} 2", values=latent[:, 1]))
    spread = np.random.default_rng(0).random(len(latent), np.float32)
    return Pane(f"{key} {letter}", x, Axis(None, values=spread))


@st.fragment(run_every=1.0)
def _wait(letters: Sequence[str], latents: Latents, method: str, n: int | None) -> None:
    """Say what is worked on and for how long, until all is there."""
    count = n or len(latents.mean_a)
    latent_of = dict(zip(LETTERS, (latents.mean_a, latents.mean_b), strict=True))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        try:
            answers = [(letter, _projector().ask(latent_of[letter], method, n)) for letter in letters]
        except WvaeError:
            st.rerun()  # the page will say it
        still = [(letter, made.seconds) for letter, made in answers if isinstance(made, Waiting)]
        for letter, seconds in still:
            since = "waits its turn" if seconds is None else f"{seconds:.0f} s so far"
            st.markdown(f":material/hourglass_top: {method} of {count:,} digits, latent {letter}: {since}.")
        st.markdown("PCA until then.")
        if st.button("Stop", key="stop projecting"):
            for letter, _ in still:
                _projector().stop(latent_of[letter], method, n)
    if not still:
        st.rerun()


@st.cache_resource(show_spinner=False)
def _projector() -> Projector:
    return Projector(CACHE)
