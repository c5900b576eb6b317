"""What every page shows in its sidebar: the choice of model and digits, loaded once and kept."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.pages_manager import PagesManager

from wvae.checkpoint import WEIGHTS, load_checkpoint, read_config
from wvae.digits import DigitSet, writer_split
from wvae.errors import DataError, WvaeError
from wvae.files import modified
from wvae.latents import Latents, encode
from wvae.model import WVAE
from wvae.protocol import default_split
from wvae.sampling import commonest
from wvae.shelf import changed, sources_here
from wvae.sources import load_digits

HOMES = CHECKPOINTS, RUNS = Path("checkpoints"), Path("runs")
SYNTHETIC = "synthetic"

SIDEBAR = ("data", "model", "whose", "who")
"""The widgets of the sidebar."""

LINKED = ("data", "model", "whose", "colour")
"""The widgets that a link can set."""

PAGE = "page"
"""Where the session keeps the address of the page that was drawn last."""

SELECTION = "selection"
"""Where the session keeps the rows that are selected on the latent map, by the view they are rows of."""

CLUSTERING = "clustering"
"""Where the session keeps a clustering that the latent map can be coloured by."""


@dataclass(frozen=True)
class Clustered:
    """Clusters ``labels`` ``(m,)`` of the ``rows`` ``(m,)`` of a source's digits."""

    source: str
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Choice:
    """A model, and the digits of the writers in view.

    ``rows`` are the digits in view among all of the source's, ``(n,)``, or None for all of them;
    ``whose`` says in words whose they are.
    """

    checkpoint: Path
    source: str
    model: WVAE
    digits: DigitSet
    rows: NDArray[np.int64] | None
    whose: str

    @property
    def view(self) -> str:
        """Which digits are in view, in words: the same words, the same digits."""
        return f"{self.source} by {self.whose}"

    @cached_property
    def latents(self) -> Latents:
        """What the model sees in each of ``digits``; encoded when a page first asks."""
        with st.spinner(f"Encoding the digits of {self.source} …"):
            latents = _latents(self.checkpoint, written(self.checkpoint), self.source, changed(self.source))
        return latents if self.rows is None else Latents(*(values[self.rows] for values in latents))


def checkpoint_folders() -> dict[str, Path]:
    """Every finished checkpoint by name, those that ship with the project first."""
    return {path.parent.name: path.parent for home in HOMES for path in sorted(home.glob(f"*/{WEIGHTS}"))}


def choose() -> Choice:
    """The sidebar's widgets and what they chose; a page stops here, saying why, if it cannot be loaded."""
    within_dashboard()
    _take_over()
    checkpoints = checkpoint_folders()
    if not checkpoints:
        st.error("There is no trained model here yet. Train one:")
        st.page_link("pages/training.py", label="Training", icon=":material/model_training:")
        st.stop()
    sources = sources_here()
    real = sources != [SYNTHETIC]
    with st.sidebar:
        source = st.selectbox("Digits", sources, key="data", bind="query-params")
        fitting = "qmnist-1d" if real else "synthetic-10d"
        names = sorted(checkpoints, key=lambda name: name != fitting)
        name = st.selectbox("Model", names, key="model", bind="query-params")
        if not real:
            _offer_download()
    try:
        model = _model(checkpoints[name], written(checkpoints[name]))
        with st.spinner(f"Loading {source} …"):
            digits = digits_of(source)
        with st.sidebar:
            rows, whose = _writers_in_view(digits, checkpoints[name])
        in_view = digits if rows is None else digits[rows]
        return Choice(checkpoints[name], source, model, in_view, rows, whose)
    except WvaeError as error:
        st.error(str(error))
        st.stop()


def link_to(page: str, label: str, icon: str, **choices: str) -> None:
    """A link to another page, whose widgets, of those in :data:`LINKED`, are set to ``choices`` there.

    Not by the widgets' own parameters: Streamlit drops those that this page has as well.
    """
    chosen = {f"to-{name}": value for name, value in choices.items()}
    st.page_link(f"pages/{page}.py", label=label, icon=f":material/{icon}:", query_params=chosen, width="content")


def _take_over() -> None:
    """Set widgets as the link to this page says, in parameters that begin with "to-", or else as on the last page."""
    for name in LINKED:
        if f"to-{name}" in st.query_params:
            st.session_state[name] = st.query_params.pop(f"to-{name}")
    if st.session_state.get(PAGE) == st.context.url:
        return
    st.session_state[PAGE] = st.context.url
    for name in SIDEBAR:  # what came from an address and was not touched, Streamlit would forget
        if name in st.session_state and name not in st.query_params:
            st.session_state[name] = st.query_params[name] = st.session_state[name]


def written(checkpoint: Path) -> int:
    """When a checkpoint was written: one that is trained anew is loaded again."""
    return modified(checkpoint / WEIGHTS)


def within_dashboard() -> None:
    """Start again within ``dashboard.py`` if a page was run alone.

    Streamlit does so, without the navigation, when a page's address is the first that a server is asked for.
    """
    if PagesManager.uses_pages_directory and "within dashboard" not in st.session_state:
        st.session_state["within dashboard"] = True
        PagesManager.uses_pages_directory = False
        st.rerun()


def _writers_in_view(digits: DigitSet, checkpoint: Path) -> tuple[NDArray[np.int64] | None, str]:
    """The rows in view, None for all of them, and whose they are."""
    kind = st.segmented_control(
        "Writers in view",
        ["all", "unseen", "chosen"],
        default="all",
        required=True,
        key="whose",
        bind="query-params",
        help="Unseen: the writers, or the digits of theirs, that were set apart when the model was trained.",
    )
    if kind == "unseen":
        own = default_split(read_config(checkpoint))
        rows = np.flatnonzero(writer_split(digits, *own).held_out)
        if not len(rows):
            raise DataError("No writers were set apart when this model was trained: choose other writers in view.")
        return rows, f"{own.writers} {'unseen writers' if own.protocol == 'disjoint' else 'writers, unseen digits'}"
    writers = np.unique(digits.writers).tolist()
    if kind == "chosen":
        busiest = commonest(digits.writers).values[:4].tolist()
        chosen = st.multiselect(
            "Writers", writers, busiest, key="who", bind="query-params", placeholder="Type a writer's number"
        )
        if chosen:
            return np.flatnonzero(np.isin(digits.writers, chosen)), f"writers {', '.join(map(str, chosen))}"
    return None, f"all {len(writers):,} writers"


def _offer_download() -> None:
    st.info("No real handwriting is here yet: these digits are synthetic, drawn by wvae itself.")
    st.page_link(
        "pages/models_and_data.py",
        label="Download 60,000 real digits",
        icon=":material/download:",
        query_params={"tab": "Digits"},
    )


def digits_of(source: str) -> DigitSet:
    """The digits of a source, loaded once, and again when a folder of one's own has changed."""
    return _digits(source, changed(source))


@st.cache_resource(show_spinner=False, max_entries=4)
def _digits(source: str, time: int) -> DigitSet:
    return load_digits(source)


@st.cache_resource(show_spinner=False, max_entries=8)
def _model(checkpoint: Path, time: int) -> WVAE:
    return load_checkpoint(checkpoint)


@st.cache_resource(show_spinner=False, max_entries=8)
def _latents(checkpoint: Path, time: int, source: str, source_time: int) -> Latents:
    return encode(_model(checkpoint, time), _digits(source, source_time).images)
