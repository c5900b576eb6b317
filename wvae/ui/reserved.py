"""Pictures and tables for which a page keeps room before they have come, so that nothing below them moves then."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray


def reserved_image(picture: NDArray[np.float32], width: int, alt: str, key: str) -> None:
    """Draw a picture ``(height, width)`` in 0..1, ``width`` pixels wide where there is as much room.

    ``key`` names it among all of the page, in letters, digits and hyphens.
    """
    high, wide = picture.shape
    # Its height where there is room, until the style has come, which Streamlit draws later than what is below.
    with st.container(key=key, height=round(width * high / wide), border=False):
        st.html(
            f"<style>.st-key-{key} {{ max-width: {width}px; aspect-ratio: {wide} / {high}; "
            "height: auto !important; overflow: visible; }"
            f"[data-testid=stLayoutWrapper]:has(> .st-key-{key}) {{ flex-basis: auto; height: auto; }}</style>"
        )
        st.image(picture, width=width, alt=alt)


def table_height(lines: int) -> int:
    """Of a table with so many lines, in pixels: with more than ten it scrolls."""
    return 38 + 35 * min(lines, 10)
