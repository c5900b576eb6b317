"""The curves of a training run: each term of the loss over the epochs."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

TITLES = {
    "reconstruction": "Reconstruction",
    "kl_a": "KL of A",
    "kl_b": "KL of B",
    "classification": "Digit from A",
    "covariance": "Covariance of A and B",
    "measures": "Measures drawn",
    "legibility": "Digit from random styles",
    "writer": "Writer from B",
    "style_flow": "Style flow",
    "named_axes": "Named axes moved",
    "other_axes": "Other axes moved",
    "explained": "Writer projection",
}
"""What a term is called above its curve; others go by the name they have in the metrics."""

COLUMNS = 2
PLOT_HEIGHT, GAP, TOP = 130, 55, 30  # pixels

LEAST_SPAN = 0.01
"""What a curve must vary by, as a fraction of its values, to fill its plot: rounding is drawn as a straight line."""


class Curve(NamedTuple):
    """A term of the loss, in nats per image, after each of some epochs."""

    title: str
    epochs: list[float]
    values: list[float]


def curves(metrics: Sequence[Mapping[str, Any]]) -> list[Curve]:
    """A curve for each term that is not 0 throughout, from the lines of ``metrics.jsonl``."""
    terms = dict.fromkeys(name for line in metrics for name in line if name not in ("epoch", "seconds", "stage"))
    found = []
    for term in terms:
        lines = [line for line in metrics if term in line]
        if any(line[term] for line in lines):
            title = TITLES.get(term, term.replace("_", " "))
            found.append(Curve(title, [line["epoch"] for line in lines], [line[term] for line in lines]))
    return found


def curves_figure(drawn: Sequence[Curve], epochs: float, colour: str) -> go.Figure:
    """One small plot for each of the curves, of which there is at least one, as wide as ``epochs``."""
    rows = -(-len(drawn) // COLUMNS)
    titles = [f"{curve.title}: {curve.values[-1]:.4g}" for curve in drawn]
    height = rows * (PLOT_HEIGHT + GAP)
    figure = make_subplots(rows, COLUMNS, subplot_titles=titles, vertical_spacing=GAP / height, horizontal_spacing=0.1)
    for number, curve in enumerate(drawn):
        place = {"row": number // COLUMNS + 1, "col": number % COLUMNS + 1}
        figure.add_scatter(
            x=curve.epochs,
            y=curve.values,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 4},
            hovertemplate="epoch %{x}<br>%{y:.4g}<extra></extra>",
            **place,
        )
        low, high = min(curve.values), max(curve.values)
        span = LEAST_SPAN * max(abs(low), abs(high))
        if high - low < span:
            middle = (low + high) / 2
            figure.update_yaxes(range=[middle - span, middle + span], **place)
    figure.update_xaxes(range=[0.5, max(epochs, 2) + 0.5], title_text=None, tickformat="d")
    figure.update_layout(
        height=TOP + height,
        margin={"l": 10, "r": 10, "t": TOP, "b": 10},
        showlegend=False,
        uirevision="curves",
    )
    return figure


def metrics_csv(metrics: Sequence[Mapping[str, Any]]) -> str:
    """The lines of ``metrics.jsonl`` as a table of comma-separated values."""
    table = io.StringIO()
    rows = csv.DictWriter(table, list(dict.fromkeys(name for line in metrics for name in line)), lineterminator="\n")
    rows.writeheader()
    rows.writerows(metrics)
    return table.getvalue()
