"""The page of writer clustering: the table and the chart of results."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from wvae.benchmark_results import PUBLISHED, Result, Summary, summarise
from wvae.intervals import Estimate
from wvae.plots import Intervals, intervals_figure
from wvae.representations import ORACLE, RAW_PIXELS
from wvae.ui.theme import page_palette

SCORES = {"AMI": "ami", "ARI": "ari", "purity": "purity"}

COLUMNS = {
    "AMI": st.column_config.NumberColumn(
        format="%.3f", help="Adjusted mutual information: 0 is chance, 1 is one cluster a writer. Higher is better."
    ),
    "AMI less raw pixels": st.column_config.TextColumn(
        help="95 % interval of the difference. Good where it is above 0 as a whole, bad where it is below."
    ),
    "ARI": st.column_config.NumberColumn(
        format="%.3f", help="Adjusted Rand index: as AMI, but it counts pairs of pictures. Higher is better."
    ),
    "purity": st.column_config.NumberColumn(
        format="%.3f",
        help="Fraction of pictures by the commonest writer of their cluster. Good far above its chance.",
    ),
    "chance purity": st.column_config.NumberColumn(format="%.3f", help="Purity of clusters drawn at random."),
    "seconds": st.column_config.NumberColumn(
        format="%.2f", help="Mean wall-clock time of a row while others ran beside it, so no measure of speed."
    ),
}
"""How the columns of figures are shown, and what is good or bad in each."""


def table_of(results: Mapping[str, Result]) -> pd.DataFrame:
    """A line for each representation, clusterer and fit; the figures of several results stand side by side."""
    tables = {name: _table(result) for name, result in results.items()}
    if len(tables) == 1:
        return next(iter(tables.values())).reset_index()
    joined = pd.concat(tables, axis=1, sort=False).swaplevel(axis=1)
    columns = [(figure, name) for figure in joined.columns.unique(0) for name in tables]
    joined = joined[columns]
    joined.columns = [f"{figure} · {name}" for figure, name in columns]
    return joined.reset_index()


def _table(result: Result) -> pd.DataFrame:
    lines = []
    for line in summarise(result.rows):
        ami, less = line.metrics["ami"], line.difference and line.difference["ami"]
        compared = less and line.representation != RAW_PIXELS
        lines.append(
            {
                "representation": line.representation,
                "clusterer": line.clusterer.replace("none", ""),
                "fit": line.fit.replace("none", ""),
                "AMI": ami.mean,
                "95 % interval": _interval(ami),
                "AMI less raw pixels": _interval(less) if less and compared else "",
                "ARI": line.metrics["ari"].mean,
                "purity": line.metrics["purity"].mean,
                "chance purity": line.purity_chance,
                "seconds": line.seconds,
                "note": line.note,
            }
        )
    return pd.DataFrame(lines).set_index(["representation", "clusterer", "fit"])


def show_table(results: Mapping[str, Result], files: Mapping[str, Path]) -> None:
    """The table with the best of each column in bold; it and its ``files`` can be downloaded."""
    table = table_of(results)
    counted = table["representation"] != ORACLE

    def best(column: "pd.Series[float]") -> list[str]:
        highest = counted & (column == column[counted].max())
        return ["font-weight: bold; background-color: #f04ba540" if mine else "" for mine in highest]

    figures = {column: column.partition(" · ")[0] for column in table.columns}
    styled = table.style.apply(best, subset=[column for column, figure in figures.items() if figure in SCORES])
    columns = {column: COLUMNS[figure] for column, figure in figures.items() if figure in COLUMNS}
    st.dataframe(styled, hide_index=True, height=560, column_config=columns)
    with st.container(horizontal=True):
        csv = table.to_csv(index=False)
        st.download_button("Table as CSV", csv, "clustering.csv", "text/csv", on_click="ignore")
        for name, path in files.items():
            st.download_button(
                f"{name} as JSON", path.read_bytes(), f"{name}.json", on_click="ignore", key=f"clustering json {name}"
            )


def show_published() -> None:
    """The article's own rows."""
    st.dataframe(
        pd.DataFrame(PUBLISHED, columns=["representation", "clusterer", "purity", "ARI", "AMI"]),
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in ("AMI", "ARI", "purity")},
    )
    st.caption(
        "Published in 2018, on another sample: 1,030 digits of EMNIST by 100 writers. Strokes in EMNIST are bolder."
    )


def show_chart(results: Mapping[str, Result]) -> None:
    """A dot and an interval for each line of the table; results stand side by side, on one scale."""
    score = st.segmented_control("Measure", list(SCORES), default="AMI", required=True, key="clustering measure")
    summaries = {name: summarise(result.rows) for name, result in results.items()}
    shown = [line.metrics[SCORES[score]] for lines in summaries.values() for line in lines]
    edges = [edge for value in shown for edge in (value.mean, value.low, value.high) if edge is not None]
    scale = min(0.0, *edges), max(0.0, *edges)
    for column, (name, lines) in zip(st.columns(len(results)), summaries.items(), strict=True):
        if len(results) > 1:
            column.markdown(f"**{name}**")
        figure = intervals_figure(_intervals_of(lines, score), page_palette().digits, scale, score)
        column.plotly_chart(figure, key=f"clustering chart {name}")


def _intervals_of(summaries: Sequence[Summary], score: str) -> list[Intervals]:
    """A group for each clusterer and fit."""
    groups: dict[str, list[Summary]] = {}
    for line in summaries:
        how = " · ".join(word for word in (line.clusterer, line.fit) if word != "none")
        groups.setdefault(how or "no clusterer", []).append(line)
    intervals = []
    for how, lines in groups.items():
        values = [line.metrics[SCORES[score]] for line in lines]
        means, lows, highs = ([getattr(value, edge) for value in values] for edge in ("mean", "low", "high"))
        intervals.append(Intervals(how, [line.representation for line in lines], means, lows, highs))
    return intervals


def _interval(estimate: Estimate) -> str:
    return "" if estimate.low is None else f"{estimate.low:.3f} to {estimate.high:.3f}"
