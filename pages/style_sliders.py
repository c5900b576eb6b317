"""Latent B on sliders: drag one, and the digit and all ten digits change with it."""

import itertools

import numpy as np
import streamlit as st

from wvae.directions import Axes, Spread, digit_means, farthest, measured_axes, raw_axes, spread, styles_of_writers
from wvae.latents import Floats
from wvae.model import WVAE
from wvae.ui.choice import choose
from wvae.ui.live_decoder import decoder_packet
from wvae.ui.style_sliders import Interpolation, Start, style_sliders


@st.cache_data(
    show_spinner="Measuring what each slider does …",
    max_entries=16,
    hash_funcs={WVAE: lambda model: decoder_packet(model).key},
)
def axes_of(by_name: bool, model: WVAE, digits_a: Floats, b: Spread) -> Axes:
    return (measured_axes if by_name else raw_axes)(model, digits_a, b)


choice = choose()
digits, latents = choice.digits, choice.latents
a, b, digits_a = spread(latents.mean_a), spread(latents.mean_b), digit_means(latents.mean_a, digits.digits)
styles = styles_of_writers(latents.mean_b, digits.writers)
first_digit = int(digits.digits.min())


def another_picture() -> None:
    st.session_state["picture"] = int(np.random.default_rng().integers(len(digits))) + 1


def choose_start(kind: str) -> Start:
    name = f"{choice.checkpoint.name} {choice.model.config} {choice.source} {choice.whose} {kind}"
    if kind == "picture":
        row = st.number_input("Picture", 1, len(digits), width=140, key="picture", bind="query-params") - 1
        st.button("Another", icon=":material/casino:", on_click=another_picture, key="sliders another")
        said = f"Picture {row + 1:,}, a {digits.digits[row]} by writer {digits.writers[row]}."
        return Start(f"{name} {row}", said, latents.mean_a[row], latents.mean_b[row], picture=digits.images[row])
    if kind == "writer":
        writer = choose_writer("Writer", next(iter(styles)), key="writer")
        said = f"The mean style of the {styles[writer].images:,} digits by writer {writer}."
        return Start(f"{name} {writer}", said, digits_a[first_digit], styles[writer].b, first_digit)
    prior_mean = choice.model.prior.mean().b.numpy()
    return Start(name, "B is the prior's mean.", digits_a[first_digit], prior_mean, first_digit)


def choose_writer(label: str, default: int, key: str) -> int:
    options = list(styles)
    return st.selectbox(label, options, options.index(default), width=150, key=key, bind="query-params")


def choose_interpolation() -> Interpolation:
    busiest = dict(itertools.islice(styles.items(), 50))  # a mean over few digits says little of a style
    first = next(iter(busiest))
    start = choose_writer("Interpolate from writer", first, key="from")
    end = choose_writer("to writer", farthest(busiest, first, b), key="to")
    return Interpolation([f"writer {start}", f"writer {end}"], [styles[start].b, styles[end].b])


st.title("Style sliders")
st.markdown(
    "Drag a slider: the digit changes, and all ten digits are drawn in the same style. The sliders change **latent B "
    "(style)**; in a good model a 3 stays a 3 in any style. The strip above a slider shows the digit at each position."
)
named = None
with st.container(horizontal=True):
    kind = st.segmented_control(
        "Start from", ["picture", "writer", "prior"], default="picture", required=True, key="start", bind="query-params"
    )
    if choice.model.config.latent_b > 1:
        named = st.segmented_control(
            "Sliders",
            ["as learned", "by name"],
            default="as learned",
            required=True,
            key="sliders",
            bind="query-params",
            help="As learned: the dimensions of latent B. By name: latent B rotated so that the first sliders change "
            "slant, thickness, width and so on. r: the correlation with it, over all digits in 400 random styles.",
        )
with st.container(horizontal=True, vertical_alignment="bottom"):
    start = choose_start(kind)
    interpolation = choose_interpolation() if len(styles) > 1 else None
axes = axes_of(named == "by name", choice.model, digits_a[~np.isnan(digits_a).any(1)], b)
style_sliders(choice.model, digits_a=digits_a, a=a, b=b, axes=axes, start=start, interpolation=interpolation)
