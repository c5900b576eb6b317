"""The model in one look: digits in its styles, its figures of merit, and digits beside their reconstructions."""

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

import wvae.ui
from wvae.digits import DigitSet
from wvae.latents import decode, encode
from wvae.model_catalogue import ARTICLE
from wvae.raster import ink, tile
from wvae.report import ReportedPicture, report
from wvae.scorecard import mean_picture_nats
from wvae.ui.choice import choose_models, of_the_article
from wvae.ui.gallery import png_button
from wvae.ui.markdown import plain
from wvae.ui.page_bodies.digit_plane import show_digit_planes
from wvae.ui.page_bodies.scorecards import show_scorecards
from wvae.ui.pages import PAGES, link


@st.cache_data(show_spinner=False, max_entries=16)
def baseline(key: tuple[str, int], _digits: DigitSet) -> float:
    """Nats per image of the mean picture; ``key`` names the digits."""
    return mean_picture_nats(_digits)


models = choose_models()
choice = models[0]
st.title("Content and style of handwritten digits")
planes = show_digit_planes(models)
st.markdown(
    "The model encodes a picture of a handwritten digit in two short codes, and tries to disentangle them. "
    "**Latent A (content)** should hold which digit it is: a classifier reads the digit from it. **Latent B (style)** "
    "should hold how the digit is written: slant, stroke width, proportions, and so the style of its writer. From both "
    "codes together the model draws the picture again: the reconstruction."
)
with st.container(key="two-codes"):  # window.css keeps room for it, and for the strip
    st.image(
        str(Path(wvae.ui.__file__).with_name("two_bottlenecks.svg")),
        width=640,
        alt="A picture is encoded into A and B; a classifier reads the digit from A; the decoder draws it from both.",
    )

verb = "is" if len(models) == 1 else "are"
names = [f"{one.name} ({ARTICLE})" if of_the_article(one.checkpoint) else one.name for one in models]
st.header(f"How good {verb} {' and '.join(names)}?")
reported = show_scorecards(models)

st.header("Digits and their reconstructions")
shown = np.concatenate([np.flatnonzero(choice.digits.digits == digit)[:2] for digit in range(10)])
pictures = choice.digits.images[shown]
rows, sources = [ink(pictures)], []
for one in models:
    latents = encode(one.model, pictures)  # of these alone: the first page is to open at once
    rows.append(decode(one.model, latents.mean_a, latents.mean_b))
    config = one.model.config
    sources.append(f"from {config.latent_a} + {config.latent_b} numbers by {one.name}")
strip = tile(np.stack(rows))
with st.container(key=f"strip-of-{len(rows)}"):
    st.image(strip, width="stretch", alt="Twenty digits, and below each its reconstruction.")
st.caption(
    f"Above, digits of {plain(choice.view)}, {len(choice.digits):,} in all. Below, their reconstructions "
    f"{', then '.join(sources)}. To compare: the mean of all pictures, used as the reconstruction "
    f"of each, costs {baseline(choice.key, choice.digits):.0f} nats per image."
)

with st.container(horizontal=True):
    png_button(strip, "reconstructions.png")
    shown_pictures = [*planes, ReportedPicture(strip, f"Above, digits of {choice.view}. Below, their reconstructions.")]
    st.download_button(
        "Report",
        partial(report, reported, f"{len(choice.digits):,} digits of {choice.view}.", shown_pictures, wvae.__version__),
        f"wvae-{'-'.join(one.name for one in models)}.html",
        "text/html",
        on_click="ignore",
        icon=":material/description:",
        help="One HTML file with the figures, the settings, and how to cite them. It opens without a server.",
    )

onward = st.container(horizontal=True)
for name in list(PAGES)[1:]:
    with onward:
        link(name, PAGES[name].purpose)
