"""A against B, or each laid out in two dimensions: point at a dot, select dots, decode the plane below."""

import numpy as np
import streamlit as st

from wvae.errors import WvaeError
from wvae.figures import plane
from wvae.projection import METHODS, SUBSAMPLE
from wvae.query import matching
from wvae.ui import latent_map as maps
from wvae.ui.choice import CLUSTERING, SELECTION, choose, clusters_in_view
from wvae.ui.layouts import beside_panes, plane_pane
from wvae.ui.measures import UNITS, columns, measure
from wvae.ui.selection import show_selection

choice = choose()
key = maps.data_key(choice)
slot = f"marked {key}"

st.title("Latent map")
st.markdown(
    "Each dot is a digit, placed by what the model keeps of it: **latent A**, what it says, and **latent B**, how it "
    "is written. In a good split the colours of the digits part along A and mix along B. Point at a dot to see its "
    "picture; draw around dots to see all of theirs."
)


@st.fragment
def explore() -> None:
    """The controls, the map, and what is selected: a change here runs nothing else."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show = st.segmented_control(
            "Show", ["plane", "A beside B"], default="plane", required=True, key="show", bind="query-params"
        )
        names = [
            f"{letter}{d + 1}"
            for letter, mean in (("A", choice.latents.mean_a), ("B", choice.latents.mean_b))
            for d in range(mean.shape[1])
        ]
        if show == "plane":
            x = st.selectbox("Across", names, key="across", bind="query-params", width=90)
            y = st.selectbox("Up", names, names.index("B1"), key="up", bind="query-params", width=90)
        else:
            method = st.segmented_control(
                "Laid out by", METHODS, default="PCA", required=True, key="method", bind="query-params"
            )
            everything = st.toggle(
                "all digits",
                key="everything",
                bind="query-params",
                disabled=method == "PCA",
                help=f"t-SNE and UMAP lay out {SUBSAMPLE:,} digits drawn at random; all of them can take many minutes.",
            )
        clustered = st.session_state.get(CLUSTERING)
        clusters = ["cluster"] if clustered and clustered.source == choice.source else []
        colour = st.segmented_control(
            "Colour",
            ["digit", "writer", *clusters, *UNITS],
            default="digit",
            required=True,
            key="colour",
            bind="query-params",
        )
        query = st.text_input(
            "Select", key="query", bind="query-params", placeholder="digit == 3 and slant > 20", width=220,
            help="A query: compare, and join with and, or, not; writer in (12, 40) asks for any of these. "
            f"Columns: digit, writer, {', '.join(UNITS)}, A1, B1, …",
        )  # fmt: skip
    if colour == "writer":
        writers, counts = np.unique(choice.digits.writers, return_counts=True)
        busiest = writers[np.argsort(-counts, kind="stable")][:4]
        chosen = st.multiselect(
            "Writers, up to 12; type a number to find one",
            writers.tolist(), busiest.tolist(), max_selections=12, key="coloured", bind="query-params",
        )  # fmt: skip
        colours = maps.colours_by_few(choice.digits.writers, chosen, "writer")
    elif colour == "cluster":
        colours = maps.colours_by_few(*clusters_in_view(choice, clustered), "cluster")
    elif colour == "digit":
        colours = maps.colours_by_digit(choice.digits.digits)
    else:
        colours = maps.colours_by_measure(measure(colour, key, choice), colour, UNITS[colour])
    asked = None
    if query:
        try:
            asked = query, matching(query, columns(key, choice))
            if not asked[1].any():
                st.warning("No digit in view answers to this query.")
        except WvaeError as error:
            st.error(str(error))
    panes = [plane_pane(names, x, y)] if show == "plane" else beside_panes(choice.latents, key, method, everything)
    decoded = show == "plane" and x != y
    rows = maps.latent_map(
        key,
        panes=panes,
        decoded=decoded,
        colours=colours,
        asked=asked,
        marked=st.session_state.get(slot),
        on_select=lambda: st.session_state.pop(slot, None),
    )
    st.session_state[SELECTION] = {choice.view: rows}
    st.caption(
        f"{len(choice.digits):,} digits of {choice.view}, model {choice.checkpoint.name}. "
        "Scroll to zoom, drag to move, Shift and drag to select."
        + (
            " The lower picture is decoded with the other dimensions at their means."
            if show == "plane" and len(names) > 2
            else ""
        )
    )
    if show == "plane" and (x[0], y[0]) == ("A", "B"):
        st.download_button(
            "Map as HTML",
            lambda: (
                plane(choice.model, choice.latents, choice.digits, int(x[1:]) - 1, int(y[1:]) - 1).to_html().encode()
            ),
            "latent_map.html",
            "text/html",
            on_click="ignore",
            icon=":material/public:",
            help="The dots above the decoded plane, in a file that any browser opens.",
        )
    show_selection(choice, rows, st.session_state.get(slot), slot)


explore()
maps.send_data(choice, key)
