"""Handwritten digits drawn from stroke skeletons, by writers whose hands are known.

Each writer has a style: a slant, a thickness, a width, a size, a curvature, and for each digit a
choice of shape (crossed or plain 7, open or closed 4, looped or plain 2, ...). With ``a`` a factor of
the style, ``a(writer) ~ N(mean, between^2)`` and, image by image, ``a(image) ~ N(a(writer), within^2)``.
The shape follows the same law: ``a`` is then a leaning, one for each digit, and the shape is the
interval of the leaning's range, cut by how common each shape is, into which ``a(image)`` falls.

An image is drawn from its digit, its factors, and accidents of the moment (deformed proportions,
displaced and trembling strokes, uneven pressure) that are drawn anew for each image. So a picture
knows its writer only through the factors, and whoever reads the factors themselves, with the writers'
styles before them, is at least as good as anything that reads pictures: ``writer_log_likelihoods``
applies Bayes' rule to them, and from it come the best possible clustering
(:func:`wvae.clustering.best_possible`) and retrieval (:func:`wvae.retrieval.best_possible`).

Drawing: control points are joined by straight lines and by cubic splines; the curvature goes from the
one to the other, and beyond. The path is widened, slanted, fitted into MNIST's box of 20 pixels and
centred by its mass. A Gaussian drawn along it, ``sum_p w_p g(y - y_p) g(x - x_p)``, is a product of two
matrices; its logarithm tells how far each pixel is from the path, and what lies within half a pen is ink.

The same arguments give the same pictures, bit for bit, whatever the processor. So all that a picture depends on is
computed by the operations that IEEE 754 defines to the last bit (+, -, *, /, square root, rounding), one element
at a time, in float64. The exponential, the logarithm and the tangent are made of them here, since those of NumPy
and of the C library vary with the processor and the version. Sums and matrix products, whose order varies too, are
taken of multiples of a power of two that leave no remainder to round, and are therefore exact in any order.
Normal draws are NumPy's, which depend on the C library in their tails only (see ``_steady_tails``); in the factors,
drawn in float64 and kept in float32, a difference in the last bit is lost. What remains is a NumPy whose compiler
fuses multiplication and addition (not on x86-64): it may, rarely, reject a draw that others accept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, pi, sin, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wvae.digits import IMAGE_SIZE, DigitSet
from wvae.errors import ConfigError

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

VERSION = 2
"""Of the pictures: raised whenever the same arguments give other ones. Version 1 varied with the processor."""

WRITERS = 500
"""Writers of the source "synthetic"."""


@dataclass(frozen=True)
class StyleFactor:
    """One factor of a style, its unit, its mean, and its standard deviations between and within writers."""

    name: str
    unit: str
    mean: float
    between: float
    within: float


# Slant, thickness and width are set so that what is measured in the pictures (the slant of the ink's
# moments, 2 * ink / edge, the ratio of the two sides; each less its digit's mean) varies between and
# within writers about as in QMNIST's 60,000 training digits: 10.5 and 9.0 degrees, 0.45 and 0.35
# pixels, 0.10 and 0.16. The other factors have no such measure and are set by eye.
DEFAULT_STYLE = (
    StyleFactor("slant", "degrees to the right", mean=8.0, between=11.3, within=7.5),
    StyleFactor("thickness", "pixels", mean=2.5, between=0.52, within=0.35),
    StyleFactor("width", "ratio", mean=1.0, between=0.13, within=0.13),
    StyleFactor("size", "ratio to 20 pixels", mean=1.0, between=0.02, within=0.02),
    StyleFactor("curvature", "ratio: 0 straight lines, 1 splines", mean=1.0, between=0.22, within=0.16),
    StyleFactor("shape", "leaning", mean=0.0, between=0.95, within=0.35),
)

# How common each shape of a digit is, and its strokes: points "x,y" in hundredths of the height, from
# the top left; "/" is a corner, "|" lifts the pen. Points written alike are the same point.
SHAPES: tuple[dict[str, float], ...] = (
    {
        "54,1 24,10 8,48 20,88 50,99 82,84 92,46 76,10 46,2": 0.6,
        "40,5 14,24 6,58 24,95 56,97 86,70 88,30 66,3 34,8": 0.4,
    },
    {
        "50,0 49,100": 0.8,
        "32,18 44,9 52,0 / 51,50 50,100": 0.14,
        "30,20 43,10 52,0 / 51,50 50,98 | 22,99 50,98 80,97": 0.06,
    },
    {
        "10,22 28,3 58,2 72,22 58,54 32,80 6,98 / 48,95 90,97": 0.5,
        "8,24 26,4 58,3 74,24 58,58 30,90 10,97 5,86 20,78 44,88 66,97 92,88": 0.5,
    },
    {
        "12,14 38,1 68,8 72,28 54,43 32,48 / 60,51 80,70 68,93 38,100 8,88": 0.5,
        "10,12 40,0 70,12 64,36 42,46 44,50 72,58 78,80 54,99 8,90": 0.3,
        "10,5 42,3 76,2 / 56,22 38,40 / 66,46 82,68 66,94 36,100 6,90": 0.2,
    },
    {
        "22,4 16,30 10,56 / 48,56 88,52 | 74,6 68,50 62,100": 0.5,
        "18,6 10,40 30,56 62,46 76,8 / 68,50 60,100": 0.25,
        "64,2 36,36 8,66 / 50,66 92,63 | 64,2 63,50 61,100": 0.25,
    },
    {
        "28,5 25,25 22,44 / 50,36 80,52 78,82 48,100 8,90 | 28,5 56,5 88,2": 0.5,
        "88,3 60,5 34,6 / 29,24 24,44 / 54,40 78,58 70,88 40,100 6,92": 0.35,
        "90,4 46,5 26,28 56,48 74,72 50,97 6,94": 0.15,
    },
    {
        "70,2 36,28 12,64 22,95 52,98 72,76 54,57 18,76": 0.6,
        "42,0 20,40 12,78 36,100 68,90 72,66 46,58 16,78": 0.4,
    },
    {
        "6,10 44,7 86,4 / 66,44 46,100": 0.6,
        "8,22 11,7 / 46,7 86,5 / 64,46 48,100": 0.22,
        "6,10 44,7 86,4 / 66,44 46,100 | 34,54 56,51 80,48": 0.18,
    },
    {
        "76,14 48,1 22,18 40,42 66,60 72,84 46,100 18,84 30,60 58,40 78,12": 0.65,
        "50,47 24,26 46,1 74,18 50,47 20,72 46,100 76,78 50,47": 0.35,
    },
    {
        "72,14 48,3 22,24 32,48 56,42 72,14 / 69,55 64,100": 0.5,
        "72,20 48,2 22,18 30,44 58,39 72,20 74,52 58,92 24,97": 0.2,
        "74,10 46,4 20,28 34,47 60,34 74,10 / 64,54 46,100": 0.3,
    },
)

# Factors are drawn within these limits, whatever a style asks for: a thinner stroke would break up
# between the pixels, a broader, narrower or more slanted digit would not be read, or not fit.
LIMITS = {
    "slant": (-60.0, 60.0),
    "thickness": (1.2, 8.0),
    "width": (0.4, 2.5),
    "size": (0.6, 1.2),
    "curvature": (0.0, 2.0),
}

BOX = 20.0  # pixels: MNIST's digits fit a box of 20 by 20, keeping their proportions,
CENTRE = 14.0  # and their ink is centred on this pixel, in rows and columns.
EDGE = 1.1  # pixels over which ink goes from black to white.
RAGGED = 0.3  # pixels within which the edge is rough.
PEN_SPREADS = 4.0  # a pen's breadth in spreads of its Gaussian: the more, the less the strokes run into each other.
POINTS = 0.35  # points of a path for each hundredth of the height.
BLOCK = 32  # images drawn at once: small enough for the processor's cache and for memory to be reused.

FAINTEST = 2.0**-16  # of a line: below it even the thinnest pen leaves no ink.
LOG_2 = 0.6931471805599453

# Accidents of the moment: standard deviations, in halves of the height (pressure: of its logarithm).
WARP = 0.12
JITTER = 0.06
TREMOR = 0.03
TREMOR_WAVES = 5
PRESSURE = 0.35

TAIL = 3.654  # beyond so many deviations, NumPy's draws come from the C library's logarithm and vary with it.


def identity(writers: int = WRITERS, seed: int = 0) -> str:
    """A name for the digits that ``load`` makes of so many writers and a seed, equal on every machine.

    Another number of writers makes other writers, not more or fewer of the same: each factor is drawn for all of
    them before the next is.
    """
    return f"synthetic v{VERSION}, {writers} writers, seed {seed}"


def load(
    writers: int = WRITERS, digits_per_writer: int = 60, seed: int = 0, style: Sequence[StyleFactor] = DEFAULT_STYLE
) -> DigitSet:
    """Digits of writers ``0 .. writers - 1``, who each write each digit equally often, in shuffled order.

    If ``digits_per_writer`` is no multiple of ten, the low digits are written once more than the others,
    by every writer, so that the digit says nothing about who wrote it.

    Returns:
        ``writers * digits_per_writer`` images, ordered by writer. ``factors`` holds the true style of each
        image by name, in the unit of its factor; ``shape`` is the number of the shape in ``SHAPES[digit]``.

    Raises:
        ConfigError: no writers, no digits, a negative seed, or a style as in ``writer_styles``.
    """
    if digits_per_writer < 1:
        raise ConfigError(f"The number of digits per writer must be 1 or more, not {digits_per_writer}.")
    hands = writer_styles(writers, seed, style)
    rng = np.random.default_rng([seed, 1])
    writer = np.repeat(np.arange(writers), digits_per_writer)
    digit = rng.permuted(np.tile(np.arange(digits_per_writer) % 10, (writers, 1)), axis=1).ravel()
    factors: dict[str, Floats32] = {}
    for factor in style:
        hand = hands[factor.name]
        values = (hand[writer] if hand.ndim == 1 else hand[writer, digit]) + factor.within * rng.normal(size=len(digit))
        if factor.name == "shape":
            values = (values[:, None] > _shape_cuts(factor)[digit, 1:]).sum(1)
        factors[factor.name] = values.astype(np.float32)
    images = np.empty((len(digit), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for d, shapes in enumerate(SHAPES):
        for s, strokes in enumerate(shapes):
            rows = np.flatnonzero((digit == d) & (factors["shape"] == s))
            for start in range(0, len(rows), BLOCK):
                block = rows[start : start + BLOCK]
                images[block] = _draw(_skeleton(strokes), {name: v[block] for name, v in factors.items()}, rng)
    return DigitSet(images, digit, writer, factors)


def writer_styles(writers: int, seed: int = 0, style: Sequence[StyleFactor] = DEFAULT_STYLE) -> dict[str, Floats]:
    """The hands of the writers that ``load`` makes from the same arguments, by factor name.

    Returns:
        ``(writers,)`` for each factor, in its unit, and ``(writers, 10)`` for ``shape``: a leaning for each digit.

    Raises:
        ConfigError: no writers, a negative seed, a negative standard deviation, or factors that are not
            those of ``DEFAULT_STYLE``, each once.
    """
    if writers < 1:
        raise ConfigError(f"The number of writers must be 1 or more, not {writers}.")
    if seed < 0:
        raise ConfigError(f"The seed must be 0 or more, not {seed}.")
    names, known = (sorted(factor.name for factor in factors) for factors in (style, DEFAULT_STYLE))
    if names != known:
        raise ConfigError(f"A style has the factors {', '.join(known)}, each once, not {', '.join(names) or 'none'}.")
    for factor in style:
        if min(factor.between, factor.within) < 0:
            raise ConfigError(
                f"The standard deviations of {factor.name} must be 0 or more, "
                f"not {factor.between} between and {factor.within} within writers."
            )
    rng = np.random.default_rng([seed, 0])
    return {
        factor.name: factor.mean
        + factor.between * rng.normal(size=(writers, len(SHAPES)) if factor.name == "shape" else writers)
        for factor in style
    }


def writer_log_likelihoods(
    digits: DigitSet, hands: dict[str, Floats], style: Sequence[StyleFactor] = DEFAULT_STYLE
) -> Floats32:
    """Log-likelihood of each image's true factors under each writer's style, up to a constant of the image.

    Writers are equally probable beforehand, so its softmax is the posterior, its argmax the best guess
    that can be made of an image's writer, and its sum over images of one writer judges them together.

    Args:
        digits: synthetic digits, with their ``factors``.
        hands: the styles to choose among, from ``writer_styles``.
        style: the factors ``digits`` and ``hands`` were made with.

    Returns:
        float32 ``(n, writers)``, in nats.
    """
    from scipy.special import ndtr

    log_likelihoods = np.zeros((len(digits), len(hands["shape"])), np.float32)
    for factor in style:
        values, hand = digits.factors[factor.name], hands[factor.name]
        within = max(factor.within, 1e-5 * max(abs(factor.mean), 1.0))  # factors are exact to float32 only
        if factor.name == "shape":
            edges = ndtr((_shape_cuts(factor)[:, :, None] - hand.T[:, None]) / within)  # (10, shapes + 1, writers)
            shape_log_likelihoods = np.log(np.maximum(np.diff(edges, axis=1), 1e-300)).astype(np.float32)
            log_likelihoods += shape_log_likelihoods[digits.digits, values.astype(int)]
        else:
            log_likelihoods -= ((values[:, None] - hand.astype(np.float32)) / np.float32(within)) ** 2 / 2
    return log_likelihoods


def _shape_cuts(factor: StyleFactor) -> Floats:
    """Where the leaning's range is cut into shapes: ``(10, most shapes + 1)``, from -inf to inf.

    The leaning of an image is normal with variance between^2 + within^2 over all writers, so its
    quantiles give each shape its frequency.
    """
    cuts = np.full((len(SHAPES), max(map(len, SHAPES)) + 1), np.inf)
    cuts[:, 0] = -np.inf
    for digit, shapes in enumerate(SHAPES):
        quantiles = [NormalDist().inv_cdf(below) for below in np.cumsum(list(shapes.values()))[:-1]]
        cuts[digit, 1 : len(shapes)] = factor.mean + sqrt(factor.between**2 + factor.within**2) * np.array(quantiles)
    return cuts


class _Skeleton(NamedTuple):
    """A shape's ``m`` control points, and how the ``p`` points of its path are made of them."""

    control: Floats  # (m, 2): x to the right and y down, in halves of the height, centred on the middle
    moves: Floats  # (m, 4): the polynomials of x and y that deform the proportions
    angular: Floats  # (p, m): weights of the control points on straight lines
    smooth: Floats  # (p, m): what splines add to these weights
    tremor: Floats  # (p, 2 * TREMOR_WAVES): waves along the path
    inked: Floats  # (p - 1,): 1 from one point to the next, 0 where the pen is lifted
    ends: Floats  # (p,): 1 where the pen touches down or is lifted


@cache
def _skeleton(shape: str) -> _Skeleton:
    """Read a shape as written in ``SHAPES``."""
    names = list(dict.fromkeys(shape.replace("/", " ").replace("|", " ").split()))
    points = np.array([name.split(",") for name in names], float)
    angular: list[Floats] = []
    smooth: list[Floats] = []
    inked, ends = [], []
    for stroke in shape.split("|"):
        corner: list[int] = []  # where the next piece sets out: the last point of the one before
        for piece in stroke.split("/"):
            along = corner + [names.index(name) for name in piece.split()]
            corner = along[-1:]
            dx, dy = np.diff(points[along], axis=0).T
            at = np.cumsum([0.0, *np.sqrt(dx * dx + dy * dy)])
            steps = np.linspace(0, at[-1], round(at[-1] * POINTS) + 2)
            for weights, added in zip((angular, smooth), _interpolation(at, steps), strict=True):
                weights.append(np.stack([added[:, np.equal(along, i)].sum(1) for i in range(len(names))], 1))
            inked.append(np.ones(len(steps)))
            ends.append(np.zeros(len(steps)))
        inked[-1][-1] = 0
        ends[-1][-1] = 1
        ends[-stroke.count("/") - 1][0] = 1
    control = points / 50 - 1
    x, y = control.T
    moves = np.stack([x, x * y, x * x, y * y - 1 / 3], 1)  # no y: that would be slant
    p = sum(map(len, ends))
    # Sines from the C library may differ in their last bit, 2**-53, which is lost in the rounding.
    phases = [2 * pi * wave * step / (p - 1) for step in range(p) for wave in range(1, TREMOR_WAVES + 1)]
    sines, cosines = (
        np.array([function(phase) for phase in phases]).reshape(p, TREMOR_WAVES) for function in (sin, cos)
    )
    waves = np.arange(1, TREMOR_WAVES + 1)
    tremor = np.concatenate([sines / waves, cosines / waves], 1)
    return _Skeleton(
        _rounded(control),
        _rounded(moves),
        _rounded(np.concatenate(angular)),
        _rounded(np.concatenate(smooth)),
        _rounded(tremor),
        np.concatenate(inked)[:-1],
        np.concatenate(ends),
    )


def _interpolation(at: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Weights of the values at the knots ``at`` (k,) for the values at ``steps`` (p,) between them.

    Returns:
        ``(p, k)`` of straight lines, and ``(p, k)`` of what a natural cubic spline adds to them.
    """
    k = len(at)
    gaps = np.diff(at)
    # The spline's second derivatives (k, k) at the knots, 0 at both ends: elimination in a tridiagonal system.
    second, slopes = np.zeros((k, k)), np.diff(np.eye(k), axis=0) / gaps[:, None]
    diagonal = np.zeros(k)
    for i in range(1, k - 1):
        diagonal[i] = 2 * (gaps[i - 1] + gaps[i])
        second[i] = 6 * (slopes[i] - slopes[i - 1])
        if i > 1:
            factor = gaps[i - 1] / diagonal[i - 1]
            diagonal[i] -= factor * gaps[i - 1]
            second[i] -= factor * second[i - 1]
    for i in range(k - 2, 0, -1):
        second[i] = (second[i] - gaps[i] * second[i + 1]) / diagonal[i]
    left = np.clip(np.searchsorted(at, steps, side="right") - 1, 0, k - 2)  # the knot before each step
    gap, after = gaps[left], (steps - at[left]) / gaps[left]
    before = 1 - after
    lines = np.zeros((len(steps), k))
    lines[np.arange(len(steps)), left] = before
    lines[np.arange(len(steps)), left + 1] = after
    bend, next_bend = (gap * gap / 6 * (side * side * side - side) for side in (before, after))
    return lines, bend[:, None] * second[left] + next_bend[:, None] * second[left + 1]


def _draw(skeleton: _Skeleton, factors: dict[str, Floats32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a shape once for each row of the factors: uint8 ``(n, 28, 28)``."""
    n = len(factors["slant"])
    slant, pen, width, size, curvature = (
        np.clip(factors[name].astype(float), *LIMITS[name])
        for name in ("slant", "thickness", "width", "size", "curvature")
    )

    def normal(*shape: int) -> Floats:
        return _rounded(_steady_tails(rng.standard_normal((n, *shape), np.float32)))

    # Deformed proportions: each control point is moved by a random polynomial of where it is.
    control = skeleton.control + WARP * (skeleton.moves @ normal(4, 2)) + JITTER * normal(len(skeleton.control), 2)
    control = _rounded(control)
    # From straight lines to splines, and a tremor: waves along the path, the longer the stronger.
    path = skeleton.angular @ control
    path += curvature[:, None, None] * (skeleton.smooth @ control)
    path += TREMOR * (skeleton.tremor @ normal(2 * TREMOR_WAVES, 2))
    # Width, slant and box; the breadth of the pen and of its grey edges must fit in too.
    y = path[..., 1]
    x = path[..., 0] * width[:, None] - y * _tan(slant * (pi / 180))[:, None]
    scale = (BOX * size - pen - EDGE / 2) / np.maximum(np.ptp(x, 1), np.ptp(y, 1))
    x, y = x * scale[:, None], y * scale[:, None]
    spread = pen[:, None] / PEN_SPREADS
    dx, dy = np.diff(x), np.diff(y)
    lengths = np.sqrt(dx * dx + dy * dy) * skeleton.inked
    weights = np.pad(lengths, ((0, 0), (0, 1))) / 2 + np.pad(lengths, ((0, 0), (1, 0))) / 2
    weights = weights / (sqrt(2 * pi) * spread) + skeleton.ends / 2  # half a dot rounds each end
    mass = _rounded(weights).sum(1, keepdims=True)
    x, y = (z - _rounded(z * weights).sum(1, keepdims=True) / mass for z in (x, y))
    weights *= _exp(PRESSURE * (normal(2 * TREMOR_WAVES) @ skeleton.tremor.T))
    across, down = _profiles(x, spread, np.ones_like(weights)), _profiles(y, spread, weights)
    line = down.transpose(0, 2, 1) @ across  # exact up to 2, and no more than 1 is told apart
    # A single line is exp(-distance^2 / (2 spread^2)); where several meet, this is a soft least distance.
    ragged = RAGGED * (rng.random(line.shape, np.float32).astype(float) - 0.5)
    inked = np.nonzero(line > FAINTEST)
    pen = pen[inked[0]]
    distance = pen / PEN_SPREADS * np.sqrt(np.maximum(-2 * _log(line[inked]), 0)) + ragged[inked]
    images = np.zeros(line.shape, np.uint8)
    images[inked] = 255 * np.clip(0.5 + (pen / 2 - distance) / EDGE, 0, 1)
    return images


def _profiles(centres: Floats, spread: Floats, heights: Floats) -> Floats:
    """Gaussians of given heights about centres ``(n, p)``, at the pixels of a row or column: ``(n, p, 28)``.

    They are multiples of 2**-26, so that a matrix product of two of them is exact as far as it is below 2.
    """
    n, p = centres.shape
    nearest = np.rint(centres)
    rest, variance = centres - nearest, spread * spread
    # With i pixels from the nearest, (i - rest)^2 = i^2 - 2 i rest + rest^2: one exponential for all pixels.
    reach = int(6.2 * spread.max() + 1)  # what is beyond is below 2**-27
    ratio = _exp(rest / variance)
    exponent = np.arange(reach + 1) ** 2 / (-2 * variance)  # (n, reach + 1)
    fall = np.where(exponent > -40, _exp(np.maximum(exponent, -40)), 0)
    margin = 2 * reach + 1  # for centres that lie outside
    profiles = np.zeros((n, p, IMAGE_SIZE + 2 * margin))
    flat = profiles.reshape(-1)
    rows = np.arange(n * p).reshape(n, p) * profiles.shape[2] + margin
    pixels = rows + np.clip(nearest.astype(np.int64) + int(CENTRE), -reach - 1, IMAGE_SIZE + reach)
    middle = heights * _exp(rest * rest / (-2 * variance)) * 2.0**26
    for step, factor in ((1, ratio), (-1, 1 / ratio)):
        values = middle
        for i in range(reach + 1):
            flat[pixels + step * i] = np.rint(values * fall[:, i, None])
            values = values * factor
    profiles *= 2.0**-26
    return profiles[..., margin : margin + IMAGE_SIZE]


def _steady_tails(draws: Floats32) -> Floats:
    """Normal draws, those in the tails rounded to multiples of 1/64.

    NumPy takes one draw in 4,000 from the C library's logarithm, whose last bit varies: the rounding removes it.
    """
    values = draws.astype(float)
    tails = np.abs(values) > TAIL
    values[tails] = np.rint(values[tails] * 64) / 64
    return values


def _rounded(values: Floats) -> Floats:
    """The nearest multiples of 2**-24.

    Products of two such numbers are multiples of 2**-48, and a sum of them is exact while it is below 32.
    """
    return np.rint(values * 2.0**24) * 2.0**-24


def _exp(x: Floats) -> Floats:
    """e to the power of ``x``, to eleven digits where its size is 10 at most, and to eight up to 40."""
    x = x / 256
    y = np.ones_like(x)
    for k in range(7, 0, -1):
        y = 1 + y * x * (1 / k)
    for _ in range(8):
        y = y * y
    return y


def _log(x: Floats) -> Floats:
    """Natural logarithm of positive ``x``, to eleven digits."""
    mantissa, exponent = np.frexp(x)  # 0.5 to 1, and a power of two
    middle = sqrt(0.5)
    t = (mantissa - middle) / (mantissa + middle)
    square = t * t
    series = np.zeros_like(t)
    for k in range(13, 0, -2):  # log(mantissa / middle) = 2 artanh(t)
        series = series * square + 1 / k
    return 2 * t * series + (exponent - 0.5) * LOG_2


def _tan(x: Floats) -> Floats:
    """Tangent of ``x`` from -1.1 to 1.1, by its continued fraction."""
    below = np.full_like(x, 17.0)
    for k in range(15, 0, -2):
        below = k - x * x / below
    return x / below
