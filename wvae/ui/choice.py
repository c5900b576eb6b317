"""What every page shows in its sidebar: the choice of model, digits and writers."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.checkpoint import read_config
from wvae.digits import DigitSet
from wvae.errors import WvaeError
from wvae.latents import Latents
from wvae.model import WVAE
from wvae.model_catalogue import ARTICLE, best_first, model_kind
from wvae.own_digits import changed, sources_here
from wvae.sampling import commonest
from wvae.ui.loaded import (
    HOMES,
    DigitsInView,
    checkpoint_folders,
    digits_of,
    held_out,
    latents_of,
    model_of,
    overlap,
)
from wvae.ui.markdown import plain
from wvae.ui.missing import forget_missing, note_missing, offer_download, say_missing
from wvae.ui.pages import COMPARING, FIRST, LINK, LINKED, link, within_dashboard

SYNTHETIC = "synthetic"

OFFERED = "offered"
"""Where the session keeps the model that was offered first for the digits chosen last."""

SHOWN = "shown"
"""Where the session keeps the path of the page that is shown."""

SELECTION = "selection"
"""Where the session keeps the rows that are selected on the latent map, by :attr:`Choice.key` of the view."""

CLUSTERING = "clustering"
"""Where the session keeps a clustering that the latent map can be coloured by."""

HELD_OUT = "held out"
"""What the sidebar calls the view of digits that the model was not trained on."""

EARLIER_NAMES = {"unseen": HELD_OUT}
"""Views as addresses named them once."""


@dataclass(frozen=True)
class Clustered:
    """Clusters ``labels`` ``(m,)`` of the ``rows`` ``(m,)`` of a source's digits.

    ``version`` is that of the source, as in :class:`Choice`.
    """

    source: str
    version: int
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Choice:
    """A model, and the digits of the writers in view.

    ``version`` tells the states of a folder of one's own apart: with the same source and version, the digits are the
    same. ``rows`` are the digits in view among all of the source's, ``(n,)``, or None for all of them; ``whose`` says
    in words whose they are.
    """

    checkpoint: Path
    source: str
    version: int
    model: WVAE
    digits: DigitSet
    rows: NDArray[np.int64] | None
    whose: str

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.checkpoint.name

    @property
    def view(self) -> str:
        """Which digits are in view, in words."""
        return f"{self.source} by {self.whose}"

    @property
    def key(self) -> tuple[str, int]:
        """A name for the digits in view: equal keys, equal digits."""
        return self.view, self.version

    @cached_property
    def latents(self) -> Latents:
        """What the model sees in each of ``digits``; encoded when a page first asks."""
        with st.spinner(f"Encoding the digits of {plain(self.source)} …"):
            latents = latents_of(self.checkpoint, self.source)
        return latents if self.rows is None else Latents(*(values[self.rows] for values in latents))


def of_the_article(checkpoint: Path) -> bool:
    """Whether a model is of the article's kind, as far as its config tells."""
    try:
        return model_kind(read_config(checkpoint)) == ARTICLE
    except WvaeError:
        return False  # what is wrong with it is said when it is loaded


def draw_sidebar(path: str) -> None:
    """The widgets that :func:`choose` reads on the page at a path.

    The main script draws them: of widgets that two pages draw, each its own, the browser's Back restores none.
    """
    _take_over()
    _keep_in_address(path)
    forget_missing(path)
    checkpoints = checkpoint_folders()
    if not checkpoints or path == FIRST:  # which sends to the first page's own path, with what the address says
        return
    sources = sources_here()
    with st.sidebar:
        note_missing("data", sources)
        source = st.selectbox("Digits", sources, key="data", bind="query-params", persist_state="session")
        fitting = best_first(checkpoints.values(), source.startswith(SYNTHETIC))
        offered = sorted(fitting, key=lambda folder: HOMES.index(folder.parent))
        names = [folder.name for folder in offered]  # those that ship with the project first
        note_missing("model", names)
        _follow_digits(names[0])
        name = st.selectbox("Model", names, key="model", bind="query-params", persist_state="session")
        second = None
        if path in COMPARING:
            note_missing("compare", names)
            second = _choose_second([other for other in names if other != name])
        for chosen in (name, second):
            if chosen and of_the_article(checkpoints[chosen]):
                st.caption(f"{chosen} is {ARTICLE}.")
        if all(each.startswith(SYNTHETIC) or each.startswith("folder:") for each in sources):
            offer_download(source.startswith(SYNTHETIC))
        _choose_writers(source)


def choose() -> Choice:
    """What the sidebar's widgets chose; a page stops here, saying why, if it cannot be loaded."""
    return _choose(comparing=False)[0]


def choose_models() -> list[Choice]:
    """As :func:`choose`, with the second model: one choice, or two of the same digits."""
    return _choose(comparing=True)


def _choose(comparing: bool) -> list[Choice]:
    within_dashboard()
    checkpoints = checkpoint_folders()
    if not checkpoints:
        st.error("There is no trained model here yet. Train one:")
        link("training")
        st.stop()
    source, name = st.session_state["data"], st.session_state["model"]
    second = st.session_state.get("compare") if comparing else None
    say_missing()
    try:
        model = model_of(checkpoints[name])
        version = changed(source)
        with st.spinner(f"Loading {plain(source)} …"):
            in_view = _digits_in_view(checkpoints[name], source)
        first = Choice(checkpoints[name], source, version, model, *in_view)
        return [first] if second is None else [first, _beside(first, checkpoints[second])]
    except WvaeError as error:
        st.error(plain(error))
        st.stop()


def _follow_digits(best: str) -> None:
    """Choose the model that is offered first for the digits, unless a person has chosen another than that of before."""
    before = st.session_state.get(OFFERED)
    if before not in (None, best) and st.session_state.get("model") == before:
        st.session_state["model"] = best
    st.session_state[OFFERED] = best


def _choose_second(names: list[str]) -> str | None:
    return st.selectbox(
        "Compare with",
        names,
        index=None,
        key="compare",
        bind="query-params",
        persist_state="session",
        placeholder="no other model",
        help="A second model, shown beside the first on the same digits.",
    )


def _choose_writers(source: str) -> None:
    kind = st.segmented_control(
        "Writers in view",
        ["all", HELD_OUT, "chosen"],
        default="all",
        required=True,
        key="whose",
        bind="query-params",
        persist_state="session",
        help="Held out: the writers, or the digits of theirs, that were not used to train the model.",
    )
    if kind != "chosen":
        return
    try:
        writers = digits_of(source).writers
    except WvaeError:
        return  # the page will say it
    st.multiselect(
        "Writers",
        np.unique(writers).tolist(),
        commonest(writers).values[:4].tolist(),
        key="who",
        bind="query-params",
        persist_state="session",
        placeholder="Type a writer's number",
        filter_mode="prefix",
        select_all=False,  # Enter would choose every writer that matches
    )


def _beside(first: Choice, checkpoint: Path) -> Choice:
    """The same digits as a second model sees them; says so if that model may have been trained on some of them."""
    second = replace(first, checkpoint=checkpoint, model=model_of(checkpoint))
    if st.session_state["whose"] == HELD_OUT:
        trained_on = overlap(checkpoint, first.source)
        state = trained_on.of() if first.rows is None else trained_on.of(first.rows)
        if state != "held out":
            st.sidebar.caption(f"Held out for {first.name}; for {second.name}: {state}.")
    return second


def _take_over() -> None:
    """Set widgets as the link to this page says, see :func:`wvae.ui.pages.link`."""
    for name in LINKED:
        if f"{LINK}{name}" in st.query_params:
            value = st.query_params.pop(f"{LINK}{name}")
            st.session_state[name] = EARLIER_NAMES.get(value, value)
    if st.query_params.get("whose") in EARLIER_NAMES:
        st.query_params["whose"] = EARLIER_NAMES[st.query_params["whose"]]
        st.rerun()


def _keep_in_address(path: str) -> None:
    """Name in the address of another page what is chosen: Streamlit leaves out a widget that the browser had not yet
    drawn when a person left the page before."""
    if st.session_state.get(SHOWN) not in (None, path):
        for name in ("data", "model", "whose", *(["compare"] if path in COMPARING else [])):
            if name in st.session_state and name not in st.query_params:
                st.session_state[name] = st.session_state[name]
    st.session_state[SHOWN] = path


def _digits_in_view(checkpoint: Path, source: str) -> DigitsInView:
    kind = st.session_state["whose"]
    if kind == HELD_OUT:
        return held_out(checkpoint, source)
    digits = digits_of(source)
    if kind == "chosen" and (chosen := st.session_state["who"]):
        rows = np.flatnonzero(np.isin(digits.writers, chosen))
        return DigitsInView(digits[rows], rows, f"writers {', '.join(map(str, chosen))}")
    return DigitsInView(digits, None, f"all {len(np.unique(digits.writers)):,} writers")
