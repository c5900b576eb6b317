"""Figures, drawn with plotly from plain arrays.

Each is made in two steps: numbers into a small named tuple, then drawing.
"""

from collections.abc import Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from wvae.palette import GREY_OPACITY, LIGHT, OPACITY, OPACITY_AMONG_GREY
from wvae.raster import picture_uri, tile

Floats = NDArray[np.float32]

RAMP = tuple(sample_colorscale("Viridis", np.linspace(0, 1, 256).tolist(), colortype="rgb"))
"""256 colours from dark blue to yellow, in steps that look equal to any colour vision."""


class Group(NamedTuple):
    """Points of one colour: a name for the legend, the colour, and which rows they are."""

    name: str
    colour: str
    rows: NDArray[np.int64]


def groups_by_digit(digits: NDArray[np.int64]) -> list[Group]:
    """A group for each digit that occurs, in its fixed colour."""
    present = np.unique(digits)
    return [Group(str(digit), LIGHT.digits[digit], np.flatnonzero(digits == digit)) for digit in present]


def groups_by_writer(writers: NDArray[np.int64], chosen: int = 10) -> list[Group]:
    """All but the ``chosen`` busiest writers in grey, below; then a group for each of those."""
    numbers, counts = np.unique(writers, return_counts=True)
    busiest = numbers[np.argsort(-counts, kind="stable")][:chosen]
    others = Group("others", LIGHT.grey, np.flatnonzero(~np.isin(writers, busiest)))
    return [others] + [
        Group(f"writer {writer}", colour, np.flatnonzero(writers == writer))
        for writer, colour in zip(busiest.tolist(), LIGHT.digits, strict=False)
    ]


def latent_range(values: Floats) -> tuple[float, float]:
    """Where nearly all latents of one dimension lie: the 0.1 % and 99.9 % quantiles and a little around them."""
    low, high = np.quantile(values, (0.001, 0.999))
    margin = 0.05 * max(float(high - low), 1e-3)
    return float(low) - margin, float(high) + margin


def _print_names(figure: go.Figure, groups: Sequence[Group], x: Floats, y: Floats, **panel: int) -> None:
    """Each group's name at its median, with a halo; the panel is a ``row`` and a ``col``."""
    for group in groups:
        figure.add_annotation(
            x=float(np.median(x[group.rows])),
            y=float(np.median(y[group.rows])),
            text=group.name,
            showarrow=False,
            font={"size": 18, "weight": 600, "color": "black", "shadow": ", ".join(["0 0 3px white"] * 4)},
            **panel,
        )


class Plane(NamedTuple):
    """A against B, and what the decoder makes of the same plane.

    ``x``, ``y``: ``(n,)``, one dimension of A and one of B; ``groups`` share the rows out. ``images``
    ``(rows, columns, 28, 28)`` in 0..1 are decoded at the points of a regular grid, ``grid_x``
    ``(columns,)`` growing and ``grid_y`` ``(rows,)`` falling.
    """

    x: Floats
    y: Floats
    groups: Sequence[Group]
    grid_x: Floats
    grid_y: Floats
    images: Floats
    x_title: str
    y_title: str


def plane_figure(plane: Plane) -> go.Figure:
    """The scatter above the decoded plane, on the same axes: what moves one moves the other."""
    figure = make_subplots(2, 1, shared_xaxes="all", shared_yaxes="all", vertical_spacing=0.03)
    for group in plane.groups:
        figure.add_scattergl(
            x=plane.x[group.rows],
            y=plane.y[group.rows],
            mode="markers",
            marker={"color": group.colour, "size": 3, "opacity": OPACITY},
            name=f"{group.name} ({len(group.rows):,})",
            hovertemplate=f"{group.name}<br>{plane.x_title} %{{x:.2f}}<br>{plane.y_title} %{{y:.2f}}<extra></extra>",
            row=1,
            col=1,
        )
    _print_names(figure, plane.groups, plane.x, plane.y, row=1, col=1)
    step_x, step_y = plane.grid_x[1] - plane.grid_x[0], plane.grid_y[0] - plane.grid_y[1]
    left, right = float(plane.grid_x[0] - step_x / 2), float(plane.grid_x[-1] + step_x / 2)
    bottom, top = float(plane.grid_y[-1] - step_y / 2), float(plane.grid_y[0] + step_y / 2)
    figure.add_layout_image(
        source=picture_uri(tile(plane.images)),
        xref="x2",
        yref="y2",
        x=left,
        y=top,
        sizex=right - left,
        sizey=top - bottom,
        sizing="stretch",
        layer="below",
    )
    figure.add_scatter(x=[None], y=[None], showlegend=False, row=2, col=1)
    figure.update_xaxes(range=[left, right], zeroline=False, automargin=True)
    figure.update_yaxes(range=[bottom, top], zeroline=False, automargin=True, title_text=plane.y_title)
    figure.update_xaxes(title_text=plane.x_title, showgrid=False, row=2)
    figure.update_yaxes(showgrid=False, row=2)
    figure.update_layout(
        template="plotly_white",
        height=820,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        dragmode="pan",
        legend={"itemsizing": "constant", "title": {"text": ""}},
    )
    return figure


class Beside(NamedTuple):
    """A and B, each laid out in two dimensions ``(n, 2)``, and the groups to colour both by."""

    a: Floats
    b: Floats
    by_digit: Sequence[Group]
    by_writer: Sequence[Group]


def beside_figure(beside: Beside) -> go.Figure:
    """Four panels: A to the left and B to the right, by digit above and by writer below."""
    titles = [f"latent {letter}, by {what}" for what in ("digit", "writer") for letter in "AB"]
    figure = make_subplots(2, 2, subplot_titles=titles, horizontal_spacing=0.02, vertical_spacing=0.05)
    for row, groups in enumerate((beside.by_digit, beside.by_writer), start=1):
        for column, positions in enumerate((beside.a, beside.b), start=1):
            for group in groups:
                opacity = GREY_OPACITY if group.colour == LIGHT.grey else OPACITY_AMONG_GREY
                figure.add_scattergl(
                    x=positions[group.rows, 0],
                    y=positions[group.rows, 1],
                    mode="markers",
                    marker={"color": group.colour, "size": 3, "opacity": opacity},
                    name=group.name,
                    legend=f"legend{row}" if row > 1 else "legend",
                    legendgroup=group.name,
                    showlegend=column == 1,
                    row=row,
                    col=column,
                )
    for column, positions in enumerate((beside.a, beside.b), start=1):  # writers' medians lie on each other
        _print_names(figure, beside.by_digit, positions[:, 0], positions[:, 1], row=1, col=column)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(
        height=1000,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"y": 1, "itemsizing": "constant"},
        legend2={"y": 0.47, "itemsizing": "constant"},
    )
    return figure


class Intervals(NamedTuple):
    """Dots or bars with their intervals: a name for the legend, a line's label and its values.

    ``low`` and ``high`` are None where there is no interval.
    """

    name: str
    labels: Sequence[str]
    means: Sequence[float]
    low: Sequence[float | None]
    high: Sequence[float | None]


def intervals_figure(
    intervals: Sequence[Intervals], colours: Sequence[str], scale: tuple[float, float], title: str
) -> go.Figure:
    """A line for each label, and in it a dot and its interval for each name, in one of the ``colours``.

    0, what chance gives, is drawn; ``scale`` is the least and the most that the axis shows.
    """
    figure = go.Figure()
    for group, colour in zip(intervals, cycle(colours), strict=False):
        edges = list(zip(group.means, group.low, group.high, strict=True))
        figure.add_scatter(
            x=group.means,
            y=group.labels,
            mode="markers",
            orientation="h",
            offsetgroup=group.name,
            name=group.name,
            marker={"color": colour, "size": 8},
            error_x={
                "array": [0 if high is None else high - mean for mean, _, high in edges],
                "arrayminus": [0 if low is None else mean - low for mean, low, _ in edges],
                "color": colour,
            },
            hovertemplate=f"%{{y}}, {group.name}: %{{x:.3f}}<extra></extra>",
        )
    margin = 0.04 * (scale[1] - scale[0])
    labels = list(dict.fromkeys(label for group in intervals for label in group.labels))
    figure.update_yaxes(categoryorder="array", categoryarray=labels[::-1], automargin=True)
    figure.update_xaxes(title_text=title, zeroline=True, range=[scale[0] - margin, scale[1] + margin])
    figure.update_layout(
        scattermode="group",
        height=120 + len(labels) * max(30, 11 * len(intervals)),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure
