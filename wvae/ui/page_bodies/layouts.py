"""The page of the latent map: its layout, a plane of two dimensions or A beside B, each in two dimensions."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from wvae.errors import WvaeError
from wvae.figures import plane
from wvae.latents import Latents
from wvae.projection import METHODS, SUBSAMPLE, Floats, Projection, Projector, Waiting, place_all, project
from wvae.ui.choice import RUNS, Choice
from wvae.ui.latent_map import Axis, Pane
from wvae.ui.markdown import plain

CACHE = RUNS / ".projections"
LETTERS = ("A", "B")


class Layout(NamedTuple):
    """What the map shows: a plane of two dimensions, by their names, or else A beside B, laid out by a ``method``."""

    plane: tuple[str, str] | None
    method: str = "PCA"
    everything: bool = False

    @property
    def decoded(self) -> bool:
        """Whether a decoded plane lies below: it has no other axes than two dimensions."""
        return self.plane is not None and self.plane[0] != self.plane[1]

    def subsample(self, count: int) -> int | None:
        """How many of so many digits are laid out, drawn at random; None for all of them."""
        return None if self.method == "PCA" or self.everything or count <= SUBSAMPLE else SUBSAMPLE

    @property
    def of_a_and_b(self) -> tuple[int, int] | None:
        """The dimension of A across and of B up, from 0, if that is what the plane is of."""
        if self.plane is None or (self.plane[0][0], self.plane[1][0]) != ("A", "B"):
            return None
        return int(self.plane[0][1:]) - 1, int(self.plane[1][1:]) - 1


def choose_layout(names: Sequence[str]) -> Layout:
    """The widgets; ``names`` are those of the dimensions."""
    show = st.segmented_control(
        "Show", ["plane", "A beside B"], default="plane", required=True, key="show", bind="query-params"
    )
    if show == "plane":
        x = st.selectbox("Across", names, key="across", bind="query-params", width=90)
        y = st.selectbox("Up", names, names.index("B1"), key="up", bind="query-params", width=90)
        return Layout((x, y))
    method = st.segmented_control(
        "Laid out by", METHODS, default="PCA", required=True, key="method", bind="query-params"
    )
    everything = st.toggle(
        "all digits",
        key="everything",
        bind="query-params",
        disabled=method == "PCA",
        help=f"t-SNE and UMAP lay out {SUBSAMPLE:,} digits drawn at random, and each other digit is placed amid those "
        "of them that are nearest to it in the latent. To lay out all of them can take many minutes.",
    )
    return Layout(None, method, everything)


def panes_of(layout: Layout, latents: Latents, key: str, model: str) -> list[Pane]:
    """The panes of a layout; ``key`` names the data, ``model`` is what the model is called."""
    if layout.plane is None:
        return _beside(latents, key, layout.method, layout.subsample(len(latents.mean_a)), model)
    names = list(latents.columns())
    axes = (Axis(f"latent {name[0]} {name[1:]}", names.index(name)) for name in layout.plane)
    return [Pane(" ".join(layout.plane), *axes)]


def html_button(choice: Choice, dimension_a: int, dimension_b: int) -> None:
    """Take the plane of a dimension of A and one of B away as a web page."""
    st.download_button(
        "Map as HTML",
        lambda: plane(choice.model, choice.latents, choice.digits, dimension_a, dimension_b).to_html().encode(),
        "latent_map.html",
        "text/html",
        on_click="ignore",
        icon=":material/public:",
        help=f"The dots of {choice.name} above the decoded plane, in a file that any browser opens.",
    )


def _beside(latents: Latents, key: str, method: str, n: int | None, model: str) -> list[Pane]:
    """A and B side by side, laid out by a method; by PCA until it is done, which the page then shows."""
    panes, waiting = [], []
    for letter, latent in zip(LETTERS, (latents.mean_a, latents.mean_b), strict=True):
        if latent.shape[1] <= 2:
            panes.append(_as_it_is(letter, latents, key))
            continue
        used = method
        made: Projection | Waiting | None = None
        try:
            made = _projector().ask(latent, method, n)
        except WvaeError as error:
            st.error(f"Latent {letter} of {plain(model)}: {plain(error)}")
            st.button("Try again", key=f"again {letter} {model}", on_click=_projector().forgive)
        if isinstance(made, Waiting):
            waiting.append(letter)
        if not isinstance(made, Projection):
            used, made = "PCA", project(latent, "PCA")
        panes.append(_pane(letter, used, made, latent, key))
    if waiting:
        _wait(waiting, latents, method, n, model)
    if method == "PCA" and max(latent.shape[1] for latent in (latents.mean_a, latents.mean_b)) > 2:
        _projector().warm()  # whoever looks at PCA may ask for UMAP next
    return panes


def _pane(letter: str, method: str, made: Projection, latent: Floats, key: str) -> Pane:
    name = f"{key} {letter} {method} {len(made.rows)}"
    positions = made.positions if len(made.rows) == len(latent) else _place_all(name, made, latent)
    x, y = (Axis(f"latent {letter}, {method} {i + 1}", values=positions[:, i]) for i in (0, 1))
    return Pane(name, x, y)


@st.cache_resource(show_spinner="Placing the other digits …", max_entries=8)
def _place_all(name: str, _made: Projection, _latent: Floats) -> Floats:
    return place_all(_made, _latent)


def _as_it_is(letter: str, latents: Latents, key: str) -> Pane:
    """One or two dimensions need no projection; one alone is spread at random so that its dots can be told apart."""
    names = list(latents.columns())
    first, *second = (names.index(name) for name in names if name.startswith(letter))
    x = Axis(f"latent {letter} 1", first)
    if second:
        return Pane(f"{key} {letter}", x, Axis(f"latent {letter} 2", second[0]))
    spread = np.random.default_rng(0).random(len(latents.mean_a), np.float32)
    return Pane(f"{key} {letter}", x, Axis(None, values=spread))


@st.fragment(run_every=1.0)
def _wait(letters: Sequence[str], latents: Latents, method: str, n: int | None, model: str) -> None:
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
            st.markdown(f":material/hourglass_top: {method} of {count:,} digits, latent {letter} of {model}: {since}.")
        st.markdown("PCA until then.")
        if st.button("Stop", key=f"stop projecting {model}"):
            for letter, _ in still:
                _projector().stop(latent_of[letter], method, n)
    if not still:
        st.rerun()


@st.cache_resource(show_spinner=False)
def _projector() -> Projector:
    return Projector(CACHE)
