"""A against B, or each laid out in two dimensions: point at a dot, select dots, decode the plane below."""

import numpy as np
import streamlit as st

from wvae.ui import latent_map as maps
from wvae.ui.choice import SELECTION, choose_models
from wvae.ui.colours import choose_colour, colours_of
from wvae.ui.markdown import plain
from wvae.ui.page_bodies.layouts import choose_layout, html_button, panes_of
from wvae.ui.page_bodies.selection import answer, choose_query, keep_chosen, show_counts, show_pictures

models = choose_models()
choice = models[0]
keys = [maps.data_key(one) for one in models]
key = keys[0]
slot = f"marked {key}"

st.title("Latent map")


@st.fragment
def explore() -> None:
    """The controls, the map, and what is selected: a change here runs nothing else."""
    dimensions = [name for name in choice.latents.columns() if all(name in one.latents.columns() for one in models)]
    with st.container(key="map-widgets", horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        layout = choose_layout(choice, dimensions)
        query = choose_query(slot)
        colour = choose_colour(choice)
    colours = colours_of(colour, choice, key)
    with st.container():  # where what is said of a query does not move the map, which would be drawn anew
        asked = answer(query, choice, key)
    rows = np.flatnonzero(asked.rows) if asked else np.empty(0, np.int64)
    st.session_state[SELECTION] = {choice.key: rows}
    place = st.container(key="map-place")  # window.css keeps room for it
    around, *beside = place.columns([2, 1] if len(rows) else 1)
    with around:
        maps.latent_map(
            [
                maps.MappedModel(one.name, its_key, panes_of(layout, one, its_key))
                for one, its_key in zip(models, keys, strict=True)
            ],
            decoded=layout.decoded,
            colours=colours,
            asked=asked,
            marked=st.session_state.get(slot),
            on_select=lambda chosen: keep_chosen(chosen, choice, slot),
        )
    for column in beside:
        with column:
            show_pictures(choice, rows, st.session_state.get(slot), slot)
    st.markdown(
        "Each dot is a digit. Its place is what the model encodes: **latent A (content)**, which digit it is, and "
        "**latent B (style)**, how it is written. If the two are well disentangled, the colours of the digits separate "
        "along A and mix along B. Point at a dot to see its picture. Draw around dots to select them."
    )
    names = [one.name for one in models]
    sentences = [
        f"{len(choice.digits):,} digits of {plain(choice.view)}, model {plain(' beside '.join(names))}.",
        "Ctrl and scroll to zoom, or scroll alone after a click on the map. Drag to move, Shift and drag to select.",
    ]
    if layout.decoded and max(len(one.latents.columns()) for one in models) > 2:
        sentences.append("The lower picture is decoded with the other dimensions at their means.")
    if n := layout.subsample(len(choice.digits)):
        sentences.append(
            f"{layout.method} of {n:,} digits, drawn at random; each other digit is placed amid the nearest of these. "
            "**all digits** lays out every one."
        )
    if len(models) > 1:
        sentences.append(f"Errors, queries, neighbours and files are of {choice.name}.")
    st.caption(" ".join(sentences))
    if layout.of_a_and_b:
        html_button(choice, *layout.of_a_and_b)
    show_counts(choice, rows)


explore()
maps.send_data(models, keys)
