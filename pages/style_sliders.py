"""Latent B on sliders: drag one, and the digit and all ten digits change with it."""

import numpy as np
import streamlit as st

from wvae.directions import Axes, Spread, measured_axes, raw_axes, spread
from wvae.latents import Floats
from wvae.model import WVAE
from wvae.ui.choice import choose_models
from wvae.ui.live_model import decoder_packet
from wvae.ui.page_bodies.style_start import (
    StyledModel,
    choose_interpolation,
    choose_start,
    kinds_of_start,
    misreadings,
    styled,
)
from wvae.ui.style_sliders import SliderModel, style_sliders


@st.cache_data(
    show_spinner="Measuring what each slider does …",
    max_entries=16,
    hash_funcs={WVAE: lambda model: decoder_packet(model).key},
)
def axes_of(by_name: bool, model: WVAE, digits_a: Floats, b: Spread) -> Axes:
    return (measured_axes if by_name and not model.named_axes else raw_axes)(model, digits_a, b)


def on_sliders(model: StyledModel, by_name: bool) -> SliderModel:
    choice, digits_a, styles = model
    a, b = spread(choice.latents.mean_a), spread(choice.latents.mean_b)
    axes = axes_of(by_name, choice.model, digits_a[~np.isnan(digits_a).any(1)], b)
    return SliderModel(choice.name, choice.model, a, b, axes, styles)


models = [styled(choice) for choice in choose_models()]
choice = models[0].choice
st.title("Style sliders")
st.markdown(
    "Drag a slider: the digit changes, and all ten digits are drawn in the same style. The sliders change **latent B "
    "(style)**; in a good model a 3 stays a 3 in any style. The strip above a slider shows the digit at each position."
)
by_name = bool(choice.model.named_axes)  # and so has a second model, by the same names
with st.container(horizontal=True):
    kind = st.segmented_control(
        "Start from",
        kinds_of_start(),
        default="picture",
        required=True,
        key="start",
        bind="query-params",
        help="A picture's style, a writer's mean style, or the mean of latent B's prior: an average style.",
    )
    if choice.model.config.latent_b > 1 and not by_name:
        sliders = st.segmented_control(
            "Sliders",
            ["as learned", "by name"],
            default="as learned",
            required=True,
            key="sliders",
            bind="query-params",
            help="As learned: the dimensions of latent B. By name: latent B rotated so that the first sliders change "
            "slant, thickness, width and so on. r: the correlation with it, over all digits in 400 random styles.",
        )
        by_name = sliders == "by name"
with st.container(horizontal=True, vertical_alignment="bottom"):
    start = choose_start(kind, models)
    interpolation = choose_interpolation(models) if len(models[0].styles) > 1 else None
for sentence in misreadings(models, st.session_state["picture"] - 1) if kind == "picture" else []:
    st.warning(sentence)
style_sliders([on_sliders(model, by_name) for model in models], start, interpolation)
if len(models) > 1:
    st.caption(
        "Each model starts from its own latents of the same digits. A slider that is moved comes to the same position "
        f"in both, in standard deviations of each; one that {models[1].choice.name} lacks moves {choice.name} alone. "
        f"What a slider changes, and r, are said of {choice.name}."
    )
