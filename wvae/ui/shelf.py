"""What the page of models and data is put together from: a section for each thing that can be done there."""

from pathlib import Path

import numpy as np
import streamlit as st

from wvae.checkpoint import WEIGHTS
from wvae.download_job import fetch_folder, start_fetch
from wvae.errors import WvaeError
from wvae.jobs import delete_folder, new_folder, read_status, stop
from wvae.plots import ink, picture_uri, tile
from wvae.shelf import (
    LARGEST_UPLOAD,
    ModelEntry,
    Picture,
    add_model,
    link_folder,
    own_folders,
    remove_own_folder,
    rename_model,
    save_pictures,
    sources_here,
)
from wvae.sources import data_root, folder, known_sources, load_digits
from wvae.ui.choice import CHECKPOINTS, RUNS
from wvae.ui.gallery import png_button
from wvae.ui.training import open_links

SAMPLE = 20
"""Digits shown of a source."""


def models_table(models: list[ModelEntry]) -> None:
    """Every model with its size and figures, in a table that can be downloaded."""
    table = {
        "model": [model.name for model in models],
        "nats": [model.nats for model in models],
        "digit from A": [_percent(model.digit_from_a) for model in models],
        "digit left in B": [_percent(model.digit_left_in_b) for model in models],
        "A": [model.latent_a for model in models],
        "B": [model.latent_b for model in models],
        "trained on": [model.trained_on for model in models],
        "in": [str(model.folder.parent) for model in models],
        "MB": [model.megabytes for model in models],
        "written": [model.written for model in models],
    }
    columns = {
        "A": st.column_config.NumberColumn(help="Dimensions of latent A"),
        "B": st.column_config.NumberColumn(help="Dimensions of latent B"),
        "nats": st.column_config.NumberColumn(format="%.1f", help="To tell a picture; lower is better"),
        "digit from A": st.column_config.NumberColumn(format="%.1f %%", help="On digits it never saw"),
        "digit left in B": st.column_config.NumberColumn(
            format="%.1f %%", help="Read by the strongest of three fresh classifiers. Chance is about 10 %"
        ),
        "MB": st.column_config.NumberColumn(format="%.1f"),
        "written": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
    }
    st.dataframe(table, hide_index=True, column_config=columns)
    for model in models:
        if model.problem:
            st.error(f"**{model.name}** cannot be used: {model.problem}")


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def model_actions(models: list[ModelEntry]) -> None:
    """Download, rename or delete one of the models, or go on to the pages that show it."""
    by_name = {model.name: model for model in models}
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    model = by_name[left.selectbox("Model", list(by_name), key="entry")]
    with right.container(horizontal=True):
        weights = model.folder / WEIGHTS
        st.download_button(
            "Download",
            weights.read_bytes,
            f"{model.name}.safetensors",
            icon=":material/download:",
            on_click="ignore",
            help="One file: it holds the weights and how they came to be.",
        )
        if model.folder.parent == RUNS:
            with st.popover("Rename", icon=":material/edit:", key=f"to rename {model.name}"):
                name = st.text_input("New name", model.name, key=f"rename {model.name}")
                if st.button("Rename", key="do_rename"):
                    rename_model(model.folder, name, CHECKPOINTS)
                    st.rerun()
            with st.popover("Delete", icon=":material/delete:", key=f"to delete {model.name}"):
                st.markdown(f"**{model.name}** and all its files will be gone.")
                if st.button("Delete for good", type="primary", key="do_delete"):
                    delete_folder(model.folder)
                    st.rerun()
    if model.folder.parent != RUNS:
        st.caption(f"{model.name} came with the project: it can be copied, but not renamed or deleted here.")
    if not model.problem:
        open_links(model.name)


def model_upload() -> None:
    """Add a model from a file."""
    file = st.file_uploader(
        "A model of wvae (.safetensors), or one of the 2018 article's (.npz)",
        max_upload_size=LARGEST_UPLOAD,
        key=f"model_file {_added()}",
        help="Nothing else is opened: other kinds of file, such as pickles, can run code when they are opened.",
    )
    if not file:
        return
    name = st.text_input("Name", _plain(file.name), key=f"name of {file.name}")
    if st.button("Add this model", type="primary", icon=":material/add:", key="add_model"):
        add_model(file.name, file.getvalue(), new_folder(name, RUNS, CHECKPOINTS))
        _say_added(f"{name} is now in the list.")


def _added() -> int:
    """How many things were added in this session: the forms' keys hold it, so that each is empty for the next."""
    return int(st.session_state.setdefault("added", 0))


def _say_added(sentence: str) -> None:
    st.session_state["added"] += 1
    st.toast(sentence)
    st.rerun()


def _plain(file_name: str) -> str:
    """A name that a folder may have, after that of a file."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in Path(file_name).stem)
    return name.strip("._-") or "model"


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
    st.dataframe(table, hide_index=True, column_config=columns)


def look_at_digits() -> None:
    """Counts and a sample of one source, when asked."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    source = left.selectbox("Digits", sources_here(), key="look_at")
    with right.container(horizontal=True):
        looked = st.button("Look at them", icon=":material/visibility:", key="look")
        if source in own_folders():
            with st.popover("Remove", icon=":material/delete:", key=f"to remove {source}"):
                st.markdown("Uploaded pictures will be gone; a folder of yours stays where it is.")
                if st.button("Remove from the list", type="primary", key="do_remove"):
                    remove_own_folder(source)
                    st.rerun()
    if not looked:
        return
    with st.spinner(f"Loading {source} …"):
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


def fetching() -> None:
    """Download digits and watch it."""
    status = read_status(fetch_folder()) if fetch_folder().exists() else None
    if status and status.alive:
        source = status.fields.get("source", "digits")
        done, total = (status.number(field) / 1e6 for field in ("done", "total"))
        if status.progress is not None:
            st.progress(status.progress, f"{source}: {done:,.1f} of {total:,.1f} MB")
        else:  # how large the file is, nobody has said
            so_far = f"{done:,.1f} MB so far" if done else "getting ready"
            st.markdown(f":material/hourglass_top: {source}: {so_far}")
        st.button("Cancel", on_click=stop, args=[status.folder], icon=":material/close:", key="cancel_fetch")
        return
    if status and status.state == "stopped":
        st.info("The last download was stopped. Start it again, and it goes on where it was.")
    if status and status.state == "failed":
        st.error(status.message)
    missing = [source.name for source in known_sources() if source.fetchable and not source.present]
    if not missing:
        st.caption(f"All that can be fetched is in {data_root()}.")
        return
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    source = left.selectbox("What is not here yet", missing, key="to_fetch")
    if right.button("Fetch", icon=":material/cloud_download:", key="start_fetch"):
        start_fetch(source)
        st.rerun(scope="fragment")


def own_folder_form() -> None:
    """List a folder of pictures that lies on this machine."""
    path = st.text_input(
        "Folder", key=f"folder {_added()}", placeholder="/home/me/digits", help="On the machine that runs wvae."
    )
    name = st.text_input("Name in the list", _plain(path) if path else "", key=f"name of folder {path}")
    st.caption(f"It needs PNG or JPEG pictures and a {folder.LABELS} with the columns {', '.join(folder.COLUMNS)}.")
    if st.button("Add this folder", icon=":material/add:", disabled=not path, key="add_folder"):
        digits = link_folder(Path(path), name)
        _say_added(f"{len(digits)} digits are now in the list as folder:{name}.")


def picture_upload() -> None:
    """Upload pictures, say what each shows and who wrote it, and keep them as a source of digits."""
    files = st.file_uploader(
        "Pictures, one digit each",
        ["png", "jpg", "jpeg"],
        accept_multiple_files=True,
        max_upload_size=LARGEST_UPLOAD,
        key=f"pictures {_added()}",
    )
    if not files:
        return
    previews, readable = [], []
    for file in files:
        try:
            previews.append(picture_uri(ink(folder.read_picture(file))))
            readable.append(file)
        except WvaeError as error:
            st.error(f"{file.name}: {error}")
    table = {
        "as the model sees it": previews,
        "file": [file.name for file in readable],
        "digit": [None for _ in readable],
        "writer": [1 for _ in readable],
    }
    columns = {
        "as the model sees it": st.column_config.ImageColumn(),
        "digit": st.column_config.SelectboxColumn(options=range(10), required=True),
        "writer": st.column_config.NumberColumn(min_value=0, step=1, required=True, help="Any number of your own"),
    }
    said = st.data_editor(
        table, column_config=columns, disabled=["as the model sees it", "file"], hide_index=True, key="labels"
    )
    name = st.text_input("Name in the list", "mine", key="pictures_name")
    if st.button("Keep these digits", type="primary", icon=":material/add:", key="keep"):
        rows = zip(readable, said["digit"], said["writer"], strict=True)
        digits = save_pictures(
            [Picture(file.name, file.getvalue(), digit, writer) for file, digit, writer in rows], name
        )
        _say_added(f"{len(digits)} digits are now in the list as folder:{name}.")
