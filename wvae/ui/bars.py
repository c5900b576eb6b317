"""A chart of a few bars, as HTML that is drawn at once: a chart of plotly waits for a long script."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from wvae.plots import Intervals


def show_bars(bars: Intervals, colours: Sequence[str], scale: tuple[float, float]) -> None:
    """Draw :func:`bars_html`, in room that is kept for it: Streamlit draws HTML later than the text below."""
    with st.container(height=24 + 36 * len(bars.labels), border=False):
        st.html(bars_html(bars, colours, scale))


def bars_html(bars: Intervals, colours: Sequence[str], scale: tuple[float, float]) -> str:
    """A bar with its interval and its value for each label, in a colour each, the first on top; window.css styles it.

    ``scale`` is the least and the most that there is room for, and has 0 in it.
    """
    least, most = scale

    def mark(kind: str, *ends: float, colour: str = "inherit") -> str:
        left, right = (100 * (end - least) / (most - least or 1) for end in (min(ends), max(ends)))
        return f'<i class="{kind}" style="left: {left:.2f}%; width: {right - left:.2f}%; color: {colour}"></i>'

    rows, told = "", []
    for label, mean, low, high, colour in zip(bars.labels, bars.means, bars.low, bars.high, colours, strict=True):
        row = f"{label} {mean:.3f}"
        marks = mark("bar", 0, mean, colour=colour) + mark("zero", 0)
        if low is not None and high is not None:
            row += f", 95 % interval {low:.3f} to {high:.3f}"
            marks += mark("interval", low, high)
        told.append(row)
        rows += f'<span>{escape(label)}</span><div title="{escape(row)}">{marks}</div><span>{mean:.3f}</span>'
    text = escape(f"{bars.name}: {'; '.join(told)}")
    return f'<div class="bars" role="img" aria-label="{text}"><b>{escape(bars.name)}</b>{rows}</div>'
