"""What is here, what can be fetched or imported, and what each thing is."""

from collections.abc import Callable

import streamlit as st

from wvae.download_job import fetch_folder
from wvae.errors import WvaeError
from wvae.jobs import is_alive
from wvae.shelf import list_models
from wvae.ui import shelf
from wvae.ui.choice import HOMES, choose, within_dashboard


def shown(section: Callable[[], object]) -> None:
    """A section, or the sentence why it cannot be: the others go on."""
    try:
        section()
    except (WvaeError, OSError) as error:
        st.error(str(error))


def fetch_section(under_way: bool) -> None:
    """Draws itself anew while a download is under way, and the whole page when one has begun or ended."""
    shown(shelf.fetching)
    if is_alive(fetch_folder()) != under_way:
        st.rerun()


within_dashboard()
st.title("Models and data")
st.markdown(
    "A **model** is one file of numbers, with the record of how it was trained. **Data** are pictures of digits, each "
    "with the person who wrote it. What is listed here can be chosen in the sidebar of every page."
)
models_tab, digits_tab = st.tabs(["Models", "Digits"], key="tab", bind="query-params", on_change="rerun")
with models_tab:
    models = list_models(*HOMES)
    if models:
        shelf.models_table(models)
        shown(lambda: shelf.model_actions(models))
    else:
        st.info("There is no model here yet: train one, or add one below.")
        st.page_link("pages/training.py", label="Train a model", icon=":material/model_training:")
    st.subheader("Add a model")
    shown(shelf.model_upload)
with digits_tab:
    shelf.data_table()
    shown(shelf.look_at_digits)
    st.subheader("Fetch digits")
    under_way = is_alive(fetch_folder())
    st.fragment(fetch_section, run_every=1 if under_way else None)(under_way)
    st.subheader("Add your own")
    left, right = st.tabs(["Upload pictures", "Use a folder"])
    with left:
        shown(shelf.picture_upload)
    with right:
        shown(shelf.own_folder_form)

with st.sidebar:  # last, and its errors beside it: one can add a model where there is none
    choose()
