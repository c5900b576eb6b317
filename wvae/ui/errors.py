"""How a page says what went wrong."""

from collections.abc import Callable

import streamlit as st

from wvae.download_job import start_fetch
from wvae.errors import MissingDigits, WvaeError
from wvae.ui.door import read_only
from wvae.ui.markdown import plain


def attempt(action: Callable[..., object], *arguments: object) -> None:
    """Do something in a callback, where what goes wrong is said in passing."""
    try:
        action(*arguments)
    except WvaeError as error:
        st.toast(plain(error), icon=":material/error:")


def show_error(error: WvaeError | OSError, place: str = "page") -> None:
    """The sentence of an error; where digits are missing, also the button that downloads them.

    ``place`` tells such buttons for the same digits apart, where a page has several.
    """
    st.error(plain(error))
    if read_only() or not isinstance(error, MissingDigits):
        return
    if st.button(
        f"Download {error.source}", icon=":material/cloud_download:", key=f"download missing {error.source} {place}"
    ):
        try:
            start_fetch(error.source)
        except WvaeError as refused:  # another download is under way
            st.error(plain(refused))
        else:
            st.switch_page("pages/models_and_data.py", query_params={"tab": "Digits"})  # where it is watched
