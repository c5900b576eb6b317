"""The page of writer clustering: a look into the clusters of a result."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.benchmark_results import Result
from wvae.checkpoint import read_config
from wvae.digits import DigitSet, writer_split
from wvae.errors import DataError
from wvae.own_digits import changed
from wvae.protocol import default_split
from wvae.representations import WRITER_PROJECTION
from wvae.sampling import commonest
from wvae.ui.choice import CLUSTERING, HELD_OUT, Clustered
from wvae.ui.gallery import gallery
from wvae.ui.loaded import checkpoint_folders, digits_of, overlap
from wvae.ui.pages import link

PICTURES = 48


def show_clusters(result: Result) -> None:
    """The pictures of a cluster, and where a writer's digits went; a link colours the latent map by it.

    Raises:
        WvaeError: the digits are not there, or no longer those that were clustered.
    """
    source = str(result.config["source"])
    version = changed(source)
    digits = digits_of(source)
    split = writer_split(digits, result.config["writers"], result.config["split_seed"])
    tested_rows = np.flatnonzero(split.test)
    tested = digits[tested_rows]
    if not np.array_equal(tested.writers, result.writers):
        raise DataError(f"The digits of {source} are not those that were clustered: they cannot be shown.")
    rows = {f"{row.representation}, {row.clusterer}, {row.fit}, seed {row.seed}": row for row in result.rows}
    names = [name for name, row in rows.items() if row.clusterer != "none"]
    if not names:
        st.info("This result has no clusters.")
        return
    preferred = (WRITER_PROJECTION, "latent B", "")
    first = next(i for start in preferred for i, name in enumerate(names) if name.startswith(start))
    row = rows[st.selectbox("Clustering", names, first, key="clustering row")]
    labels = np.array(row.labels)
    st.session_state[CLUSTERING] = Clustered(source, version, tested_rows, labels)
    view = _view(result, source, tested_rows)
    link("latent_map", "Colour the latent map by it", data=source, colour="cluster", **view)
    left, right = st.columns(2, gap="large")
    with left:
        _cluster(tested, labels)
    with right:
        _writer(tested, labels)


def _view(result: Result, source: str, rows: NDArray[np.int64]) -> dict[str, str]:
    """The result's model, if it is here, and of the digits those held out, if the clustered ``rows`` certainly are."""
    model = Path(str(result.config["checkpoint"])).name
    checkpoint = checkpoint_folders().get(model)
    if checkpoint is None:
        return {"whose": "all"}
    split = tuple(result.config[name] for name in ("writers", "split_seed", "protocol"))
    certain = split == default_split(read_config(checkpoint)) and overlap(checkpoint, source).of(rows)
    return {"model": model, "whose": HELD_OUT if certain == "held out" else "all"}


def _cluster(digits: DigitSet, labels: NDArray[np.int64]) -> None:
    size = dict(zip(*(column.tolist() for column in commonest(labels)), strict=True))
    cluster = st.selectbox(
        "Cluster", list(size), key="clustering cluster",
        format_func=lambda cluster: f"{_named(cluster)}: {size[cluster]} images",
    )  # fmt: skip
    mine = np.flatnonzero(labels == cluster)
    _pictures(digits, mine, [f"{digits.digits[row]}\nwriter {digits.writers[row]}" for row in mine], "of cluster")
    left, right = st.columns(2)
    _counts(left, "writer", digits.writers[mine], digits.writers)
    _counts(right, "digit", digits.digits[mine], digits.digits)


def _writer(digits: DigitSet, labels: NDArray[np.int64]) -> None:
    writer = st.selectbox("Writer", np.unique(digits.writers).tolist(), key="clustering writer")
    mine = np.flatnonzero(digits.writers == writer)
    _pictures(digits, mine, [f"{digits.digits[row]}\n{_named(labels[row])}" for row in mine], "of writer")
    _counts(st, "cluster", labels[mine], labels)


def _pictures(digits: DigitSet, rows: NDArray[np.int64], captions: list[str], what: str) -> None:
    gallery(digits, rows[:PICTURES], captions[:PICTURES], key=f"clustering pictures {what}")
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
