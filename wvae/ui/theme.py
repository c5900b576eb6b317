"""The theme, light or dark, of what Python draws: Streamlit itself tells it only with the next run."""

from pathlib import Path

import streamlit as st

from wvae.palette import DARK, LIGHT, Palette
from wvae.ui.javascript import bundle

_CHANGE = st.components.v2.component("theme_change", js=bundle(Path(__file__).parent / "javascript/theme_change.js"))


def page_palette() -> Palette:
    """The colours for a figure on the page as it is: on a dark theme, or a light one."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def follow_theme() -> None:
    """Run the page again when its theme changes, so that its charts have the colours of the new one."""
    _CHANGE(data={"drawn": st.context.theme.type}, key="theme change", on_scheme_change=lambda: None)
