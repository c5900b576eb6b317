"""The page of the latent map, around the map: the pictures, counts and neighbours of the selected digits, and files."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.errors import WvaeError
from wvae.latents import writer_projection
from wvae.neighbours import nearest
from wvae.query import matching
from wvae.sampling import commonest
from wvae.selections import NAME, keep, kept
from wvae.ui.choice import Choice
from wvae.ui.colours import PROJECTED
from wvae.ui.gallery import gallery, pictures_of, table_of
from wvae.ui.latent_map import Asked
from wvae.ui.loaded import RUNS
from wvae.ui.markdown import plain
from wvae.ui.measures import UNITS, columns
from wvae.ui.reserved import table_height

KEPT = RUNS / ".selections"
PAGE = 48
NEAREST = 12
AT_ONCE = 12
"""Pictures that are seen without scrolling in their box."""


def choose_query(slot: str) -> str:
    """The widget of a query, which is what is selected: what was chosen on the map, too."""
    return st.text_input(
        "Select",
        key="query",
        bind="query-params",
        placeholder="digit = 3",
        width=130,
        on_change=lambda: st.session_state.pop(slot, None),
        help="A query, such as digit = 3 and slant > 20: compare columns with numbers, and join with and, or, not. "
        "writer in (12, 40) selects both writers. "
        f"Columns: digit, writer, {', '.join(UNITS)}, A1, B1, … "
        "What you draw around on the map gets a name such as #3f2a9c81, by which a link finds it again.",
    )


def keep_chosen(rows: NDArray[np.int64], choice: Choice, slot: str) -> None:
    """Make rows in view, which were chosen on the map, the query; none is no query."""
    st.session_state.pop(slot, None)
    in_source = rows if choice.rows is None else choice.rows[rows]
    st.session_state["query"] = ""
    if len(rows):
        try:
            st.session_state["query"] = keep(KEPT, choice.source, choice.version, in_source)
        except WvaeError as error:
            st.error(plain(error))


def answer(query: str, choice: Choice, key: str) -> Asked | None:
    """The rows that match the query, of which there are none if it cannot be read; None if there is no query."""
    if not query:
        return None
    try:
        rows = _chosen(query, choice) if NAME.fullmatch(query) else matching(query, columns(key, choice))
    except WvaeError as error:
        st.error(f"{plain(error)} So nothing is selected.")
        return Asked(query, np.zeros(len(choice.digits), bool))
    if not rows.any():
        st.warning("No digit in view matches this query.")
    return Asked(query, rows)


def _chosen(name: str, choice: Choice) -> NDArray[np.bool_]:
    in_source = kept(KEPT, name, choice.source, choice.version)
    in_view = np.arange(len(choice.digits)) if choice.rows is None else choice.rows
    return np.isin(in_view, in_source)


def show_pictures(choice: Choice, rows: NDArray[np.int64], marked: int | None, slot: str) -> None:
    """Draw the selected rows and the neighbours of one.

    That is ``marked``, the row that was clicked last, kept in the session state's ``slot``, or else the first.
    """
    st.header(f"{len(rows):,} selected")
    pages = -(-len(rows) // PAGE)
    page = st.pagination(pages, key=f"map page {slot}") if pages > 1 else 1
    shown = rows[(page - 1) * PAGE : page * PAGE]
    with st.container(height=310 if len(shown) > AT_ONCE else "content", border=False):
        gallery(choice.digits, shown, _captions(choice, shown), chosen=marked, key=f"map selected {slot}", slot=slot)
    _neighbours(choice, int(rows[0]) if marked is None else marked, slot)


def show_counts(choice: Choice, rows: NDArray[np.int64]) -> None:
    """Files of the selected rows, and how many are of each digit and writer; without any, how to select."""
    if len(rows) == 0:
        st.info(
            "Nothing is selected. Choose **Box** or **Lasso** above and draw around some dots, click a single dot, or "
            "type a query. The selected pictures and their nearest neighbours appear beside the map, their writers "
            "here.",
            icon=":material/select_all:",
        )
        return
    _downloads(choice, rows)
    _counts(choice, rows)


def _captions(choice: Choice, rows: NDArray[np.int64]) -> list[str]:
    return [f"{choice.digits.digits[row]}\nwriter {choice.digits.writers[row]}" for row in rows]


def _downloads(choice: Choice, rows: NDArray[np.int64]) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Latents as CSV",
            lambda: table_of(choice.digits, choice.latents, rows),
            "selection.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/table:",
        )
        st.download_button(
            "Pictures as zip",
            lambda: pictures_of(choice.digits, rows),
            "selection.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            help="PNG files and a labels.csv: unpacked, it is a source of digits, folder:PATH.",
        )


def _counts(choice: Choice, rows: NDArray[np.int64]) -> None:
    for column, (name, labels) in zip(
        st.columns(2), (("digit", choice.digits.digits), ("writer", choice.digits.writers)), strict=True
    ):
        values, counts = commonest(labels[rows])
        percent = 100 * counts / [(labels == value).sum() for value in values]
        column.caption(f"By {name}: {len(values):,} of {len(np.unique(labels)):,}")
        column.dataframe(
            {name: values, "selected": counts, f"of all by {name}": percent},
            hide_index=True,
            height=table_height(len(values)),
            column_config={f"of all by {name}": st.column_config.NumberColumn(format="%.0f %%")},
        )


def _neighbours(choice: Choice, row: int, slot: str) -> None:
    a, b = choice.latents.mean_a, choice.latents.mean_b
    spaces = {"A (content)": a, "B (style)": b, "A and B": np.hstack([a, b])}
    if choice.model.config.writer_dimensions:
        spaces[PROJECTED] = writer_projection(choice.model, b, a)
    st.header(f"Nearest to this {choice.digits.digits[row]} by writer {choice.digits.writers[row]}")
    space = st.segmented_control("Nearest in", list(spaces), default="A and B", required=True, key="map near")
    near = nearest(spaces[space], row, NEAREST - 1)
    digits = choice.digits
    captions = [
        f"{digits.digits[other]} · {far:.2f}\nwriter {digits.writers[other]}" for other, far in zip(*near, strict=True)
    ]
    rows = np.append(row, near.rows)
    gallery(choice.digits, rows, ["this digit", *captions], chosen=row, key=f"map nearest {slot}", slot=slot)
    st.caption(
        "Below each picture: the digit, its distance in all dimensions of that space, not on the map, and its writer. "
        "Click any picture to find it on the map and to see its own neighbours."
    )
