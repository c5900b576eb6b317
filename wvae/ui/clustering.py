"""What the page of writer clustering is put together from: runs, a table, a chart, and a look into the clusters."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from wvae.checkpoint import read_config
from wvae.clustering import (
    BEST_POSSIBLE,
    CLUSTERERS,
    DEFAULT_CLUSTERERS,
    FITS,
    PUBLISHED,
    Estimate,
    Result,
    Summary,
    summarise,
)
from wvae.digits import PROTOCOLS, DigitSet, writer_split
from wvae.errors import DataError, WvaeError
from wvae.jobs import Status, delete_folder, new_folder, read_status, stop
from wvae.plots import Intervals, intervals_figure
from wvae.protocol import default_split
from wvae.representations import RAW_PIXELS, representations
from wvae.runs import BenchmarkRun, resume_benchmark, start_benchmark
from wvae.sampling import commonest
from wvae.scorecard import RECORDED
from wvae.ui.choice import CHECKPOINTS, CLUSTERING, RUNS, Choice, Clustered, checkpoint_folders, digits_of, link_to
from wvae.ui.gallery import gallery

RESULTS = RUNS / "benchmarks"
PICTURES = 48

AS_MANY = "There are as many clusters. Under the protocol disjoint: as many writers as were set apart in training."
SCORES = {"AMI": "ami", "ARI": "ari", "purity": "purity"}


def results_here() -> dict[str, Path]:
    """Every result by name: those that ship with a checkpoint, then those made here, the newest first."""
    recorded = {f"{path.parent.name}, recorded": path for path in sorted(CHECKPOINTS.glob(f"*/{RECORDED}"))}
    made = sorted(RESULTS.glob("*.json"), key=lambda path: -path.stat().st_mtime)
    return recorded | {path.stem: path for path in made}


def unfinished_here() -> list[Status]:
    """Benchmarks that are under way, or were broken off."""
    return [read_status(folder) for folder in sorted(RESULTS.glob("*.part"))]


def new_benchmark_form(choice: Choice) -> bool:
    """The widgets of a new run of the model in the sidebar; whether it has just been started."""
    own = default_split(read_config(choice.checkpoint))
    left, middle, right = st.columns(3)
    writers = left.number_input("Writers", 2, value=max(2, own.writers or 100), help=AS_MANY)
    split_seed = middle.number_input("Seed of the writers", 0, value=own.split_seed, help="Which writers those are.")
    seeds = right.number_input("Seeds", 1, value=5, help="Starts of each clusterer; the interval is over them.")
    rows = st.multiselect("Rows", list(representations(choice.model)), placeholder="all representations", key="rows")
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    clusterers = left.multiselect("Clusterers", list(CLUSTERERS), list(DEFAULT_CLUSTERERS), key="clusterers")
    fits = middle.multiselect(
        "Fits", FITS, list(FITS), key="fits",
        help="transductive: fitted on the test images themselves; inductive: on other images by the same writers.",
    )  # fmt: skip
    protocol = right.segmented_control(
        "Protocol", PROTOCOLS, default=own.protocol, required=True, key="protocol",
        help="disjoint: the model has learned from other people; article: from other images by the same people.",
    )  # fmt: skip
    usual = f"{choice.checkpoint.name}-{writers}-writers"
    name = st.text_input("Name", placeholder=usual, max_chars=64, key="benchmark name") or usual
    if not st.button("Run", type="primary", icon=":material/play_arrow:", disabled=not (clusterers and fits)):
        return False
    run = BenchmarkRun(
        str(choice.checkpoint), choice.source, int(writers), int(split_seed), protocol,
        tuple(rows), tuple(clusterers), tuple(fits), int(seeds),
    )  # fmt: skip
    try:
        start_benchmark(run, new_folder(f"{name}.json", RESULTS))
    except WvaeError as error:
        st.error(str(error))
        return False
    return True


def show_unfinished(run: Status) -> None:
    """How a benchmark stands, and what can be done with it."""
    name = run.name.removesuffix(".json.part")
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.alive:
            st.progress(run.share, f"**{name}**: {run.message}")
            st.button("Stop", on_click=stop, args=[run.folder], key=f"stop {name}", icon=":material/stop:")
            return
        (st.error if run.state == "failed" else st.info)(f"**{name}** {run.state}: {run.message}")
        try:
            if st.button("Go on", key=f"resume {name}", icon=":material/play_arrow:"):
                resume_benchmark(run.folder)
                st.rerun()
            if st.button("Delete", key=f"delete {name}", icon=":material/delete:"):
                delete_folder(run.folder)
                st.rerun()
        except WvaeError as error:
            st.error(str(error))


def table_of(results: Mapping[str, Result]) -> pd.DataFrame:
    """A line for each representation, clusterer and fit of each result."""
    lines = []
    for name, result in results.items():
        for line in summarise(result.rows):
            ami, less = line.metrics["ami"], line.difference and line.difference["ami"]
            compared = less and line.representation != RAW_PIXELS
            values: dict[str, object] = {
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
            lines.append({"result": name} | values if len(results) > 1 else values)
    return pd.DataFrame(lines)


def show_table(results: Mapping[str, Result], files: Mapping[str, Path]) -> None:
    """The table with the best of each column in bold; it and the ``files`` it was read from can be taken away."""
    table = table_of(results)
    counted = table["representation"] != BEST_POSSIBLE

    def best(column: "pd.Series[float]") -> list[str]:
        highest = counted & (column == column[counted].max())
        return ["font-weight: bold; background-color: #f04ba540" if mine else "" for mine in highest]

    styled = table.style.apply(best, subset=["AMI", "ARI", "purity"])
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in ("AMI", "ARI", "purity", "chance purity")}
    st.dataframe(
        styled, hide_index=True, height=560,
        column_config=numbers | {"seconds": st.column_config.NumberColumn(format="%.2f", help="Mean time of a row")},
    )  # fmt: skip
    with st.container(horizontal=True):
        csv = table.to_csv(index=False)
        st.download_button("Table as CSV", csv, "clustering.csv", "text/csv", on_click="ignore")
        for name, path in files.items():
            st.download_button(
                f"{name} as JSON", path.read_bytes(), f"{name}.json", on_click="ignore", key=f"get {name}"
            )


def show_published() -> None:
    """The article's own rows."""
    st.dataframe(
        pd.DataFrame(PUBLISHED, columns=["representation", "clusterer", "purity", "ARI", "AMI"]),
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in ("AMI", "ARI", "purity")},
    )
    st.caption(
        "Published in 2018, of another sample: 1,030 EMNIST digits by 100 writers, EMNIST's strokes being bolder."
    )


def show_chart(results: Mapping[str, Result]) -> None:
    """A dot and an interval for each line of the table."""
    score = st.segmented_control("Measure", list(SCORES), default="AMI", required=True, key="score")
    groups: dict[str, list[Summary]] = {}
    for name, result in results.items():
        for line in summarise(result.rows):
            words = (line.clusterer, line.fit, *([name] if len(results) > 1 else []))
            how = " · ".join(word for word in words if word != "none")
            groups.setdefault(how or "no clusterer", []).append(line)
    intervals = []
    for how, lines in groups.items():
        values = [line.metrics[SCORES[score]] for line in lines]
        labels = [line.representation for line in lines]
        means, lows, highs = ([getattr(value, edge) for value in values] for edge in ("mean", "low", "high"))
        intervals.append(Intervals(how, labels, means, lows, highs))
    st.plotly_chart(intervals_figure(intervals, score), key="clustering chart")


def show_clusters(result: Result) -> None:
    """The pictures of a cluster, and where a writer's digits went; a button colours the latent map by it."""
    source = str(result.config["source"])
    digits = digits_of(source)
    split = writer_split(digits, result.config["writers"], result.config["split_seed"])
    tested = digits[split.test]
    if not np.array_equal(tested.writers, result.writers):
        raise DataError(f"The digits of {source} are not those that were clustered: they cannot be shown.")
    rows = {f"{row.representation}, {row.clusterer}, {row.fit}, seed {row.seed}": row for row in result.rows}
    names = [name for name, row in rows.items() if row.clusterer != "none"]
    first = next((i for i, name in enumerate(names) if name.startswith("latent B")), 0)
    row = rows[st.selectbox("Clustering", names, first, key="clustering row")]
    labels = np.array(row.labels)
    st.session_state[CLUSTERING] = Clustered(source, np.flatnonzero(split.test), labels)
    model = Path(str(result.config["checkpoint"])).name
    seen = {"model": model} if model in checkpoint_folders() else {}
    view = {"data": source, "whose": "unseen", "colour": "cluster"}
    link_to("latent_map", "Colour the latent map by it", "scatter_plot", **view, **seen)
    left, right = st.columns(2, gap="large")
    with left:
        _cluster(tested, labels)
    with right:
        _writer(tested, labels)


def _cluster(digits: DigitSet, labels: NDArray[np.int64]) -> None:
    size = dict(zip(*(column.tolist() for column in commonest(labels)), strict=True))
    cluster = st.selectbox(
        "Cluster", list(size), key="cluster",
        format_func=lambda cluster: f"{_named(cluster)}: {size[cluster]} images",
    )  # fmt: skip
    mine = np.flatnonzero(labels == cluster)
    _pictures(digits, mine, [f"{digits.digits[row]}\nwriter {digits.writers[row]}" for row in mine], "of cluster")
    left, right = st.columns(2)
    _counts(left, "writer", digits.writers[mine], digits.writers)
    _counts(right, "digit", digits.digits[mine], digits.digits)


def _writer(digits: DigitSet, labels: NDArray[np.int64]) -> None:
    writer = st.selectbox("Writer", np.unique(digits.writers).tolist(), key="cluster writer")
    mine = np.flatnonzero(digits.writers == writer)
    _pictures(digits, mine, [f"{digits.digits[row]}\n{_named(labels[row])}" for row in mine], "of writer")
    _counts(st, "cluster", labels[mine], labels)


def _pictures(digits: DigitSet, rows: NDArray[np.int64], captions: list[str], what: str) -> None:
    gallery(digits, rows[:PICTURES], captions[:PICTURES], key=f"pictures {what}")
    if len(rows) > PICTURES:
        st.caption(f"The first {PICTURES} of {len(rows)}.")


def _counts(where: object, name: str, labels: NDArray[np.int64], everyone: NDArray[np.int64]) -> None:
    values, counts = commonest(labels)
    total = [int((everyone == value).sum()) for value in values]
    where.dataframe(  # type: ignore[attr-defined]
        {name: values, "images": counts, f"of {name}'s": total}, hide_index=True, height=210
    )


def _named(cluster: int) -> str:
    return "left out" if cluster < 0 else f"cluster {cluster}"


def _interval(estimate: Estimate) -> str:
    return "" if estimate.low is None else f"{estimate.low:.3f} to {estimate.high:.3f}"
