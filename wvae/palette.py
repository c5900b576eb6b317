"""Colours of digits, writers and clusters on a light and on a dark page, which any colour vision can tell apart."""

from typing import NamedTuple


class Palette(NamedTuple):
    """Colours as "#rrggbb": the page's, those of the digits 0 to 9, and that of all that is not chosen."""

    background: str
    digits: tuple[str, ...]
    grey: str


# Found by docs/palette.py on Streamlit's own backgrounds; tests/test_palette.py computes how far apart they are.
LIGHT = Palette(
    "#ffffff",
    ("#1122ff", "#995500", "#550011", "#000044", "#ff0055", "#885599", "#882200", "#005533", "#660088", "#0066dd"),
    "#949494",
)
DARK = Palette(
    "#171614",
    ("#aaff00", "#ff11bb", "#998800", "#ffaacc", "#88bb88", "#00ffff", "#22bbff", "#ffdd99", "#7777ff", "#ff7755"),
    "#636363",
)

OPACITY = 0.7
"""Of a dot, so that one sees where they lie close."""

OPACITY_AMONG_GREY = 0.9
"""Of a coloured dot where others are grey."""

GREY_OPACITY = 0.15
