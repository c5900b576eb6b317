"""What is here, what can be downloaded or imported, and what each thing is."""

from collections.abc import Callable

import streamlit as st

from wvae.download_job import fetch_folder
from wvae.errors import WvaeError
from wvae.jobs import is_alive
from wvae.model_catalogue import list_models
from wvae.ui.choice import choose
from wvae.ui.door import at_this_machine, read_only
from wvae.ui.loaded import HOMES
from wvae.ui.markdown import plain
from wvae.ui.page_bodies import models, own_digits
from wvae.ui.pages import link, within_dashboard


def shown(section: Callable[[], object]) -> None:
    """A section, or the sentence why it cannot be: the others go on."""
    try:
        section()
    except (WvaeError, OSError) as error:
        st.error(plain(error))


def download_section(under_way: bool) -> None:
    """Draws itself anew while a download is under way, and the whole page when one has begun or ended."""
    shown(own_digits.digits_download)
    if is_alive(fetch_folder()) != under_way:
        st.rerun()


within_dashboard()
st.title("Models and data")
st.markdown(
    "A **model** is one file of weights, with the record of its training. **Data** are pictures of digits, each with "
    "the number of the person who wrote it. Models, and digits that are here, can be chosen in the "
    "sidebar of every page."
)
models_tab, digits_tab = st.tabs(["Models", "Digits"], key="tab", bind="query-params", on_change="rerun")
with models_tab:
    entries = list_models(*HOMES)
    if entries:
        models.models_table(entries)
        shown(lambda: models.model_actions(entries))
    else:
        st.info("There is no model here yet: train one, or add one below.")
        link("training", "Train a model")
    if not read_only():
        st.header("Add a model")
        shown(models.model_upload)
with digits_tab:
    own_digits.data_table()
    shown(own_digits.look_at_digits)
    if not read_only():
        st.header("Download digits")
        under_way = is_alive(fetch_folder())
        st.fragment(download_section, run_every=1 if under_way else None)(under_way)
        st.header("Add your own digits")
        tabs = st.tabs(["Upload pictures", "Use a folder"] if at_this_machine() else ["Upload pictures"])
        for tab, form in zip(tabs, (own_digits.picture_upload, own_digits.own_folder_form), strict=False):
            with tab:
                shown(form)

with st.sidebar:  # last, and its errors beside it: one can add a model where there is none
    choose()
