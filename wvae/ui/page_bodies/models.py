"""The page of models and data, its models: a section for each thing that can be done with them."""

import streamlit as st

from wvae.checkpoint import WEIGHTS
from wvae.jobs import delete_folder, new_folder
from wvae.model_catalogue import LARGEST_UPLOAD, ModelEntry, add_model, rename_model
from wvae.ui.door import read_only
from wvae.ui.loaded import CHECKPOINTS, RUNS
from wvae.ui.markdown import plain
from wvae.ui.page_bodies.forms import forms_used, plain_name, say_added
from wvae.ui.pages import links_to_model
from wvae.ui.reserved import table_height


def models_table(models: list[ModelEntry]) -> None:
    """Every model with its size and figures, in a table that can be downloaded."""
    table = {
        "model": [model.name for model in models],
        "kind": [model.kind for model in models],
        "nats": [model.nats for model in models],
        "digit from A": [_percent(model.digit_from_a) for model in models],
        "digit left in B": [_percent(model.digit_from_b) for model in models],
        "A": [model.latent_a for model in models],
        "B": [model.latent_b for model in models],
        "trained on": [model.trained_on for model in models],
        "folder": [str(model.folder.parent) for model in models],
        "MB": [model.megabytes for model in models],
        "written": [model.written for model in models],
    }
    columns = {
        "kind": st.column_config.TextColumn(
            help="The preset it was trained by; all article presets are the article's model"
        ),
        "A": st.column_config.NumberColumn(help="Dimensions of latent A"),
        "B": st.column_config.NumberColumn(help="Dimensions of latent B"),
        "nats": st.column_config.NumberColumn(format="%.1f", help="Reconstruction error per image; lower is better"),
        "digit from A": st.column_config.NumberColumn(
            format="%.1f %%", help="Accuracy on held-out digits; higher is better"
        ),
        "digit left in B": st.column_config.NumberColumn(
            format="%.1f %%", help="The strongest of three fresh classifiers; lower is better. Chance is about 10 %"
        ),
        "MB": st.column_config.NumberColumn(format="%.1f"),
        "written": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
    }
    st.dataframe(table, hide_index=True, height=table_height(len(models)), column_config=columns)
    for model in models:
        if model.problem:
            st.error(f"**{plain(model.name)}** cannot be used: {plain(model.problem)}")


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


def model_actions(models: list[ModelEntry]) -> None:
    """Download, rename or delete one of the models, or go on to the pages that show it."""
    by_name = {model.name: model for model in models}
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    model = by_name[left.selectbox("Model", list(by_name), key="models entry")]
    with right.container(horizontal=True):
        weights = model.folder / WEIGHTS
        st.download_button(
            "Download",
            weights.read_bytes,
            f"{model.name}.safetensors",
            icon=":material/download:",
            on_click="ignore",
            help="One file: it holds the weights and the record of their training.",
        )
        if model.folder.parent == RUNS and not read_only():
            with st.popover("Rename", icon=":material/edit:", key=f"models to rename {model.name}"):
                name = st.text_input("New name", model.name, key=f"models new name of {model.name}")
                if st.button("Rename", key="models rename"):
                    rename_model(model.folder, name, CHECKPOINTS)
                    st.rerun()
            with st.popover("Delete", icon=":material/delete:", key=f"models to delete {model.name}"):
                st.markdown(f"**{plain(model.name)}** and all its files will be deleted.")
                if st.button("Delete for good", type="primary", key="models delete"):
                    delete_folder(model.folder)
                    st.rerun()
    if model.folder.parent != RUNS and not read_only():
        st.caption(f"{plain(model.name)} came with the project: it can be copied, but not renamed or deleted here.")
    if not model.problem:
        links_to_model(model.name)


def model_upload() -> None:
    """Add a model from a file."""
    file = st.file_uploader(
        "A model of wvae (.safetensors), or one of the 2018 article's (.npz)",
        max_upload_size=LARGEST_UPLOAD,
        key=f"models file {forms_used()}",
        help="Nothing else is opened: other kinds of file, such as pickles, can run code when they are opened.",
    )
    if not file:
        return
    name = st.text_input("Name", plain_name(file.name), key=f"models name of {file.name}")
    if st.button("Add this model", type="primary", icon=":material/add:", key="models add"):
        add_model(file.name, file.getvalue(), new_folder(name, RUNS, CHECKPOINTS))
        say_added(f"{name} is now in the list.")
