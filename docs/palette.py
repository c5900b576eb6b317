"""Search the ten digit colours and the grey of each theme, and print them as wvae/palette.py has them.

    PYTHONPATH=. python docs/palette.py

It takes half a minute on one core, and finds the same each time.

A colour may be chosen that has contrast with the background, is not greyish, and is far from the grey. Of sets of ten
that any dichromatic vision can tell apart, that one is sought whose nearest two are farthest apart to normal vision:
from many random starts, one colour after another is exchanged for the best in its place until no exchange helps. If no
set meets the bound, this finds the one that misses it by least.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from colour_vision import VISIONS, Floats, blended, ciede2000, contrast, from_hex, seen_as

from wvae.palette import DARK, GREY_OPACITY, LIGHT, OPACITY, OPACITY_AMONG_GREY, Palette

APART, FROM_GREY, CONTRAST = 9, 10, 3
"""The bounds: CIEDE2000 of any two colours, and of any from the grey, as drawn; ratio to the background."""

OPACITIES = (OPACITY, OPACITY_AMONG_GREY, 1)
"""At which the bounds hold: of one dot, and of many in a pile or a mark in the legend."""

CHROMA = 25
"""Of a dot in CIELAB, at least: so that its colour has a name."""

STARTS = 300
LEVELS = np.arange(0, 256, 17) / 255
"""Of red, green and blue, 16 each."""


class Apart(NamedTuple):
    """How far the colours of a palette are apart, the least of all pairs, visions and opacities.

    ``by_vision`` is CIEDE2000 of two colours, ``from_grey`` of a colour from the grey; ``contrast`` is the ratio to
    the background of the colours, ``grey_contrast`` that of the opaque grey.
    """

    by_vision: dict[str, float]
    from_grey: float
    contrast: float
    grey_contrast: float


def apart(palette: Palette) -> Apart:
    """Measure a palette."""
    background, grey = from_hex(palette.background)[0], from_hex(palette.grey)[0]
    colours = from_hex(*palette.digits)
    pairs = np.triu_indices(len(colours), 1)
    return Apart(
        {vision: float(distances(colours, background, vision)[pairs].min()) for vision in VISIONS},
        float(distances_from_grey(colours, grey, background).min()),
        min(float(contrast(blended(colours, opacity, background), background).min()) for opacity in OPACITIES),
        float(contrast(grey, background)),
    )


def distances(colours: Floats, background: Floats, vision: str) -> Floats:
    """CIEDE2000 of any two of ``(n, 3)``, ``(n, n)``, the least of all opacities."""
    drawn = [seen_as(blended(colours, opacity, background), vision) for opacity in OPACITIES]
    return np.min([[ciede2000(one, lab) for one in lab] for lab in drawn], 0)  # a row at a time needs little memory


def distances_from_grey(colours: Floats, grey: Floats, background: Floats) -> Floats:
    """The least CIEDE2000 of each of ``(n, 3)`` from the grey, of one dot and of many in a pile, to any vision."""
    greys = [blended(grey, opacity, background) for opacity in (GREY_OPACITY, 1)]
    drawn = [blended(colours, opacity, background) for opacity in OPACITIES]
    ways = product(VISIONS, drawn, greys)
    return np.min([ciede2000(seen_as(one, vision), seen_as(other, vision)) for vision, one, other in ways], 0)


def chroma(colours: Floats) -> Floats:
    """How far ``(n, 3)`` are from greys in CIELAB."""
    return np.hypot(*seen_as(colours, "normal").T[1:])


def faintest_grey(background: Floats) -> Floats:
    """The grey nearest to the background that has contrast with it where many dots lie in a pile."""
    greys = np.repeat(np.arange(256)[:, None], 3, 1) / 255
    ratio = contrast(greys, background)
    return greys[np.where(ratio >= CONTRAST, ratio, np.inf).argmin()]


def most_distant(nearness: Floats, rng: np.random.Generator) -> list[int]:
    """Ten rows of ``(n, n)``: the smallest entry of two of them is as great as any set's that was found."""
    found, most = [], -np.inf
    for _ in range(STARTS):
        rows = rng.choice(len(nearness), 10, replace=False)
        before = -np.inf
        while (least := nearness[np.ix_(rows, rows)][np.triu_indices(10, 1)].min()) > before:
            before = least
            for place in range(10):
                rows[place] = nearness[:, np.delete(rows, place)].min(1).argmax()
        if least > most:
            found, most = rows.tolist(), least
    return found


def search(page: str) -> Palette:
    """The best palette for a page of this colour; any first few of its colours are far apart too."""
    background = from_hex(page)[0]
    grey = faintest_grey(background)
    colours = np.array(list(product(LEVELS, repeat=3)))
    for opacity in OPACITIES:
        drawn = blended(colours, opacity, background)
        colours = colours[(contrast(drawn, background) >= CONTRAST) & (chroma(drawn) >= CHROMA)]
    colours = colours[distances_from_grey(colours, grey, background) >= FROM_GREY]
    seen = {vision: distances(colours, background, vision) for vision in VISIONS}
    least = np.min(list(seen.values()), 0)
    rows = most_distant(np.where(least >= APART, seen["normal"], least - APART), np.random.default_rng(0))
    ordered = [rows.pop(int(chroma(colours[rows]).argmax()))]
    while rows:
        ordered.append(rows.pop(int(least[np.ix_(rows, ordered)].min(1).argmax())))
    return Palette(page, tuple(map(to_hex, colours[ordered])), to_hex(grey))


def to_hex(colour: Floats) -> str:
    """A colour as "#rrggbb"."""
    return f"#{bytes(np.rint(255 * colour).astype(np.uint8)).hex()}"


if __name__ == "__main__":
    for theme in (LIGHT, DARK):
        found = search(theme.background)
        print(found, apart(found), sep="\n")
