"""What a link asks for and is not here: a model, run or result that was deleted, digits that were not downloaded."""

from collections.abc import Sequence

import streamlit as st

from wvae.errors import MissingDigits
from wvae.sources import known_sources
from wvae.ui.door import read_only
from wvae.ui.errors import show_error
from wvae.ui.markdown import plain
from wvae.ui.pages import link

MISSING = "missing"
"""Where the session keeps, by widget, what the page was asked for and is not here."""


PAGE = "page"
"""Where the session keeps the path of the page that was drawn last."""


def forget_missing(path: str) -> None:
    """On another page than the last it is said no more."""
    if st.session_state.get(PAGE) != path:
        st.session_state[PAGE] = path
        st.session_state[MISSING] = {}


def note_missing(widget: str, offered: Sequence[str]) -> None:
    """Remember what a link, or the last page, would set a widget to that is not offered."""
    for asked in (st.query_params.get(widget), st.session_state.get(widget)):
        if asked is not None and asked not in offered:
            st.session_state.setdefault(MISSING, {})[widget] = asked


def forget_choice(widget: str) -> None:
    """Choose another, without a word: a person has deleted what was chosen."""
    st.session_state.pop(widget, None)
    st.query_params.pop(widget, None)


def say_missing_choice(widget: str, offered: Sequence[str]) -> None:
    """Say that what a link would set a page's own widget to, such as "run", is not offered; to be called before it."""
    note_missing(widget, offered)
    if asked := st.session_state.get(MISSING, {}).get(widget):
        st.warning(f'There is no {widget} "{plain(asked)}" here{": another one is shown" if offered else ""}.')


def offer_download(synthetic: bool) -> None:
    """Where there are no real digits."""
    if synthetic:
        st.info("These digits are synthetic: wvae has drawn them.")
    if not read_only():
        link("models_and_data", "Download 60,000 real digits", "download", tab="Digits")


def say_missing() -> None:
    """Say what is missing of the sidebar's choice; digits that can be downloaded have a button."""
    missing = st.session_state.get(MISSING, {})
    if model := missing.get("model"):
        st.warning(f'There is no model "{plain(model)}" here: another one is shown.')
    if second := missing.get("compare"):
        st.warning(f'There is no model "{plain(second)}" here to compare with.')
    if source := missing.get("data"):
        sentence = f"The digits of {source} are not here: others are shown."
        if source in {known.name for known in known_sources() if known.fetchable}:
            show_error(MissingDigits(sentence, source), "link")
        else:
            st.warning(plain(sentence))
