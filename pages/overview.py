"""The model in one look: its figures of merit, and digits beside their reconstructions."""

from pathlib import Path

import numpy as np
import streamlit as st

import wvae.ui
from wvae.checkpoint import read_config
from wvae.digits import DigitSet
from wvae.errors import WvaeError
from wvae.latents import decode, encode
from wvae.raster import ink, tile
from wvae.scorecard import clustering_lift, figures_of_merit, mean_picture_nats
from wvae.ui.choice import choose
from wvae.ui.gallery import png_button
from wvae.ui.pages import PAGES, link

COLOURS = {"good": "green", "fair": "orange", "poor": "red"}


@st.cache_data(show_spinner=False, max_entries=16)
def baseline(key: tuple[str, int], _digits: DigitSet) -> float:
    """Nats per image of the mean picture; ``key`` names the digits."""
    return mean_picture_nats(_digits)


choice = choose()
config = choice.model.config
st.title("Content and style of handwritten digits")
st.markdown(
    "The model encodes a picture of a handwritten digit in two short codes, and tries to disentangle them. "
    "**Latent A (content)** should hold which digit it is: a classifier reads the digit from it. **Latent B (style)** "
    "should hold how the digit is written: slant, stroke width, proportions, and so the style of its writer. From both "
    "codes together the model draws the picture again: the reconstruction."
)
st.image(
    str(Path(wvae.ui.__file__).with_name("two_bottlenecks.svg")),
    width=640,
    alt="A picture is encoded into A and B; a classifier reads the digit from A; the decoder draws it from both.",
)

st.subheader(f"How good is {choice.checkpoint.name}?")
found = []
try:
    found = figures_of_merit(read_config(choice.checkpoint).get("figures") or {})
    if lift := clustering_lift(choice.checkpoint):
        found.append(lift)
    if not found:
        st.info("This model came without figures. A model that is trained here is measured at the end.")
except WvaeError as error:
    st.error(str(error))
cards = st.container(horizontal=True)
for figure in found:
    with cards.container(border=True, width=176, height="stretch"):  # all in a row on a wide screen
        st.metric(figure.name, figure.value, help=figure.meaning)
        st.markdown(f":{COLOURS[figure.verdict]}-badge[{figure.verdict}] {figure.remark}")

st.subheader("Digits and their reconstructions")
shown = np.concatenate([np.flatnonzero(choice.digits.digits == digit)[:2] for digit in range(10)])
pictures = choice.digits.images[shown]
latents = encode(choice.model, pictures)  # of these alone: the first page is to open at once
reconstructions = decode(choice.model, latents.mean_a, latents.mean_b)
strip = tile(np.stack([ink(pictures), reconstructions]))
st.image(strip, width="stretch", alt="Twenty digits, and below each its reconstruction.")
st.caption(
    f"Above, digits of {choice.view}, {len(choice.digits):,} in all. Below, their reconstructions from "
    f"{config.latent_a} + {config.latent_b} numbers. To compare: the mean of all pictures, used as the reconstruction "
    f"of each, costs {baseline(choice.key, choice.digits):.0f} nats per image."
)

png_button(strip, "reconstructions.png")

onward = st.container(horizontal=True)
for name in list(PAGES)[1:]:
    with onward:
        link(name, PAGES[name].purpose)
