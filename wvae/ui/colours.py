"""What the dots of the latent map can be coloured by, and how a number a dot says its colour or mark."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.latents import writer_projection
from wvae.plots import RAMP
from wvae.sampling import commonest
from wvae.ui.choice import CLUSTERING, Choice, Clustered
from wvae.ui.measures import UNITS, measure

Floats = NDArray[np.float32]

PROJECTED = "writer projection"
"""The way to colour by an axis of the space in which writers are compared, of models that have it."""

AXES_SHOWN = 6
"""Axes of that space to choose from: each of the others says little."""


class Colours(NamedTuple):
    """What the colours say: a number a digit, ``codes`` ``(n,)``, and the legend, as legend.js takes it.

    A code is a step of the legend's ramp or one of its entries, whose ``mark``, a colour and a shape, the browser
    chooses to suit the theme; digits of an entry without one are grey.
    """

    codes: NDArray[np.uint16]
    legend: dict[str, Any]


def choose_colour(choice: Choice) -> str:
    """The widget: by what the dots are coloured."""
    clusters = ["cluster"] if _clustered(choice) else []
    projected = [PROJECTED] if choice.model.config.writer_dimensions else []
    ways = ["digit", "writer", *clusters, *UNITS, *projected]
    return st.segmented_control(
        "Colour", ways, default="digit", required=True, key="colour", bind="query-params", width="stretch"
    )


def colours_of(way: str, choice: Choice, key: str) -> Colours:
    """The colours of the digits in view, whose data are named ``key``, with the widget of which writers or axis."""
    clustered = _clustered(choice)
    if way == "writer":
        return colours_by_group(choice.digits.writers, _choose_writers(choice.digits.writers), "writer")
    if way == "cluster" and clustered:
        clusters = commonest(clustered.labels[clustered.labels >= 0]).values.tolist()
        return colours_by_group(clusters_in_view(choice, clustered), clusters, "cluster")
    if way in UNITS:
        return colours_by_measure(measure(way, key, choice), way, UNITS[way])
    if way == PROJECTED and choice.model.config.writer_dimensions:
        points = writer_projection(choice.model, choice.latents.mean_b, choice.latents.mean_a)
        axis = _choose_axis(min(points.shape[1], AXES_SHOWN))
        values = points[:, axis - 1]
        return colours_by_measure(values, f"{PROJECTED} {axis}")
    return colours_by_digit(choice.digits.digits)


def colours_by_digit(digits: NDArray[np.int64]) -> Colours:
    """Each digit in its fixed colour."""
    entries = [{"name": str(digit), "number": digit, "mark": digit} for digit in range(10)]
    return Colours(digits.astype(np.uint16), {"title": "digit", "entries": entries})


def colours_by_group(labels: NDArray[np.int64], chosen: Sequence[int], what: str) -> Colours:
    """Each of the chosen labels, writers or clusters, by a mark of its own, all others grey."""
    codes = np.zeros(len(labels), np.uint16)
    entries: list[dict[str, Any]] = [{"name": "others"}]
    for mark, label in enumerate(chosen):
        codes[labels == label] = mark + 1
        entries.append({"name": f"{what} {label}", "number": label, "mark": mark})
    return Colours(codes, {"title": what, "entries": entries})


def colours_by_measure(values: Floats, title: str, unit: str = "") -> Colours:
    """A ramp from the 1 % to the 99 % quantile, so that a few odd digits do not take all the colours."""
    low, high = (float(edge) for edge in np.quantile(values, (0.01, 0.99))) if len(values) else (0.0, 1.0)
    fraction = (values - low) / max(high - low, 1e-6)
    codes = np.rint(255 * np.clip(fraction, 0, 1)).astype(np.uint16)
    ends = {"from": low, "to": high, "low": f"≤ {low:.1f} {unit}".strip(), "high": f"≥ {high:.1f} {unit}".strip()}
    return Colours(codes, {"title": title, "unit": unit, "ramp": RAMP, **ends})


def _clustered(choice: Choice) -> Clustered | None:
    """The clustering of these digits that was looked at last, if there is one."""
    clustered: Clustered | None = st.session_state.get(CLUSTERING)
    same = clustered and (clustered.source, clustered.version) == (choice.source, choice.version)
    return clustered if same else None


def clusters_in_view(choice: Choice, clustered: Clustered) -> NDArray[np.int64]:
    """The cluster of each digit in view, -2 for those that were not clustered."""
    rows = np.arange(len(choice.digits)) if choice.rows is None else choice.rows
    labels = np.full(1 + max(rows.max(initial=0), clustered.rows.max(initial=0)), -2)
    labels[clustered.rows] = clustered.labels
    return labels[rows]


def _choose_writers(writers: NDArray[np.int64]) -> list[int]:
    """The widget, and the writers that it chooses: all of them where it is empty."""
    busiest: list[int] = commonest(writers).values.tolist()
    chosen = st.multiselect(
        "Writers; type a number to find one",
        sorted(busiest),
        busiest[:4],
        key="coloured",
        bind="query-params",
        placeholder="all writers",
        filter_mode="prefix",
        select_all=False,  # Enter would choose every writer that matches
    )
    return chosen or busiest


def _choose_axis(axes: int) -> int:
    ways = list(range(1, axes + 1))
    return st.segmented_control("Axis", ways, default=1, required=True, key="projected", bind="query-params")
