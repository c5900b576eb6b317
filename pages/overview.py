"""The model in one look: its figures of merit, and digits beside their reconstructions."""

import numpy as np
import streamlit as st

from wvae.checkpoint import read_config
from wvae.latents import decode
from wvae.plots import tile
from wvae.ui.choice import choose

choice = choose()
st.title("What it says, and in whose hand")
st.markdown(
    "A picture of a handwritten digit is squeezed through two bottlenecks. **Latent A** should keep what was written: "
    "a classifier reads the digit from it. **Latent B** should keep how it was written: slant, stroke, proportion. "
    "A good model needs few nats to tell the picture, reads the digit from A, and finds no digit in B."
)

figures = read_config(choice.checkpoint).get("figures") or {}
columns = st.columns(4)
reconstruction = figures.get("reconstruction")
leakage = figures.get("leakage")
if reconstruction:
    columns[0].metric(
        "Reconstruction",
        f"{reconstruction['reconstruction']:.1f} nats",
        help="What the decoder still has to guess of a picture, given A and B. Lower is better.",
        border=True,
    )
if figures.get("digit_accuracy") is not None:
    columns[1].metric(
        "Digit read from A",
        f"{figures['digit_accuracy']:.1%}",
        help="By the model's own classifier, on writers it never saw. Higher is better.",
        border=True,
    )
if leakage:
    columns[2].metric(
        "Digit left in B",
        f"{max(leakage['digit_from_b'].values()):.1%}",
        help="Read from B by the strongest of three fresh classifiers. Chance is about 10 %; lower is better.",
        border=True,
    )
    columns[3].metric(
        "Writer read from B",
        f"{max(leakage['writer_from_b'].values()):.1%}",
        help=f"One digit, among the evaluation writers. Chance is {leakage['writer_chance']:.1%}; higher is better.",
        border=True,
    )
if not figures:
    st.info("This checkpoint holds no figures of merit: measure them with `python -m wvae evaluate`.")

st.subheader("Digits and their reconstructions")
rows = np.concatenate([np.flatnonzero(choice.digits.digits == digit)[:2] for digit in range(10)])
pictures = choice.digits.images[rows] / np.float32(255)
copies = decode(choice.model, choice.latents.mean_a[rows], choice.latents.mean_b[rows])
st.image(
    tile(np.stack([pictures, copies])), width="stretch", caption="Above, what was written; below, what is left of it."
)
st.page_link("pages/latent_map.py", label="See all digits laid out by A and B", icon=":material/scatter_plot:")
