"""The content of one picture in the style of another."""

import numpy as np
import streamlit as st

from wvae.latents import transfer
from wvae.raster import ink, transfer_sheet
from wvae.sampling import Rows, sample_each, sample_one, sample_writer
from wvae.ui.choice import SELECTION, Choice, choose_models
from wvae.ui.gallery import png_button
from wvae.ui.markdown import plain
from wvae.ui.pages import link
from wvae.ui.reserved import reserved_image

MOST = 20  # pictures on a side
WIDTHS = {1: 980, 2: 480}  # pixels of a sheet alone, and of each of two

WAYS = {
    "digits": "one of each digit",
    "writers": "different writers",
    "digit": "one digit",
    "writer": "one writer",
    "map": "selected on the map",
}


def sample(choice: Choice, side: str, label: str, way: str, seed: int) -> Rows:
    """The widgets of a side, "rows" or "columns", and the rows of the pictures that they choose."""
    digits = choice.digits
    way = st.selectbox(
        label, WAYS, list(WAYS).index(way), format_func=WAYS.get, key=f"transfer-{side}-by", bind="query-params"
    )
    if way == "digits":
        return sample_each(digits.digits, 10, seed)
    if way == "writers":
        return sample_each(digits.writers, 10, seed)
    if way == "digit":
        digit = st.selectbox("Digit", range(10), 7, key=f"transfer-{side}-digit", bind="query-params")
        return sample_one(digits.digits, digit, 10, seed)
    if way == "writer":
        writers = np.unique(digits.writers).tolist()
        writer = st.selectbox("Writer", writers, key=f"transfer-{side}-writer", bind="query-params")
        return sample_writer(digits, writer, seed)
    selected = np.array(st.session_state.get(SELECTION, {}).get(choice.key, []), dtype=np.int64)
    if len(selected) > MOST:
        st.caption(f"The first {MOST} of {len(selected):,} that are selected.")
    return selected[:MOST]


def named(choice: Choice, rows: Rows) -> str:
    """Digit and writer of each picture of a side."""
    return ", ".join(f"{choice.digits.digits[row]} by writer {choice.digits.writers[row]}" for row in rows)


def draw_others() -> None:
    st.session_state["transfer-seed"] += 2


models = choose_models()
choice = models[0]
st.title("Style transfer")
st.markdown(
    "Each row keeps the **content** (latent A) of the picture on its left. Each column takes the **style** (latent B) "
    "of the picture at its top. If the model has disentangled the two, all pictures in a row show the same digit, and "
    "all pictures in a column look as if one person wrote them."
)
left, right, again = st.columns([4, 4, 3], vertical_alignment="bottom")
seed = st.session_state.setdefault("transfer-seed", 0)
with left:
    rows = sample(choice, "rows", "Content (rows)", "digits", seed)
with right:
    columns = sample(choice, "columns", "Style (columns)", "writers", seed + 1)
again.button(
    "Others", icon=":material/casino:", help="Draw other pictures", on_click=draw_others, key="transfer-others"
)

if len(rows) == 0 or len(columns) == 0:
    st.info("No pictures are chosen yet: select digits on the latent map, or choose another way.")
    link("latent_map")
    st.stop()

margins = [ink(choice.digits.images[side]) for side in (rows, columns)]
with st.container(horizontal=True):
    for place, one in enumerate(models):
        sheet = transfer_sheet(*margins, transfer(one.model, one.latents.mean_a[rows], one.latents.mean_b[columns]))
        width = min(WIDTHS[len(models)], 4 * sheet.shape[1])
        with st.container(width=width):
            alt = "A grid: each row one content, each column one style."
            reserved_image(sheet, width, alt, f"transfer-sheet-{place}")
            st.caption(f"Decoded by {one.name}.")
            png_button(sheet, f"style_transfer_{one.name}.png")
st.caption(f"The pictures at the margins are originals, of {plain(choice.view)}.")
st.caption(f"Rows, from top to bottom: {named(choice, rows)}.")
st.caption(f"Columns, from left to right: {named(choice, columns)}.")
