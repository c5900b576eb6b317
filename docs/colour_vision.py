"""How far apart colours look, to any colour vision, when they are drawn half transparent over a background.

Colours are sRGB in 0..1, ``(..., 3)``.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

VISIONS = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Linear RGB as people without one kind of cone see it: Machado, Oliveira and Fernandes, "A Physiologically-based Model
for Simulation of Color Vision Deficiency" (2009), https://doi.org/10.1109/TVCG.2009.113, severity 1."""

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""Linear sRGB to CIE XYZ of white D65; the second row is the luminance."""


def from_hex(*colours: str) -> Floats:
    """Colours ``(n, 3)`` written as "#rrggbb"."""
    return np.array([list(bytes.fromhex(colour[1:])) for colour in colours]) / 255


def blended(colours: Floats, opacity: float, background: Floats) -> Floats:
    """Colours as they look over a background; browsers and plotly blend sRGB values."""
    return opacity * colours + (1 - opacity) * background


def linear(colours: Floats) -> Floats:
    """Linear RGB of sRGB."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def contrast(colours: Floats, background: Floats) -> Floats:
    """The contrast ratio ``(n,)``, 1 to 21, of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    luminance, behind = (0.05 + linear(each) @ [0.2126, 0.7152, 0.0722] for each in (colours, background))
    return np.maximum(luminance, behind) / np.minimum(luminance, behind)


def seen_as(colours: Floats, vision: str) -> Floats:
    """CIELAB of colours as one of :data:`VISIONS` sees them."""
    xyz = (linear(colours) @ VISIONS[vision].T).clip(0, 1) @ TO_XYZ.T
    ratio = xyz / TO_XYZ.sum(1)
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def ciede2000(one: ArrayLike, other: ArrayLike) -> Floats:
    """The colour difference of CIELAB colours ``(..., 3)``, which broadcast.

    Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes, Supplementary Test Data, and
    Mathematical Observations" (2005), https://doi.org/10.1002/col.20070. About 2 is just seen.
    """
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(lab, float), -1, 0) for lab in (one, other))
    chroma7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(chroma7 / (chroma7 + 25**7))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, h2 - h1)
    turn -= np.where(np.abs(turn) > 180, 360 * np.sign(turn), 0)
    delta_l, delta_c = l2 - l1, c2 - c1
    delta_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = np.where(grey, h1 + h2, h1 + turn / 2) % 360

    def cosine(times: int, phase: float) -> Floats:
        return np.cos(np.radians(times * h + phase))

    t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.20 * cosine(4, -63)
    l_weight = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    c_weight = 1 + 0.045 * c
    h_weight = 1 + 0.015 * c * t
    rotation = -2 * np.sqrt(c**7 / (c**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    l_part, c_part, h_part = delta_l / l_weight, delta_c / c_weight, delta_h / h_weight
    return np.sqrt(l_part**2 + c_part**2 + h_part**2 + rotation * c_part * h_part)
