"""The page of the latent map: its layout, a plane of two dimensions or A beside B, each in two dimensions."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from wvae.checkpoint import weights_digest
from wvae.errors import WvaeError
from wvae.figures import plane
from wvae.projection import METHODS, SUBSAMPLE, Floats, Projection, Projector, Waiting, place_all, project, rows_drawn
from wvae.shipped_layouts import FILE, layout_key, read_layout
from wvae.sources import identity
from wvae.ui.choice import Choice
from wvae.ui.latent_map import Axis, Pane
from wvae.ui.loaded import RUNS, digits_of, written
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


def choose_layout(choice: Choice, names: Sequence[str]) -> Layout:
    """The widgets; ``names`` are those of the dimensions.

    A model of two dimensions opens on its plane, any other on A beside B, in a projection that need not be waited for.
    """
    shown = _offer("show", "plane" if len(choice.latents.columns()) <= 2 else "A beside B")
    show = st.segmented_control(
        "Show", ["plane", "A beside B"], default=shown, required=True, key="show", bind="query-params", width=130
    )
    if show == "plane":
        x = st.selectbox("Across", names, key="across", bind="query-params", width=90)
        y = st.selectbox("Up", names, names.index("B1"), key="up", bind="query-params", width=90)
        return Layout((x, y))
    at_once = (method for method in METHODS[1:] if _ships(choice, method))
    method = st.segmented_control(
        "Laid out by",
        METHODS,
        default=_offer("method", next(at_once, METHODS[0])),
        required=True,
        key="method",
        bind="query-params",
        width=145,
    )
    everything = st.toggle(
        "all digits",
        key="everything",
        bind="query-params",
        disabled=method == "PCA",
        width=112,
        help=f"t-SNE and UMAP lay out {SUBSAMPLE:,} digits drawn at random, and each other digit is placed amid those "
        "of them that are nearest to it in the latent. To lay out all of them can take many minutes.",
    )
    return Layout(None, method, everything)


def _offer(key: str, offered: str) -> str:
    """The default of a widget, which goes to what is offered now unless another was chosen than was offered before."""
    before = st.session_state.get(f"offered {key}", offered)
    if before != offered and st.session_state.get(key) == before:
        st.session_state[key] = offered
    st.session_state[f"offered {key}"] = offered
    return offered


def panes_of(layout: Layout, choice: Choice, key: str) -> list[Pane]:
    """The panes of a layout; ``key`` names the data."""
    if layout.plane is None:
        return _beside(choice, key, layout.method, layout.subsample(len(choice.digits)))
    names = list(choice.latents.columns())
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


def _means(choice: Choice) -> dict[str, Floats]:
    return dict(zip(LETTERS, (choice.latents.mean_a, choice.latents.mean_b), strict=True))


def _beside(choice: Choice, key: str, method: str, n: int | None) -> list[Pane]:
    """A and B side by side, laid out by a method; by PCA until it is done, which the page then shows."""
    panes, waiting = [], []
    for letter, latent in _means(choice).items():
        if latent.shape[1] <= 2:
            panes.append(_as_it_is(letter, choice, key))
            continue
        used = method
        made: Projection | Waiting | None = None
        try:
            made = _shipped(choice, letter, method, n) or _projector().ask(latent, method, n)
        except WvaeError as error:
            st.error(f"Latent {letter} of {plain(choice.name)}: {plain(error)}")
            st.button("Try again", key=f"again {letter} {choice.name}", on_click=_projector().forgive)
        if isinstance(made, Waiting):
            waiting.append(letter)
        if not isinstance(made, Projection):
            used, made = "PCA", project(latent, "PCA")
        panes.append(_pane(letter, used, made, latent, key))
    if waiting:
        _wait(waiting, choice, method, n)
    return panes


def _ships(choice: Choice, method: str) -> bool:
    """Whether there are latents that need a layout, and each has one that shipped with the model."""
    n = Layout(None, method).subsample(len(choice.digits))
    letters = [letter for letter, latent in _means(choice).items() if latent.shape[1] > 2]
    return bool(letters) and all(_shipped(choice, letter, method, n) for letter in letters)


def _shipped(choice: Choice, letter: str, method: str, n: int | None) -> Projection | None:
    """The layout that shipped with the model; none where some of the source's digits are not in view."""
    if method == "PCA" or choice.rows is not None or not (choice.checkpoint / FILE).exists():
        return None
    rows = rows_drawn(len(choice.digits), n)
    weights = _weights_digest(choice.checkpoint, written(choice.checkpoint))
    key = layout_key(weights, _identity(choice.source, choice.version), letter, method, rows)
    return read_layout(choice.checkpoint, key, rows)


@st.cache_resource(show_spinner=False, max_entries=8)
def _weights_digest(checkpoint: Path, time: int) -> str:
    return weights_digest(checkpoint)


@st.cache_resource(show_spinner=False, max_entries=8)
def _identity(source: str, time: int) -> str:
    return identity(source, digits_of(source))


def _pane(letter: str, method: str, made: Projection, latent: Floats, key: str) -> Pane:
    name = f"{key} {letter} {method} {len(made.rows)}"
    positions = made.positions if len(made.rows) == len(latent) else _place_all(name, made, latent)
    x, y = (Axis(f"latent {letter}, {method} {i + 1}", values=positions[:, i]) for i in (0, 1))
    return Pane(name, x, y)


@st.cache_resource(show_spinner="Placing the other digits …", max_entries=8)
def _place_all(name: str, _made: Projection, _latent: Floats) -> Floats:
    return place_all(_made, _latent)


def _as_it_is(letter: str, choice: Choice, key: str) -> Pane:
    """One or two dimensions need no projection; one alone is spread at random so that its dots can be told apart."""
    names = list(choice.latents.columns())
    first, *second = (names.index(name) for name in names if name.startswith(letter))
    x = Axis(f"latent {letter} 1", first)
    if second:
        return Pane(f"{key} {letter}", x, Axis(f"latent {letter} 2", second[0]))
    spread = np.random.default_rng(0).random(len(choice.digits), np.float32)
    return Pane(f"{key} {letter}", x, Axis(None, values=spread))


@st.fragment(run_every=1.0)
def _wait(letters: Sequence[str], choice: Choice, method: str, n: int | None) -> None:
    """Say what is worked on and how long it takes, until all is there."""
    count, latent_of = n or len(choice.digits), _means(choice)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        try:
            answers = [(letter, _projector().ask(latent_of[letter], method, n)) for letter in letters]
        except WvaeError:
            st.rerun()  # the page will say it
        still = [(letter, made) for letter, made in answers if isinstance(made, Waiting)]
        for letter, made in still:
            what = f":material/hourglass_top: {method} of {count:,} digits, latent {letter} of {choice.name}:"
            st.markdown(f"{what} {time_said(made)}.")
        st.markdown("PCA until then.")
        if st.button("Stop", key=f"stop projecting {choice.name}"):
            for letter, _ in still:
                _projector().stop(latent_of[letter], method, n)
    if not still:
        st.rerun()


def time_said(waiting: Waiting) -> str:
    """How long something is worked on, and how long it will take."""
    if waiting.seconds is None:
        return "waits its turn"
    if waiting.expected is None:
        return f"{waiting.seconds:.0f} s so far, how long it takes is being measured"
    if waiting.seconds > waiting.expected:
        return f"{waiting.seconds:.0f} s so far, longer than the {waiting.expected:.0f} s that were expected"
    return f"{waiting.seconds:.0f} s of about {waiting.expected:.0f} s"


@st.cache_resource(show_spinner=False)
def _projector() -> Projector:
    return Projector(CACHE)
