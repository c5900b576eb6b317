"""The page on which one writes: the set that drawings are kept in, and what it tells."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from wvae.digits import DigitSet
from wvae.directions import digit_means
from wvae.errors import WvaeError
from wvae.latents import Latents, decode, encode, writer_projection
from wvae.likeness import RESAMPLINGS, Likeness, most_alike
from wvae.own_digits import changed, own_folders, remove_own_folder, remove_picture, rename_own_folder
from wvae.raster import tile
from wvae.ui.choice import Choice
from wvae.ui.errors import attempt
from wvae.ui.gallery import gallery, pictures_of, png_button
from wvae.ui.loaded import digits_of, written
from wvae.ui.markdown import plain
from wvae.ui.pages import link

ENOUGH = 10
"""Digits in a set from which on it says something of a person's style."""

CHOSEN = "set chosen"
"""Where the session keeps the row of the set that was clicked."""


def set_widgets() -> str | None:
    """The set that drawings are kept in, and what can be done with it; its source, or None while it is empty."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Keep in the set", "mine", width=200, key="set", bind="query-params")
        help_ = "Any number that you give the person who writes."
        st.number_input("as writer", 0, value=1, step=1, width=130, key="set writer", help=help_)
        source = f"folder:{name}"
        if source not in own_folders():
            st.caption("Nothing is kept in it yet.")
            return None
        digits = digits_of(source)
        every = np.arange(len(digits))
        archive = f"{name}.zip"
        st.download_button(
            "Download", lambda: pictures_of(digits, every), archive, icon=":material/download:", on_click="ignore"
        )
        with st.popover("Rename", icon=":material/edit:"):
            new = st.text_input("New name", name, key=f"set new name of {name}")
            st.button("Rename the set", on_click=_try, args=[_rename, source, new], key="set rename")
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown(f"The {len(digits)} pictures of {plain(name)} will be deleted.")
            args = [remove_own_folder, source]
            st.button("Delete the set", type="primary", on_click=_try, args=args, key="set delete")
        link("latent_map", "See it on the latent map", data=source)
    chosen = st.session_state.get(CHOSEN)
    captions = [str(digit) for digit in digits.digits]
    gallery(digits, every, captions, key="set pictures", chosen=chosen, slot=CHOSEN)
    if chosen is not None and chosen < len(digits) > 1:
        words = f"Delete the {digits.digits[chosen]} that is chosen"
        st.button(words, on_click=_try, args=[_remove, source, chosen], key="set delete picture")
    return source


def set_answers(choice: Choice, source: str) -> None:
    """From enough digits on: whose writing is most like that of the set, and any number in its style."""
    own = digits_of(source)
    if len(own) < ENOUGH:
        st.caption(
            f"With {ENOUGH - len(own)} more, you are told whose writing is most like yours, and can have any number "
            "drawn in your style."
        )
        return
    latents = encode(choice.model, own.images)
    st.header("Whose writing is most like mine?")
    if choice.source == source:
        st.info("Choose other digits in the sidebar, of the writers to compare yours with.")
    else:
        try:
            key = (choice.key, choice.checkpoint, written(choice.checkpoint), source, changed(source))
            _show_alike(choice, own, _alike(key, choice, latents))
        except WvaeError as error:
            st.info(plain(error))
    st.header("A number in my style")
    text = st.text_input("Number", "0123456789", max_chars=20, width=220, key="set number")
    of_digits = digit_means(choice.latents.mean_a, choice.digits.digits)
    wanted = [int(letter) for letter in text if letter in "0123456789" and not np.isnan(of_digits[int(letter)]).any()]
    if wanted:
        style = latents.mean_b.mean(0, keepdims=True)
        sheet = tile(decode(choice.model, of_digits[wanted], style.repeat(len(wanted), 0))[None])
        st.image(sheet, width=56 * len(wanted), alt=f"{text} in the style of the set.")
        png_button(sheet, f"{text}.png")


@st.cache_data(show_spinner="Comparing writers …", max_entries=16)
def _alike(key: tuple[Any, ...], _choice: Choice, _latents: Latents) -> Likeness:
    """``key`` names the model, the digits in view and the set, whose latents are ``_latents``."""
    own, others = (writer_projection(_choice.model, each.mean_b, each.mean_a) for each in (_latents, _choice.latents))
    weighted = bool(_choice.model.config.writer_dimensions)
    return most_alike(own, others, _choice.digits.writers, standardise=not weighted)


def _show_alike(choice: Choice, own: DigitSet, alike: Likeness) -> None:
    first = int(alike.writers[0])
    others = [f", writer {w} in {s:.0%}" for w, s in zip(alike.writers[1:3], alike.shares[1:3], strict=True)]
    st.markdown(
        f"**Writer {first}**, of {alike.compared:,} compared. If your {len(own)} digits are drawn anew at random, with "
        f"repetitions, {RESAMPLINGS} times, this writer is the nearest in {alike.shares[0]:.0%}{''.join(others)}. How "
        f"sure is that? From {len(own)} digits, such a search finds the right writer of these {alike.compared:,} in "
        f"**{alike.found:.0%}** of the tries."
    )
    theirs = choice.digits[choice.digits.writers == first]
    columns = st.columns(2)
    for column, words, digits in zip(columns, ("Yours", f"Writer {first}"), (own, theirs), strict=True):
        rows = np.concatenate([np.flatnonzero(digits.digits == digit)[:1] for digit in range(10)])
        with column:
            st.caption(words)
            gallery(digits, rows, [str(digit) for digit in digits.digits[rows]], key=f"alike {words}")


def _try(action: Callable[..., None], *args: Any) -> None:
    """Change the set, in a callback."""
    attempt(action, *args)
    st.session_state[CHOSEN] = None


def _rename(source: str, name: str) -> None:
    st.session_state["set"] = rename_own_folder(source, name).removeprefix("folder:")


def _remove(source: str, row: int) -> None:
    remove_picture(source, row)
