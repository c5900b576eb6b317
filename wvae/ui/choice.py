"""What every page shows in its sidebar: the choice of model and digits, loaded once and kept."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.pages_manager import PagesManager

from wvae.checkpoint import WEIGHTS, load_checkpoint, read_config
from wvae.digits import DigitSet, writer_split
from wvae.errors import WvaeError
from wvae.latents import Latents, encode
from wvae.model import WVAE
from wvae.sources import fetch, known_sources, load_digits

HOMES = (Path("checkpoints"), Path("runs"))
FIRST_DOWNLOAD = "qmnist:train"

SELECTION = "selection"
"""Where the session keeps the rows, of the digits in view, that are selected on the latent map."""


class Choice(NamedTuple):
    """A model, the digits of the writers in view, and what the model sees in them.

    ``latents`` has a row for each of ``digits``. ``whose`` says in words whose digits are in view.
    """

    checkpoint: Path
    source: str
    model: WVAE
    digits: DigitSet
    latents: Latents
    whose: str


def checkpoint_folders() -> dict[str, Path]:
    """Every finished checkpoint by name, those that ship with the project first."""
    return {path.parent.name: path.parent for home in HOMES for path in sorted(home.glob(f"*/{WEIGHTS}"))}


def choose() -> Choice:
    """The sidebar's widgets and what they chose; a page stops here, saying why, if it cannot be loaded."""
    within_dashboard()
    checkpoints = checkpoint_folders()
    if not checkpoints:
        st.error("There is no trained model in checkpoints/ or runs/: train one with `python -m wvae train`.")
        st.stop()
    sources = [source.name for source in known_sources() if source.present and source.name != "synthetic"]
    with st.sidebar:
        source = st.selectbox("Digits", [*sources, "synthetic"], key="data", bind="query-params")
        fitting = "qmnist-1d" if sources else "synthetic-10d"
        first = list(checkpoints).index(fitting) if fitting in checkpoints else 0
        name = st.selectbox("Model", list(checkpoints), first, key="model", bind="query-params")
        if not sources:
            _offer_download()
    try:
        with st.spinner(f"Loading {source} …"):
            digits = _digits(source)
        with st.sidebar:
            rows, whose = _writers_in_view(digits, checkpoints[name])
        with st.spinner(f"Encoding {len(digits):,} digits …"):
            written = (checkpoints[name] / WEIGHTS).stat().st_mtime
            latents = _latents(checkpoints[name], written, source)
        if rows is not None:
            digits, latents = digits[rows], Latents(*(values[rows] for values in latents))
        return Choice(checkpoints[name], source, _model(checkpoints[name], written), digits, latents, whose)
    except WvaeError as error:
        st.error(str(error))
        st.stop()


def within_dashboard() -> None:
    """Start again within ``dashboard.py`` if a page was run alone.

    Streamlit does so, without the navigation, when a page's address is the first that a server is asked for.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def _writers_in_view(digits: DigitSet, checkpoint: Path) -> tuple[NDArray[np.bool_] | None, str]:
    """The rows in view, None for all of them, and whose they are."""
    kind = st.segmented_control(
        "Writers in view",
        ["all", "unseen", "chosen"],
        default="all",
        required=True,
        key="whose",
        bind="query-params",
        help="Unseen: the evaluation writers, whom a model trained on the same digits has never seen.",
    )
    if kind == "unseen":
        split = read_config(checkpoint).get("data", {}).get("split", {"evaluation_writers": 100, "seed": 0})
        rows = writer_split(digits, split["evaluation_writers"], split["seed"]).evaluation
        return rows, f"{split['evaluation_writers']} unseen writers"
    writers, counts = np.unique(digits.writers, return_counts=True)
    if kind == "chosen":
        busiest = writers[np.argsort(-counts, kind="stable")][:4].tolist()
        chosen = st.multiselect("Writers", writers.tolist(), busiest, key="who", placeholder="Type a writer's number")
        if chosen:
            return np.isin(digits.writers, chosen), f"writers {', '.join(map(str, chosen))}"
    return None, f"all {len(writers):,} writers"


def _offer_download() -> None:
    st.info("No real handwriting is here yet: these digits are synthetic, drawn by wvae itself.")
    if not st.button("Download 60,000 real digits", icon=":material/download:", help="QMNIST, about 11 MB"):
        return
    bar = st.progress(0.0, "Downloading QMNIST …")

    def watch(done: int, total: int | None) -> None:
        bar.progress(min(1.0, done / total) if total else 0.0, "Downloading QMNIST …")

    try:
        fetch(FIRST_DOWNLOAD, None, watch)
    except WvaeError as error:
        st.error(str(error))
    else:
        st.rerun()


@st.cache_resource(show_spinner=False, max_entries=4)
def _digits(source: str) -> DigitSet:
    return load_digits(source)


# A checkpoint that is trained anew has another time of writing, and so is loaded again.
@st.cache_resource(show_spinner=False, max_entries=8)
def _model(checkpoint: Path, written: float) -> WVAE:
    return load_checkpoint(checkpoint)


@st.cache_resource(show_spinner=False, max_entries=8)
def _latents(checkpoint: Path, written: float, source: str) -> Latents:
    return encode(_model(checkpoint, written), _digits(source).images)
