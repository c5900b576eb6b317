"""A against B, coloured by digit or writer, over the decoded plane."""

import numpy as np
import streamlit as st

from wvae.latents import decode_plane
from wvae.plots import Plane, groups_by_digit, groups_by_writer, latent_range, plane_figure
from wvae.ui.choice import choose

COLUMNS, ROWS = 54, 17  # of the decoded plane, as in the article

choice = choose()
st.title("Latent map")
st.markdown(
    "Each dot is a digit. Its place across is **latent A**, what it says; its place up is **latent B**, how it is "
    "written. Below, what the decoder draws at each place: across, one digit should turn into another; upwards, "
    "the same digit should change its hand."
)

config = choice.model.config
left, middle, right = st.columns(3)
dimension_a = left.selectbox("Across: A", range(config.latent_a), format_func=lambda d: f"A {d + 1}", key="a")
dimension_b = middle.selectbox("Up: B", range(config.latent_b), format_func=lambda d: f"B {d + 1}", key="b")
colour = right.segmented_control("Colour", ["digit", "writer"], default="digit", required=True, key="colour")
if colour == "writer":
    writers, counts = np.unique(choice.digits.writers, return_counts=True)
    busiest = writers[np.argsort(-counts, kind="stable")][:4]
    chosen = st.multiselect("Writers", writers.tolist(), busiest.tolist(), max_selections=10, key="writers")
    groups = groups_by_writer(choice.digits.writers, chosen)
else:
    groups = groups_by_digit(choice.digits.digits)

x, y = choice.latents.mean_a[:, dimension_a], choice.latents.mean_b[:, dimension_b]
plane = decode_plane(
    choice.model,
    np.linspace(*latent_range(x), COLUMNS, dtype=np.float32),
    np.linspace(*latent_range(y), ROWS, dtype=np.float32),
    dimension_a,
    dimension_b,
)
figure = plane_figure(
    Plane(x, y, groups, plane.a, plane.b, plane.images, f"latent A {dimension_a + 1}", f"latent B {dimension_b + 1}")
)
st.plotly_chart(figure, config={"scrollZoom": True, "displaylogo": False})
st.caption(
    f"{len(choice.digits):,} digits of {choice.source} by {choice.whose}, model {choice.checkpoint.name}. "
    "Scroll to zoom, drag to move: both pictures move together."
    + (
        " The dimensions that are not shown are 0 in the lower picture."
        if config.latent_a + config.latent_b > 2
        else ""
    )
)
