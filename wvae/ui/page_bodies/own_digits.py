"""The page of models and data, its digits: a section for each thing that can be done with them."""

from pathlib import Path

import numpy as np
import streamlit as st

from wvae.download_job import fetch_folder, start_fetch
from wvae.errors import WvaeError
from wvae.jobs import read_status, stop
from wvae.model_catalogue import LARGEST_UPLOAD
from wvae.own_digits import (
    Picture,
    link_folder,
    own_folders,
    remove_own_folder,
    save_archive,
    save_pictures,
    sources_here,
)
from wvae.raster import ink, picture_uri, tile
from wvae.sources import data_root, folder, known_sources, load_digits
from wvae.sources.labels import COLUMNS, LABELS
from wvae.ui.door import read_only
from wvae.ui.gallery import png_button
from wvae.ui.markdown import plain
from wvae.ui.page_bodies.forms import forms_used, plain_name, say_added
from wvae.ui.reserved import table_height

SAMPLE = 20
"""Digits shown of a source."""


def data_table() -> None:
    """Every source of digits, and whether it is here."""
    sources = [source for source in known_sources() if source.name != "folder:PATH"]
    own = own_folders()
    table = {
        "digits": [*(source.name for source in sources), *own],
        "here": [*(bool(source.present) for source in sources), *(True for _ in own)],
        "what they are": [*(source.description for source in sources), *("Your own." for _ in own)],
    }
    columns = {
        "digits": st.column_config.TextColumn(width=120),
        "here": st.column_config.CheckboxColumn(width=60),
    }
    st.dataframe(table, hide_index=True, height=table_height(len(sources) + len(own)), column_config=columns)


def look_at_digits() -> None:
    """Counts and a sample of one source, when asked."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    source = left.selectbox("Digits", sources_here(), key="digits source")
    with right.container(horizontal=True):
        looked = st.button("Look at them", icon=":material/visibility:", key="digits look")
        if source in own_folders() and not read_only():
            with st.popover("Remove", icon=":material/delete:", key=f"digits to remove {source}"):
                st.markdown("Uploaded pictures will be deleted. A folder that you listed stays where it is.")
                if st.button("Remove from the list", type="primary", key="digits remove"):
                    remove_own_folder(source)
                    st.rerun()
    if not looked:
        return
    with st.spinner(f"Loading {plain(source)} …"):
        digits = load_digits(source)
    writers = np.unique(digits.writers, return_counts=True)[1]
    st.markdown(
        f"**{len(digits):,}** pictures by **{len(writers):,}** writers, {writers.min():,} to {writers.max():,} each."
    )
    rows = np.linspace(0, len(digits) - 1, SAMPLE, dtype=int)
    sample = tile(ink(digits.images[rows]).reshape(2, SAMPLE // 2, 28, 28))
    st.image(sample, width="stretch", alt=f"{SAMPLE} digits of {source}.")
    png_button(sample, "digits.png")
    st.dataframe({str(digit): [count] for digit, count in enumerate(np.bincount(digits.digits, minlength=10))})


def digits_download() -> None:
    """Download digits and watch it."""
    status = read_status(fetch_folder()) if fetch_folder().exists() else None
    if status and status.alive:
        source = status.fields.get("source", "digits")
        done, total = (status.number(field) / 1e6 for field in ("done", "total"))
        if status.progress is not None:
            st.progress(status.progress, f"{plain(source)}: {done:,.1f} of {total:,.1f} MB")
        else:  # the server has not said how large the file is
            so_far = f"{done:,.1f} MB so far" if done else "getting ready"
            st.markdown(f":material/hourglass_top: {plain(source)}: {so_far}")
        st.button(
            "Cancel", on_click=stop, args=[status.folder], icon=":material/close:", key="digits cancel",
            help="What has come is kept, and the next download of it continues there.",
        )  # fmt: skip
        return
    if status and status.state == "stopped":
        st.info("The last download was stopped. Start it again, and it continues where it was.")
    if status and status.state == "failed":
        st.error(plain(status.message))
    missing = [source.name for source in known_sources() if source.fetchable and not source.present]
    if not missing:
        st.caption(f"Everything that can be downloaded is in {data_root()}.")
        return
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    source = left.selectbox("Not here yet", missing, key="digits to download")
    if right.button("Download", icon=":material/cloud_download:", key="digits download"):
        start_fetch(source)
        st.rerun(scope="fragment")


def own_folder_form() -> None:
    """List a folder of pictures that lies on this machine."""
    path = st.text_input(
        "Folder",
        key=f"digits folder {forms_used()}",
        placeholder="/home/me/digits",
        help="On the machine that runs wvae.",
    )
    name = st.text_input("Name in the list", plain_name(path) if path else "", key=f"digits name of {path}")
    st.caption(f"It needs PNG or JPEG pictures and a {LABELS} with the columns {', '.join(COLUMNS)}.")
    if st.button("Add this folder", icon=":material/add:", disabled=not path, key="digits add folder"):
        digits = link_folder(Path(path), name)
        say_added(f"{len(digits)} digits are now in the list as folder:{name}.")


def picture_upload() -> None:
    """Upload pictures, label each with its digit and writer, and keep them as a source of digits; or a zip of them."""
    files = st.file_uploader(
        f"Pictures, one digit each, or one zip of pictures and their {LABELS}",
        ["png", "jpg", "jpeg", "zip"],
        accept_multiple_files=True,
        max_upload_size=LARGEST_UPLOAD,
        key=f"digits pictures {forms_used()}",
    )
    if not files:
        return
    if any(Path(file.name).suffix.lower() == ".zip" for file in files):
        if len(files) > 1:
            st.error("A zip is added alone: take the other files away.")
        else:
            _keep_archive(files[0].name, files[0].getvalue())
        return
    previews, readable = [], []
    for file in files:
        try:
            previews.append(picture_uri(ink(folder.read_picture(file))))
            readable.append(file)
        except WvaeError as error:
            st.error(plain(f"{file.name}: {error}"))
    table = {
        "what the model sees": previews,
        "file": [file.name for file in readable],
        "digit": [None for _ in readable],
        "writer": [1 for _ in readable],
    }
    columns = {
        "what the model sees": st.column_config.ImageColumn(),
        "digit": st.column_config.SelectboxColumn(options=range(10), required=True),
        "writer": st.column_config.NumberColumn(
            min_value=0, step=1, required=True, help="Any number that you give this person"
        ),
    }
    said = st.data_editor(
        table, column_config=columns, disabled=["what the model sees", "file"], hide_index=True, key="digits labels"
    )
    name = st.text_input("Name in the list", "mine", key="digits name")
    if st.button("Keep these digits", type="primary", icon=":material/add:", key="digits keep"):
        rows = zip(readable, said["digit"], said["writer"], strict=True)
        digits = save_pictures(
            [Picture(file.name, file.getvalue(), digit, writer) for file, digit, writer in rows], name
        )
        say_added(f"{len(digits)} digits are now in the list as folder:{name}.")


def _keep_archive(file_name: str, content: bytes) -> None:
    name = st.text_input("Name in the list", plain_name(file_name), key=f"digits name of {file_name}")
    if st.button("Keep these digits", type="primary", icon=":material/add:", key="digits keep"):
        with st.spinner("Unpacking the pictures …"):
            digits = save_archive(content, name)
        say_added(f"{len(digits)} digits are now in the list as folder:{name}.")
