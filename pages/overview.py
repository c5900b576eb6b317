"""The model in one look: its figures of merit, and digits beside their reconstructions."""

from pathlib import Path

import numpy as np
import streamlit as st

import wvae.ui
from wvae.checkpoint import read_config
from wvae.errors import WvaeError
from wvae.latents import decode, encode
from wvae.plots import ink, tile
from wvae.scorecard import clustering_lift, figures_of_merit, mean_picture_nats
from wvae.ui.choice import choose
from wvae.ui.gallery import png_button

COLOURS = {"good": "green", "fair": "orange", "poor": "red"}
ONWARD = {
    "latent_map": ("Digits laid out by A and B", ":material/scatter_plot:"),
    "style_sliders": ("Drag B, the hand changes", ":material/tune:"),
    "style_transfer": ("Write in another's hand", ":material/grid_on:"),
    "writer_clustering": ("Does B find writers?", ":material/groups:"),
    "training": ("Train your own model", ":material/model_training:"),
}

choice = choose()
config = choice.model.config
st.title("What it says, and in whose hand")
st.markdown(
    "A picture of a handwritten digit is squeezed through two narrow gates. **Latent A** should keep what was "
    "written: a classifier reads the digit from it. **Latent B** should keep how it was written: slant, stroke, "
    "proportion, the writer's hand. From both, the picture is drawn again."
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
        st.info("This model came without figures. One that is trained here is measured at the end.")
except WvaeError as error:
    st.error(str(error))
cards = st.container(horizontal=True)
for merit in found:
    with cards.container(border=True, width=176, height="stretch"):  # all in a row on a wide screen
        st.metric(merit.name, merit.value, help=merit.meaning)
        st.markdown(f":{COLOURS[merit.verdict]}-badge[{merit.verdict}] {merit.remark}")

st.subheader("Digits, and what is left of them")
shown = np.concatenate([np.flatnonzero(choice.digits.digits == digit)[:2] for digit in range(10)])
pictures = choice.digits.images[shown]
latents = encode(choice.model, pictures)  # of these alone: the first page is to open at once
copies = decode(choice.model, latents.mean_a, latents.mean_b)
strip = tile(np.stack([ink(pictures), copies]))
st.image(strip, width="stretch", alt="Twenty digits, and below each what the model makes of it.")
st.caption(
    f"Above, digits of {choice.view}, {len(choice.digits):,} in all. Below, what the decoder draws "
    f"of each from {config.latent_a} + {config.latent_b} numbers. One who knows nothing but the mean picture pays "
    f"{mean_picture_nats(choice.digits):.0f} nats."
)

png_button(strip, "reconstructions.png")

onward = st.container(horizontal=True)
for page, (label, icon) in ONWARD.items():
    onward.page_link(f"pages/{page}.py", label=label, icon=icon)
